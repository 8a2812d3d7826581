import { explicit } from '../../assets/explicit.ts';
import { readUploadOptions } from '../../assets/parameters.ts';
import type { UploadOperation } from './operation.ts';

export const explicitOperation: UploadOperation = {
  name: 'explicit',
  path: '/explicit',
  handle: ({ app, actor, resourceType, params }) =>
    explicit(app, actor, {
      resourceType: resourceType!,
      publicId: params.required('public_id'),
      type: params.text('type') ?? 'upload',
      options: readUploadOptions(params.raw()),
    }),
};
