import type { App } from '../app.ts';
import { listItem } from '../assets/admin/view.ts';
import type { Actor } from '../assets/context.ts';
import type { ViewContext } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { announce } from '../events/announce.ts';
import { randomHex } from '../random-hex.ts';

/** Columns that stay with the asset whatever version of its content comes back. */
const IDENTITY = new Set([
  'seq',
  'cloud',
  'asset_id',
  'public_id',
  'type',
  'resource_type',
  'folder',
  'filename',
  'created_at',
  'backup_bytes',
]);

/**
 * Brings a kept version back: its content and everything that was said about it, as a new version. Without a version the
 * newest one is taken.
 *
 * @returns the row, or why it could not be restored
 */
async function restoreOne(
  app: App,
  tx: Db,
  cloud: CloudRow,
  row: AssetRow | undefined,
  version: string | undefined,
): Promise<AssetRow | 'no_backup'> {
  if (row === undefined) return 'no_backup';
  const all = tx
    .selectFrom('versions')
    .selectAll()
    .where('asset_id', '=', row.asset_id)
    .where('cloud', '=', cloud.name)
    .orderBy('version', 'desc');
  const kept = (await all.execute()).find(
    (item) => version === undefined || item.version_id === version || String(item.version) === version,
  );
  if (kept === undefined) return 'no_backup';
  const snapshot = JSON.parse(kept.snapshot) as AssetRow;
  const now = app.clock();
  const content = Object.fromEntries(Object.entries(snapshot).filter(([column]) => !IDENTITY.has(column)));
  await tx.deleteFrom('derived').where('seq', '=', row.seq).execute();
  const isCurrent = row.status === 'active' && row.version_id === kept.version_id;
  return app.catalog.assets.update(tx, row.seq, {
    ...content,
    blob: kept.blob,
    bytes: kept.bytes,
    etag: kept.etag,
    status: 'active',
    placeholder: 0,
    version: isCurrent ? row.version : Math.max(Math.floor(now / 1000), row.version + 1),
    version_id: isCurrent ? row.version_id : randomHex(),
    updated_at: now,
  });
}

/**
 * Restores assets from their backups, each succeeding or failing by itself.
 *
 * @param ids public IDs of one kind, or asset IDs
 * @param versions one for each ID, or none
 * @returns by ID, the asset or `{error: "no_backup"}`
 * @throws 400 `versions count must match ids count`
 */
export async function restore(
  app: App,
  { cloud, key }: Actor,
  context: ViewContext,
  ids:
    | { readonly assetIds: readonly string[] }
    | { readonly publicIds: readonly string[]; readonly resourceType: string; readonly type: string },
  versions: readonly string[],
  notificationUrl?: string,
): Promise<Record<string, unknown>> {
  const list = 'assetIds' in ids ? ids.assetIds : ids.publicIds;
  if (versions.length > 0 && versions.length !== list.length)
    throw ERRORS.BadRequest('versions count must match ids count');
  const { assets } = app.catalog;
  const answer = await app.catalog.transaction(async (tx) => {
    const results: Record<string, unknown> = {};
    for (const [index, id] of list.entries()) {
      const row =
        'assetIds' in ids
          ? await assets.findById(tx, cloud.name, id)
          : await assets.find(tx, {
              cloud: cloud.name,
              resource_type: ids.resourceType,
              type: ids.type,
              public_id: id,
            });
      const restored = await restoreOne(app, tx, cloud, row, versions[index]);
      if (restored === 'no_backup') {
        results[id] = { error: 'no_backup' };
        continue;
      }
      results[id] = listItem(restored, context, {});
      await announce(app, tx, {
        cloud: cloud.name,
        type: 'restore_asset_version',
        fields: { ...listItem(restored, context, {}) },
        triggeredBy: key?.api_key,
        url: notificationUrl,
      });
    }
    return results;
  });
  app.jobs.wake();
  return answer;
}

/**
 * Deletes kept versions. The asset itself stays; a placeholder whose last version goes disappears.
 *
 * @throws 404 for an unknown asset
 */
export async function deleteVersions(app: App, cloud: CloudRow, assetId: string, versionIds: readonly string[]) {
  return app.catalog.transaction(async (tx) => {
    const row = await app.catalog.assets.findById(tx, cloud.name, assetId);
    if (row === undefined) throw ERRORS.ResourceNotFound(assetId);
    const found = await tx
      .selectFrom('versions')
      .select(['version_id', 'bytes'])
      .where('asset_id', '=', assetId)
      .where('cloud', '=', cloud.name)
      .execute();
    const gone = found.filter(({ version_id }) => versionIds.includes(version_id));
    for (const { version_id } of gone) await tx.deleteFrom('versions').where('version_id', '=', version_id).execute();
    const left = found.filter((version) => !gone.includes(version));
    if (left.length === 0 && row.status === 'deleted') await app.catalog.assets.remove(tx, row.seq);
    else
      await tx
        .updateTable('assets')
        .set({ backup_bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) })
        .where('seq', '=', row.seq)
        .execute();
    const missing = versionIds.filter((id) => !gone.some(({ version_id }) => version_id === id));
    return {
      asset_id: assetId,
      deleted_version_ids: gone.map(({ version_id }) => version_id),
      ...(missing.length === 0
        ? {}
        : { failures: missing.map((version_id) => ({ version_id, error: 'Version not found' })) }),
    };
  });
}
