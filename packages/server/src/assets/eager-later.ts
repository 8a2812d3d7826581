import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { originalOf } from '../delivery/deliver.ts';
import type { JobKind } from '../jobs/jobs.ts';
import { type Actor, viewContext } from './context.ts';
import { bookkeepDerived, eagerViews, parseEagerList, pendingEagerViews, renderEager } from './eager.ts';
import type { UploadOptions } from './parameters.ts';

interface Payload {
  readonly assetId: string;
  readonly versionId: string;
  readonly eager: string;
  readonly batchId: string;
  readonly origin: string;
  readonly apiKey: string | undefined;
  readonly notificationUrl: string | undefined;
}

/** Films wait for films, and pictures never for them. */
const eagerKind = ({ resource_type }: AssetRow): string => (resource_type === 'video' ? 'eager_video' : 'eager');

/** `eager_async`: the results are made by a job, whose end is told by the `eager` notification. */
export async function scheduleEager(
  app: App,
  tx: Db,
  { origin, key }: Actor,
  row: AssetRow,
  { options, batchId }: { readonly options: UploadOptions; readonly batchId: string },
): Promise<void> {
  const payload: Payload = {
    assetId: row.asset_id,
    versionId: row.version_id,
    eager: options.eager!,
    batchId,
    origin,
    apiKey: key?.api_key,
    notificationUrl: options.eager_notification_url ?? options.notification_url,
  };
  await app.jobs.enqueue(tx, { kind: eagerKind(row), cloud: row.cloud, payload });
}

async function actorOf(
  app: App,
  cloudName: string,
  { origin, apiKey }: Pick<Payload, 'origin' | 'apiKey'>,
): Promise<Actor> {
  const cloud = await app.accounts.cloud(cloudName);
  return {
    cloud,
    origin,
    key: apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey).catch(() => undefined),
  };
}

const current = async (app: App, cloud: string, { assetId, versionId }: Payload): Promise<AssetRow | undefined> => {
  const row = await app.catalog.assets.findById(app.catalog.db, cloud, assetId);
  // Replaced or deleted in the meantime: nobody waits for results of the old bytes.
  return row?.version_id === versionId && row.blob !== null ? row : undefined;
};

const eagerJob = (app: App, kind: Pick<JobKind, 'name' | 'lane'>): JobKind<Payload> => ({
  ...kind,
  backoff: [5, 30, 120],
  async run(payload, { cloud }, onProgress) {
    const row = await current(app, cloud, payload);
    if (row === undefined) return;
    const rendered = await renderEager(app, originalOf(row), parseEagerList(payload.eager), {
      patience: 'job',
      onProgress,
    });
    const view = await viewContext(app, await actorOf(app, cloud, payload));
    await app.catalog.transaction(async (tx) => {
      await bookkeepDerived(tx, app, row, rendered);
      await app.webhooks.notify(tx, {
        cloud,
        type: 'eager',
        fields: {
          eager: eagerViews(row, view, rendered),
          batch_id: payload.batchId,
          asset_id: row.asset_id,
          public_id: row.public_id,
        },
        triggeredBy: payload.apiKey,
        url: payload.notificationUrl,
      });
    });
    app.jobs.wake();
  },
  async failed(payload, error, { cloud }) {
    const row = await current(app, cloud, payload);
    if (row === undefined) return;
    const view = await viewContext(app, await actorOf(app, cloud, payload));
    const eager = pendingEagerViews(row, view, parseEagerList(payload.eager), payload.batchId).map((entry) => ({
      ...entry,
      status: 'failed',
      reason: error.message,
    }));
    await app.catalog.transaction((tx) =>
      app.webhooks.notify(tx, {
        cloud,
        type: 'eager',
        fields: { eager, batch_id: payload.batchId, asset_id: row.asset_id, public_id: row.public_id },
        triggeredBy: payload.apiKey,
        url: payload.notificationUrl,
      }),
    );
    app.jobs.wake();
  },
});

export const eagerJobs = (app: App): JobKind<Payload>[] => [
  eagerJob(app, { name: 'eager' }),
  eagerJob(app, { name: 'eager_video', lane: 'films' }),
];
