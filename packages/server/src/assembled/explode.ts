import type { App } from '../app.ts';
import { type Actor, viewContext } from '../assets/context.ts';
import { bookkeepDerived, eagerViews, type RenderedEager } from '../assets/eager.ts';
import { originalOf } from '../delivery/deliver.ts';
import { derive } from '../delivery/derive.ts';
import { ERRORS } from '../errors.ts';
import type { JobWork } from '../jobs/jobs.ts';
import { randomHex } from '../random-hex.ts';

export interface ExplodeRequest {
  readonly publicId: string;
  readonly type: string;
  /** Holds `pg_all`. */
  readonly transformation: string;
  readonly format: string;
  readonly notificationUrl: string | undefined;
}

interface Payload extends Omit<ExplodeRequest, 'publicId' | 'type'> {
  readonly assetId: string;
  readonly versionId: string;
  readonly batchId: string;
  readonly origin: string;
  readonly apiKey: string | undefined;
}

const ALL_PAGES = /(^|[,/])pg_all(?=$|[,/])/g;

/**
 * `explode`: every page of a document or frame of an animation becomes a derived picture, made by a job whose end the
 * `explode` notification tells.
 *
 * @throws 400 without `pg_all`, 404 for an unknown asset
 */
export async function explode(app: App, actor: Actor, request: ExplodeRequest): Promise<Record<string, unknown>> {
  const { publicId, type, transformation, format, notificationUrl } = request;
  if (transformation.search(ALL_PAGES) < 0)
    throw ERRORS.BadRequest('Expected a transformation with pg_all to explode all pages');
  const row = await app.catalog.assets.find(app.catalog.db, {
    cloud: actor.cloud.name,
    resource_type: 'image',
    type,
    public_id: publicId,
  });
  if (!row?.blob || row.status !== 'active') throw ERRORS.ResourceNotFound(publicId);
  const batchId = randomHex(48);
  const payload: Payload = {
    transformation,
    format,
    notificationUrl,
    assetId: row.asset_id,
    versionId: row.version_id,
    batchId,
    origin: actor.origin,
    apiKey: actor.key?.api_key,
  };
  await app.catalog.transaction((tx) => app.jobs.enqueue(tx, { kind: 'explode', cloud: row.cloud, payload }));
  app.jobs.wake();
  return { status: 'processing', batch_id: batchId };
}

export const explodeJob = (app: App): JobWork<Payload> => ({
  async run({ transformation, format, notificationUrl, assetId, versionId, batchId, origin, apiKey }, job) {
    const row = await app.catalog.assets.findById(app.catalog.db, job.cloud, assetId);
    if (!row?.blob || row.version_id !== versionId) return;
    const cloud = await app.accounts.cloud(job.cloud);
    const key = apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey);
    const view = await viewContext(app, { cloud, key, origin });
    const rendered: RenderedEager[] = [];
    for (let page = 1; page <= (row.pages ?? 1); page++) {
      const one = transformation.replace(ALL_PAGES, `$1pg_${page}`);
      const derived = await derive(app, originalOf(row), { transformation: one, extension: format });
      rendered.push({ transformation: one, extension: format, derived });
    }
    await app.catalog.transaction(async (tx) => {
      await bookkeepDerived(tx, app, row, rendered);
      const image_infos = eagerViews(row, view, rendered).map(({ width, height, bytes, url, secure_url }) => ({
        width,
        height,
        bytes,
        url,
        secure_url,
      }));
      await app.webhooks.notify(tx, {
        cloud: job.cloud,
        type: 'explode',
        fields: { pages: rendered.length, image_infos, batch_id: batchId, asset_id: row.asset_id },
        triggeredBy: apiKey,
        url: notificationUrl,
      });
    });
    app.jobs.wake();
  },
});
