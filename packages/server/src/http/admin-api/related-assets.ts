import { requireAsset } from '../../assets/admin/details.ts';
import { changeRelations } from '../../relations/relations.ts';
import type { Call, Operation } from '../operation.ts';
import { referenceOf } from './resource.ts';
import { RT } from './support.ts';

const change =
  (remove: boolean) =>
  async (call: Call): Promise<unknown> => {
    const { app, cloud, params } = call;
    const asset = await requireAsset(app, cloud, referenceOf(call));
    const given = params.list(remove ? 'assets_to_unrelate' : 'assets_to_relate') ?? [];
    return changeRelations(app, cloud, asset, given, { byId: call.path.asset_id !== undefined, remove });
  };

const BY_PUBLIC_ID = `/resources/related_assets/${RT}/:type/*`;
const BY_ASSET_ID = '/resources/related_assets/:asset_id';

export const addRelatedAssets: Operation = {
  name: 'add_related_assets',
  method: 'POST',
  path: [BY_PUBLIC_ID, BY_ASSET_ID],
  handle: change(false),
};

export const deleteRelatedAssets: Operation = {
  name: 'delete_related_assets',
  method: 'DELETE',
  path: [BY_PUBLIC_ID, BY_ASSET_ID],
  handle: change(true),
};
