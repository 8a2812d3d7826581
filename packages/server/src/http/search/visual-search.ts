import { viewContext } from '../../assets/context.ts';
import { ERRORS } from '../../errors.ts';
import { visualSearch } from '../../search/visual-search.ts';
import type { Operation } from '../operation.ts';
import { readParameters } from '../read-parameters.ts';

const WAYS = ['image_asset_id', 'image_url', 'image_file', 'text'] as const;

/** The Python SDK always sends multipart; parts without a file are read, a file is only noted as given. */
export const visualSearchOperation: Operation = {
  name: 'visual_search',
  method: ['POST', 'GET'],
  path: '/resources/visual_search',
  async handle(call) {
    const { app, params } = call;
    const text = params.text('threshold');
    const threshold = text === undefined ? undefined : Number(text);
    if (threshold !== undefined && !(threshold >= 0 && threshold <= 1))
      throw ERRORS.InvalidParameter('threshold', text ?? '');
    return visualSearch(app, await viewContext(app, call), {
      imageAssetId: params.text('image_asset_id'),
      given: WAYS.filter((name) => params.has(name)),
      threshold,
    });
  },
};
