import type { App } from '../app.ts';
import type { StoredBlob } from '../blobs/store.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow, CloudRow, NewAsset } from '../catalog/schema.ts';
import type { MediaFacts } from '../ingest/inspect/inspector.ts';
import { expectKept } from '../jobs/swept.ts';
import { randomHex } from '../random-hex.ts';

/** Makes a folder and its parents known; folders outlive their last asset. */
export async function rememberFolder(tx: Db, cloud: string, path: string, now: number): Promise<void> {
  if (path === '') return;
  const parts = path.split('/');
  const rows = parts.map((name, index) => ({
    cloud,
    path: parts.slice(0, index + 1).join('/'),
    parent: parts.slice(0, index).join('/'),
    name,
    external_id: randomHex(),
    created_at: now,
  }));
  await tx
    .insertInto('folders')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['cloud', 'path']).doNothing())
    .execute();
}

/** Keeps the stored version so that it can be restored. */
export async function keepVersion(tx: Db, row: AssetRow, now: number): Promise<void> {
  if (row.blob === null) return;
  await tx
    .insertInto('versions')
    .values({
      version_id: row.version_id,
      asset_id: row.asset_id,
      cloud: row.cloud,
      version: row.version,
      blob: row.blob,
      bytes: row.bytes,
      etag: row.etag,
      format: row.format,
      snapshot: JSON.stringify(row),
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('version_id').doNothing())
    .execute();
  const { total } = await tx
    .selectFrom('versions')
    .select((select) => select.fn.sum<number>('bytes').as('total'))
    .where('asset_id', '=', row.asset_id)
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('assets')
    .set({ backup_bytes: Number(total) })
    .where('seq', '=', row.seq)
    .execute();
}

/** Columns that follow from the bytes. @param more kept with what inspection found */
export const mediaColumns = (facts: MediaFacts, { hash, md5, bytes }: StoredBlob, more: object = {}) => {
  const { analysis: _analysis, ...media } = facts;
  const { width, height } = facts;
  return {
    resource_type: facts.resourceType,
    format: facts.resourceType === 'raw' ? null : (facts.format ?? null),
    blob: hash,
    bytes,
    etag: md5,
    width: width ?? null,
    height: height ?? null,
    pages: facts.pages ?? null,
    pixels: width && height ? width * height : null,
    aspect_ratio: width && height ? Math.round((width / height) * 100_000) / 100_000 : null,
    duration: facts.video?.duration ?? null,
    facts: JSON.stringify({ ...media, ...more }),
  };
};

export interface Stored {
  readonly row: AssetRow;
  readonly overwritten: boolean;
}

/**
 * Writes a new version of an asset under its identity: a new row, or the existing one with a new `version_id`. The
 * asset ID never changes; derived results of the old bytes go with them (their keys hold the content).
 * The version number is Unix seconds and always grows, so two uploads within a second still differ.
 */
export async function storeAsset(
  app: App,
  tx: Db,
  cloud: CloudRow,
  asset: Omit<NewAsset, 'cloud' | 'asset_id' | 'version' | 'version_id' | 'created_at' | 'uploaded_at' | 'updated_at'>,
  { backup }: { readonly backup: boolean },
): Promise<Stored> {
  const now = app.clock();
  const { assets } = app.catalog;
  if (asset.blob != null) await expectKept(app, tx, asset.blob);
  const existing = await assets.find(tx, {
    cloud: cloud.name,
    resource_type: asset.resource_type,
    type: asset.type,
    public_id: asset.public_id,
  });
  const version = Math.max(Math.floor(now / 1000), (existing?.version ?? 0) + 1);
  const stamped = {
    ...asset,
    version,
    version_id: randomHex(),
    uploaded_at: now,
    updated_at: now,
    status: 'active',
    placeholder: 0,
  };
  let row: AssetRow;
  if (existing === undefined)
    row = await assets.insert(tx, { ...stamped, cloud: cloud.name, asset_id: randomHex(), created_at: now });
  else {
    await tx.deleteFrom('derived').where('seq', '=', existing.seq).execute();
    row = await assets.update(
      tx,
      existing.seq,
      existing.status === 'active' ? stamped : { ...stamped, created_at: now },
    );
  }
  await rememberFolder(tx, cloud.name, cloud.folder_mode === 'fixed' ? row.folder : row.asset_folder, now);
  if (backup) await keepVersion(tx, row, now);
  return { row, overwritten: existing !== undefined && existing.status === 'active' };
}
