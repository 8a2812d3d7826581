import { type DeleteSelector, deleteAssets, deleteDerived } from '../../assets/admin/remove.ts';
import { ERRORS } from '../../errors.ts';
import { normalizedNames } from '../../transformations/language.ts';
import type { Call, Operation } from '../operation.ts';
import { idsOf, RT } from './support.ts';

async function remove(call: Call, selector: DeleteSelector): Promise<Record<string, unknown>> {
  const { app, params } = call;
  // Several strings come as a repeated key or joined with `|`.
  const transformations = params.list('transformations')?.flatMap((text) => text.split('|'));
  return {
    ...(await deleteAssets(app, call, selector, {
      keepOriginal: params.flag('keep_original') ?? false,
      transformations: transformations && normalizedNames(transformations),
      nextCursor: params.text('next_cursor'),
      notificationUrl: params.webhook('notification_url'),
    })),
  };
}

/** By `public_ids`, by `prefix`, or `all=true`. */
export const deleteResources: Operation = {
  name: 'delete_resources',
  method: 'DELETE',
  path: `/resources/${RT}/:type`,
  async handle(call) {
    const { params, path } = call;
    const kind = { resourceType: path.resource_type!, type: path.type! };
    const ids = idsOf(params, 'public_ids');
    if (ids !== undefined) return remove(call, { by: 'public_ids', ...kind, ids });
    const prefix = params.text('prefix');
    if (prefix !== undefined) return remove(call, { by: 'prefix', ...kind, prefix });
    if (params.flag('all')) return remove(call, { by: 'recent', ...kind });
    throw ERRORS.BadRequest('Missing required parameter - public_ids, prefix or all');
  },
};

export const deleteResourcesByAssetIds: Operation = {
  name: 'delete_resources_by_asset_ids',
  method: 'DELETE',
  path: '/resources',
  async handle(call) {
    const ids = idsOf(call.params, 'asset_ids');
    if (ids === undefined) throw ERRORS.MissingParameter('asset_ids');
    return remove(call, { by: 'asset_ids', ids });
  },
};

export const deleteResourcesByTag: Operation = {
  name: 'delete_resources_by_tag',
  method: 'DELETE',
  path: `/resources/${RT}/tags/*`,
  handle: (call) => remove(call, { by: 'tag', resourceType: call.path.resource_type!, tag: call.path.rest! }),
};

export const deleteDerivedResources: Operation = {
  name: 'delete_derived_resources',
  method: 'DELETE',
  path: '/derived_resources',
  async handle(call) {
    const ids = idsOf(call.params, 'derived_resource_ids');
    if (ids === undefined) throw ERRORS.MissingParameter('derived_resource_ids');
    const started = performance.now();
    const { deleted, urls } = await deleteDerived(call.app, call.cloud, ids);
    return { deleted, invalidation: { took: Math.round(performance.now() - started), urls } };
  },
};
