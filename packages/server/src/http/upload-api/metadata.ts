import { parsePairs } from '../../assets/pairs.ts';
import { updateMetadata } from '../../assets/update-metadata.ts';
import { ERRORS } from '../../errors.ts';
import type { UploadOperation } from './operation.ts';

export const metadataOperation: UploadOperation = {
  name: 'update_metadata',
  path: '/metadata',
  async handle({ app, actor, resourceType, params }) {
    const publicIds = params.list('public_ids');
    if (publicIds === undefined) throw ERRORS.MissingParameter('public_ids');
    return updateMetadata(
      app,
      actor,
      parsePairs(params.required('metadata')),
      { resourceType: resourceType!, type: params.text('type') ?? 'upload', publicIds },
      { clearInvalid: params.flag('clear_invalid') ?? false },
    );
  },
};
