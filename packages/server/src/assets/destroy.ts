import type { App } from '../app.ts';
import type { AssetIdentity } from '../catalog/assets.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import type { Actor } from './context.ts';

export type AssetReference = Omit<AssetIdentity, 'cloud'> | { readonly asset_id: string };

export async function findAsset(
  app: App,
  db: Db,
  cloud: string,
  reference: AssetReference,
): Promise<AssetRow | undefined> {
  const row =
    'asset_id' in reference
      ? await app.catalog.assets.findById(db, cloud, reference.asset_id)
      : await app.catalog.assets.find(db, { cloud, ...reference });
  return row?.status === 'deleted' ? undefined : row;
}

/** The member of a `delete` notification. */
export const deletedResource = (row: AssetRow, cloud: CloudRow): Record<string, unknown> => ({
  resource_type: row.resource_type,
  type: row.type,
  asset_id: row.asset_id,
  public_id: row.public_id,
  version: row.version,
  ...(cloud.folder_mode === 'dynamic' ? { asset_folder: row.asset_folder, display_name: row.display_name } : {}),
});

/**
 * Takes an asset and its derived results away. With a backup the row stays as a placeholder that can be restored;
 * bytes that nothing refers to any more are swept later.
 */
export async function removeAsset(app: App, tx: Db, row: AssetRow): Promise<void> {
  const { count } = await tx
    .selectFrom('versions')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('asset_id', '=', row.asset_id)
    .executeTakeFirstOrThrow();
  if (Number(count) === 0) return app.catalog.assets.remove(tx, row.seq);
  await tx.deleteFrom('derived').where('seq', '=', row.seq).execute();
  await app.catalog.assets.update(tx, row.seq, {
    status: 'deleted',
    placeholder: 1,
    blob: null,
    bytes: 0,
    tags: '[]',
    context: '{}',
    metadata: '{}',
    updated_at: app.clock(),
  });
}

/** `destroy`: `ok`, or `not found`, both with status 200. */
export async function destroy(
  app: App,
  actor: Actor,
  reference: AssetReference,
  { notificationUrl }: { readonly notificationUrl?: string | undefined } = {},
): Promise<{ result: 'ok' | 'not found' }> {
  const { cloud, key } = actor;
  const found = await app.catalog.transaction(async (tx) => {
    const row = await findAsset(app, tx, cloud.name, reference);
    if (row === undefined) return false;
    await removeAsset(app, tx, row);
    await app.webhooks.notify(tx, {
      cloud: cloud.name,
      type: 'delete',
      fields: { resources: [deletedResource(row, cloud)] },
      triggeredBy: key?.api_key,
      url: notificationUrl,
    });
    return true;
  });
  if (found) app.jobs.wake();
  return { result: found ? 'ok' : 'not found' };
}
