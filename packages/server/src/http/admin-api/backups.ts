import { deleteVersions, restore } from '../../backups/backups.ts';
import { ERRORS } from '../../errors.ts';
import type { Operation } from '../operation.ts';
import { idsOf, RT, viewOf } from './support.ts';

export const restoreResources: Operation = {
  name: 'restore',
  method: 'POST',
  path: `/resources/${RT}/:type/restore`,
  async handle(call) {
    const publicIds = idsOf(call.params, 'public_ids');
    if (publicIds === undefined) throw ERRORS.MissingParameter('public_ids');
    return restore(
      call.app,
      call,
      await viewOf(call),
      { publicIds, resourceType: call.path.resource_type!, type: call.path.type! },
      call.params.list('versions') ?? [],
      call.params.webhook('notification_url'),
    );
  },
};

export const restoreByAssetIds: Operation = {
  name: 'restore_by_asset_ids',
  method: 'POST',
  path: '/resources/restore',
  async handle(call) {
    const assetIds = idsOf(call.params, 'asset_ids');
    if (assetIds === undefined) throw ERRORS.BadRequest('asset_ids parameter is required');
    const bad = assetIds.find((id) => !/^[0-9a-f]{32}$/i.test(id));
    if (bad !== undefined) throw ERRORS.BadRequest(`Invalid asset_id: ${bad}`);
    return restore(
      call.app,
      call,
      await viewOf(call),
      { assetIds },
      call.params.list('versions') ?? [],
      call.params.webhook('notification_url'),
    );
  },
};

export const deleteBackedUpAssets: Operation = {
  name: 'delete_backed_up_assets',
  method: 'DELETE',
  path: '/resources/backup/:asset_id',
  async handle({ app, cloud, params, path }) {
    const versionIds = params.list('version_ids');
    if (versionIds === undefined) throw ERRORS.MissingParameter('version_ids');
    return deleteVersions(app, cloud, path.asset_id!, versionIds);
  },
};
