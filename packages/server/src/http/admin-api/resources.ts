import { MODERATION_ADDONS } from '../../assets/addons.ts';
import { assetsByIds, countFolder, listAssets, type Selector } from '../../assets/admin/list.ts';
import { listItem } from '../../assets/admin/view.ts';
import { ERRORS } from '../../errors.ts';
import type { Call, Operation } from '../operation.ts';
import { directionOf, idsOf, listFlagsOf, pageOf, RT, timeOf, viewOf, withCursor } from './support.ts';

async function answerList(call: Call, selector: Selector): Promise<Record<string, unknown>> {
  const { app, cloud, params } = call;
  const flags = listFlagsOf(params);
  const { rows, nextCursor } = await listAssets(app, cloud, selector, directionOf(params), pageOf(params));
  const context = await viewOf(call);
  // `fields` decides the keys exactly (NPM `api_spec`, "selective response").
  const extra = selector.by === 'moderation' && flags.fields === undefined ? MODERATION_KEYS : () => ({});
  return withCursor(
    { resources: rows.map((row) => ({ ...listItem(row, context, flags), ...extra(row) })) },
    nextCursor,
  );
}

const MODERATION_KEYS = (row: { moderation_kind: string | null; moderation_status: string | null }) => ({
  moderation_kind: row.moderation_kind,
  moderation_status: row.moderation_status,
});

async function answerIds(call: Call, ids: Parameters<typeof assetsByIds>[2]): Promise<Record<string, unknown>> {
  const flags = listFlagsOf(call.params);
  const context = await viewOf(call);
  return { resources: (await assetsByIds(call.app, call.cloud, ids)).map((row) => listItem(row, context, flags)) };
}

export const resourceTypes: Operation = {
  name: 'resource_types',
  method: 'GET',
  path: '/resources',
  handle: async () => ({ resource_types: ['image', 'raw', 'video'] }),
};

/** All assets of a resource type, newest first; by `prefix` or `public_ids` with a delivery type. */
export const resources: Operation = {
  name: 'resources',
  method: 'GET',
  path: [`/resources/${RT}`, `/resources/${RT}/:type`],
  async handle(call) {
    const { params, path } = call;
    const resourceType = path.resource_type!;
    const type = path.type ?? params.text('type');
    const publicIds = idsOf(params, 'public_ids');
    if (publicIds !== undefined) return answerIds(call, { resourceType, type: type ?? 'upload', publicIds });
    const prefix = params.text('prefix');
    if (prefix !== undefined) {
      if (type === undefined) throw ERRORS.MissingParameter('type');
      return answerList(call, { by: 'prefix', resourceType, type, prefix });
    }
    return answerList(call, { by: 'recent', resourceType, type, startAt: timeOf(params, 'start_at') });
  },
};

export const resourcesByTag: Operation = {
  name: 'resources_by_tag',
  method: 'GET',
  path: `/resources/${RT}/tags/*`,
  handle: (call) => answerList(call, { by: 'tag', resourceType: call.path.resource_type!, tag: call.path.rest! }),
};

export const resourcesByContext: Operation = {
  name: 'resources_by_context',
  method: 'GET',
  path: `/resources/${RT}/context`,
  handle: (call) =>
    answerList(call, {
      by: 'context',
      resourceType: call.path.resource_type!,
      key: call.params.required('key'),
      value: call.params.text('value'),
    }),
};

const KINDS: readonly string[] = ['manual', ...MODERATION_ADDONS];
const STATUSES = ['pending', 'approved', 'rejected', 'queued', 'aborted'];

export const resourcesByModeration: Operation = {
  name: 'resources_by_moderation',
  method: 'GET',
  path: `/resources/${RT}/moderations/:kind/:status`,
  async handle(call) {
    const { kind, status, resource_type } = call.path;
    if (!KINDS.includes(kind!) && !call.app.addons.has(`moderation:${kind}`))
      throw ERRORS.InvalidParameter('moderation_kind', kind!);
    if (!STATUSES.includes(status!)) throw ERRORS.InvalidParameter('moderation_status', status!);
    return answerList(call, { by: 'moderation', resourceType: resource_type!, kind: kind!, status: status! });
  },
};

/** The direct children of an asset folder, of all resource types; `total_count` counts all of them. */
export const resourcesByAssetFolder: Operation = {
  name: 'resources_by_asset_folder',
  method: 'GET',
  path: '/resources/by_asset_folder',
  async handle(call) {
    // The top folder is a blank value, which is otherwise "not given".
    const given = call.params.text('asset_folder') ?? (/[?&]asset_folder=/.test(call.request.url) ? '' : undefined);
    if (given === undefined) throw ERRORS.MissingParameter('asset_folder');
    const folder = given.replace(/^\/+|\/+$/g, '');
    const list = await answerList(call, { by: 'folder', folder });
    return { ...list, total_count: await countFolder(call.app, call.cloud, folder) };
  },
};

export const resourcesByAssetIds: Operation = {
  name: 'resources_by_asset_ids',
  method: 'GET',
  path: '/resources/by_asset_ids',
  async handle(call) {
    const assetIds = idsOf(call.params, 'asset_ids');
    if (assetIds === undefined) throw ERRORS.MissingParameter('asset_ids');
    return answerIds(call, { assetIds });
  },
};

/** External IDs of assets are their asset IDs here (inferred: no SDK sets others). */
export const resourcesByExternalIds: Operation = {
  name: 'resources_by_external_ids',
  method: 'GET',
  path: '/resources/by_external_ids',
  async handle(call) {
    const assetIds = idsOf(call.params, 'external_ids');
    if (assetIds === undefined) throw ERRORS.MissingParameter('external_ids');
    return answerIds(call, { assetIds });
  },
};
