import { viewContext } from '../../assets/context.ts';
import { ERRORS } from '../../errors.ts';
import { type FileParameter, readForm } from '../../ingest/form.ts';
import { type VisualQuery, visualSearch } from '../../search/visual-search.ts';
import type { Operation } from '../operation.ts';
import { Parameters } from '../parameters.ts';

/** Bits of unrelated pictures agree in half of the places: below this, hits are chance. */
const DEFAULT_THRESHOLD = 0.85;

function likeOf(params: Parameters, file: FileParameter | undefined): VisualQuery['like'] {
  if (params.has('text'))
    throw ERRORS.BadRequest('Visual search by text needs an embedding model, and this server has none');
  const assetId = params.text('image_asset_id');
  const url = params.text('image_url');
  const ways = [assetId, url, file].filter((way) => way !== undefined).length;
  if (ways === 0) throw ERRORS.MissingParameter('image_url');
  if (ways > 1)
    throw ERRORS.BadRequest('Expected one of image_url, image_asset_id and image_file but received several');
  if (assetId !== undefined) return { assetId };
  return { file: file ?? { kind: 'text', field: 'image_url', text: url! } };
}

/** The picture may come as a file (`image_file`), so the body is read as an upload's is. */
export const visual: Operation = {
  name: 'visual_search',
  access: 'read',
  method: ['POST', 'GET'],
  path: '/resources/visual_search',
  ownBody: true,
  async handle(call) {
    const { app, request } = call;
    const form = await readForm(request.raw, { store: app.blobs, fileFields: ['image_file'] });
    try {
      const params = new Parameters();
      for (const { name, value, json } of form.fields) params.add(name, json === undefined ? value : json);
      const threshold = Number(params.text('threshold') ?? DEFAULT_THRESHOLD);
      if (!(threshold >= 0 && threshold <= 1))
        throw ERRORS.InvalidParameter('threshold', params.text('threshold') ?? '');
      return await visualSearch(app, await viewContext(app, call), {
        like: likeOf(params, form.file),
        threshold,
        maxResults: params.integer('max_results', { min: 1, max: 500 }) ?? 50,
      });
    } finally {
      await form.discard();
    }
  },
};
