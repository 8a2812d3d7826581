import { rename } from '../../assets/rename.ts';
import type { UploadOperation } from './operation.ts';

export const renameOperation: UploadOperation = {
  name: 'rename',
  path: '/rename',
  handle: ({ app, actor, resourceType, params }) =>
    rename(app, actor, {
      resourceType: resourceType!,
      type: params.text('type') ?? 'upload',
      from: params.required('from_public_id'),
      to: params.required('to_public_id'),
      toType: params.text('to_type'),
      overwrite: params.flag('overwrite'),
      context: params.flag('context'),
      metadata: params.flag('metadata'),
      notificationUrl: params.webhook('notification_url'),
    }),
};
