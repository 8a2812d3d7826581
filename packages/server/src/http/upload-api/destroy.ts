import { type AssetReference, destroy } from '../../assets/destroy.ts';
import { ERRORS } from '../../errors.ts';
import type { UploadOperation } from './operation.ts';

export const destroyOperation: UploadOperation = {
  name: 'destroy',
  path: ['/destroy', '//asset/destroy'],
  async handle({ app, actor, resourceType, params }) {
    const assetId = params.text('asset_id');
    if (assetId === undefined && resourceType === undefined) throw ERRORS.MissingParameter('asset_id');
    const reference: AssetReference =
      assetId === undefined
        ? {
            resource_type: resourceType!,
            type: params.text('type') ?? 'upload',
            public_id: params.required('public_id'),
          }
        : { asset_id: assetId };
    return destroy(app, actor, reference, { notificationUrl: params.webhook('notification_url') });
  },
};
