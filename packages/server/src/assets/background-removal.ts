import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { originalOf } from '../delivery/deliver.ts';
import { planDerived } from '../delivery/derive.ts';
import { renderPlan } from '../delivery/references.ts';
import { ERRORS } from '../errors.ts';
import type { JobKind } from '../jobs/jobs.ts';
import { expectKept } from '../jobs/swept.ts';
import { randomHex } from '../random-hex.ts';
import { bytesOf } from '../render/renderer.ts';
import type { Actor } from './context.ts';
import type { UploadOptions } from './parameters.ts';
import { keepVersion } from './store.ts';
import { isoTime } from './view.ts';

const KIND = 'cloudinary_ai';

interface Payload {
  readonly assetId: string;
  readonly versionId: string;
  readonly apiKey: string | undefined;
  readonly notificationUrl: string | undefined;
}

/** What the answer says of a removal that was asked for. @throws 400 for an unknown value, or one that is an add-on */
export function backgroundRemovalInfo(
  { background_removal: kind }: UploadOptions,
  { resourceType }: { readonly resourceType: string },
): Record<string, unknown> {
  if (kind === undefined) return {};
  if (kind === 'pixelz') throw ERRORS.NoAddon('Remove-The-Background Editing');
  if (kind !== KIND) throw ERRORS.BadRequest('Background removal is invalid');
  if (resourceType !== 'image') throw ERRORS.BadRequest('Background removal is for images only');
  return { background_removal: { [KIND]: { status: 'pending' } } };
}

/** The stored picture is replaced later, by a job (Upload guide, background removal). */
export async function scheduleBackgroundRemoval(
  app: App,
  tx: Db,
  { key }: Actor,
  row: AssetRow,
  options: UploadOptions,
): Promise<void> {
  if (options.background_removal !== KIND) return;
  const payload: Payload = {
    assetId: row.asset_id,
    versionId: row.version_id,
    apiKey: key?.api_key,
    notificationUrl: options.notification_url,
  };
  await app.jobs.enqueue(tx, { kind: 'background_removal', cloud: row.cloud, payload });
}

const finish = async (
  app: App,
  tx: Db,
  row: AssetRow,
  status: 'complete' | 'failed',
  payload: Payload,
): Promise<void> => {
  await app.webhooks.notify(tx, {
    cloud: row.cloud,
    type: 'info',
    fields: {
      info_kind: KIND,
      info_status: status,
      asset_id: row.asset_id,
      public_id: row.public_id,
      uploaded_at: isoTime(row.uploaded_at),
      version: row.version,
      etag: row.etag,
    },
    triggeredBy: payload.apiKey,
    url: payload.notificationUrl,
  });
};

const withStatus = (row: AssetRow, status: string): string =>
  JSON.stringify({ ...(JSON.parse(row.info) as object), background_removal: { [KIND]: { status } } });

export const backgroundRemovalJob = (app: App): JobKind<Payload> => ({
  name: 'background_removal',
  backoff: [10],
  async run(payload, { cloud }) {
    const row = await app.catalog.assets.findById(app.catalog.db, cloud, payload.assetId);
    if (row?.blob == null || row.version_id !== payload.versionId) return;
    const original = originalOf(row);
    const { plan, rows } = await planDerived(app, original, {
      transformation: 'e_background_removal',
      extension: 'png',
    });
    const rendered = await renderPlan(app, {
      plan,
      rows,
      cloud,
      facts: original.facts,
      source: { hash: original.hash },
      effort: 'fast',
    });
    const spool = app.blobs.spool();
    await spool.write(await bytesOf(rendered));
    const file = await spool.end();
    const { analysis: _analysis, ...media } = await app.inspector.inspectFile(file, {
      resourceType: 'image',
    });
    const { hash, md5 } = await app.blobs.put(file);
    await app.catalog.transaction(async (tx) => {
      await expectKept(app, tx, hash);
      // The picture that came is somebody's only copy: it stays as a version that can be restored.
      await keepVersion(tx, row, app.clock());
      await tx.deleteFrom('derived').where('seq', '=', row.seq).execute();
      const now = app.clock();
      const replaced = await app.catalog.assets.update(tx, row.seq, {
        blob: hash,
        bytes: file.bytes,
        etag: md5,
        format: 'png',
        width: media.width,
        height: media.height,
        facts: JSON.stringify(media),
        version: Math.max(Math.floor(now / 1000), row.version + 1),
        version_id: randomHex(),
        updated_at: now,
        info: withStatus(row, 'complete'),
      });
      await finish(app, tx, replaced, 'complete', payload);
    });
    app.jobs.wake();
  },
  async failed(payload, _error, { cloud }) {
    const row = await app.catalog.assets.findById(app.catalog.db, cloud, payload.assetId);
    if (row === undefined) return;
    await app.catalog.transaction(async (tx) => {
      await finish(
        app,
        tx,
        await app.catalog.assets.update(tx, row.seq, { info: withStatus(row, 'failed'), updated_at: app.clock() }),
        'failed',
        payload,
      );
    });
    app.jobs.wake();
  },
});
