import type { App } from '../app.ts';
import { addonKey, moderationAddon, type WantedAddon } from '../assets/addons.ts';
import { type Actor, viewContext } from '../assets/context.ts';
import { currentModeration, decided, type Moderation, moderationColumns } from '../assets/moderation.ts';
import { storeAsset } from '../assets/store.ts';
import type { StoredFile } from '../assets/stored-file.ts';
import { checkTags } from '../assets/tags.ts';
import { assetReference, type ViewContext } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetChange, AssetRow, CloudRow } from '../catalog/schema.ts';
import { mimeOf } from '../ingest/inspect/formats.ts';
import { HopelessJob, type JobKind } from '../jobs/jobs.ts';
import type { AddonAnswer, AddonFile } from './ask.ts';
import { type Info, tagsAbove, withResult } from './results.ts';

interface Payload extends Pick<WantedAddon, 'parameter' | 'name' | 'argument'> {
  readonly assetId: string;
  readonly versionId: string;
  readonly origin: string;
  readonly apiKey: string | undefined;
  readonly notificationUrl: string | undefined;
  /** Tags from this confidence on. */
  readonly autoTagging: number | undefined;
  /** The whole parameter: the kinds that may be asked after this one. */
  readonly moderation: string | undefined;
}

export interface AddonCall {
  readonly wanted: readonly WantedAddon[];
  readonly moderation?: string | undefined;
  readonly autoTagging?: number | undefined;
  readonly notificationUrl?: string | undefined;
}

/** Jobs that a call may wait for. */
export interface Scheduled {
  readonly jobs: readonly number[];
  /** Milliseconds. */
  readonly wait: number;
}

const argumentOf = (moderation: string, name: string): string =>
  moderation.split('|').find((kind) => kind.split(':')[0] === name) ?? name;

/** The model that decides next, if it is one and no person. */
const nextModerator = (app: App, list: readonly Moderation[], moderation: string): WantedAddon | undefined => {
  const current = currentModeration(list);
  return current?.status === 'pending' ? moderationAddon(argumentOf(moderation, current.kind), app.addons) : undefined;
};

/**
 * Asks the models that a call names, by one job each, and notes in the row that their answers are pending.
 *
 * @returns the row as it is now, and what to wait for
 */
export async function scheduleAddons(
  app: App,
  tx: Db,
  { origin, key }: Pick<Actor, 'origin' | 'key'>,
  row: AssetRow,
  { wanted, moderation, autoTagging, notificationUrl }: AddonCall,
): Promise<Scheduled & { readonly row: AssetRow }> {
  const moderator =
    moderation === undefined ? undefined : nextModerator(app, JSON.parse(row.moderation ?? '[]'), moderation);
  const all = moderator === undefined ? wanted : [...wanted, moderator];
  if (all.length === 0 || row.blob === null) return { row, jobs: [], wait: 0 };
  const jobs: number[] = [];
  for (const { parameter, name, argument } of all) {
    const payload: Payload = {
      ...{ parameter, name, argument, autoTagging, moderation, notificationUrl, origin },
      assetId: row.asset_id,
      versionId: row.version_id,
      apiKey: key?.api_key,
    };
    jobs.push(await app.jobs.enqueue(tx, { kind: 'addon', cloud: row.cloud, payload }));
  }
  const info = wanted.reduce<Info>(
    (known, { parameter, name }) => withResult(known, parameter, name, { status: 'pending' }),
    JSON.parse(row.info),
  );
  return {
    row: await app.catalog.assets.update(tx, row.seq, { info: JSON.stringify(info) }),
    jobs,
    wait: Math.max(...all.map(({ hook }) => hook.wait)),
  };
}

/** Waits for answers about a picture, as the cloud does; films and raw files are told of later. @returns the row by then */
export async function afterAddons(app: App, row: AssetRow, { jobs, wait }: Scheduled): Promise<AssetRow> {
  if (jobs.length === 0 || wait === 0 || row.resource_type !== 'image') return row;
  await app.jobs.attempted(jobs, wait);
  return (await app.catalog.assets.findById(app.catalog.db, row.cloud, row.asset_id)) ?? row;
}

/** What a model may know of the asset. */
const described = (row: AssetRow) => ({
  asset_id: row.asset_id,
  public_id: row.public_id,
  resource_type: row.resource_type,
  type: row.type,
  format: row.format ?? undefined,
  mime_type: mimeOf(row.format ?? row.public_id.split('.').at(-1) ?? ''),
  width: row.width ?? undefined,
  height: row.height ?? undefined,
  pages: row.pages ?? undefined,
  duration: row.duration ?? undefined,
  bytes: row.bytes,
  etag: row.etag,
  tags: JSON.parse(row.tags) as string[],
});

const current = async (app: App, db: Db, cloud: string, { assetId, versionId }: Payload) => {
  const row = await app.catalog.assets.findById(db, cloud, assetId);
  // Replaced or deleted in the meantime: nobody asked about the new bytes.
  return row?.version_id === versionId && row.blob !== null ? row : undefined;
};

const viewOf = async (app: App, cloud: CloudRow, { origin, apiKey }: Payload): Promise<ViewContext> =>
  viewContext(app, {
    cloud,
    origin,
    key: apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey).catch(() => undefined),
  });

/** The texts of an answer (a transcript, captions …) are raw assets beside the one they belong to. */
async function keepFiles(app: App, files: readonly AddonFile[]): Promise<(StoredFile & { extension: string })[]> {
  const kept: (StoredFile & { extension: string })[] = [];
  for (const { extension, text } of files) {
    const spool = app.blobs.spool();
    await spool.write(Buffer.from(text, 'utf8'));
    const { hash, md5, bytes } = await app.blobs.put(await spool.end());
    kept.push({ extension, hash, md5, bytes });
  }
  return kept;
}

interface Outcome {
  readonly answer?: AddonAnswer;
  readonly message?: string;
}

function moderationChange(row: AssetRow, { answer }: Outcome, now: number): AssetChange {
  const list = JSON.parse(row.moderation ?? '[]') as Moderation[];
  return moderationColumns(decided(list, { status: answer?.status ?? 'aborted', response: answer?.response, now }));
}

function infoChange(
  row: AssetRow,
  { parameter, name, autoTagging }: Payload,
  { answer, message }: Outcome,
): AssetChange {
  const result =
    answer === undefined
      ? ({ status: 'failed', message: message ?? '' } as const)
      : ({ status: 'complete', data: answer.data } as const);
  const info = JSON.stringify(withResult(JSON.parse(row.info), parameter, name, result));
  const found = autoTagging === undefined ? [] : tagsAbove(answer?.data, autoTagging);
  if (found.length === 0) return { info };
  const tags = [...new Set([...(JSON.parse(row.tags) as string[]), ...found])].slice(0, 1000);
  return { info, tags: JSON.stringify(checkTags(tags)) };
}

/** What the webhook of a finished add-on says beside the asset (notifications guide, `info` and `moderation`). */
function told(row: AssetRow, { parameter, name }: Payload, { answer }: Outcome): [type: string, fields: object] {
  if (parameter !== 'moderation')
    return [
      'info',
      { info_kind: name, info_status: answer === undefined ? 'failed' : 'complete', info_data: answer?.data },
    ];
  const spoken = (JSON.parse(row.moderation ?? '[]') as Moderation[]).find(({ kind }) => kind === name);
  return [
    'moderation',
    {
      moderation_response: spoken?.response,
      moderation_status: spoken?.status,
      moderation_kind: name,
      moderation_updated_at: spoken?.updated_at,
    },
  ];
}

async function finish(app: App, cloudName: string, payload: Payload, outcome: Outcome): Promise<void> {
  const files = await keepFiles(app, outcome.answer?.files ?? []);
  const cloud = await app.accounts.cloud(cloudName);
  const view = await viewOf(app, cloud, payload);
  const { apiKey, notificationUrl, origin, moderation } = payload;
  await app.catalog.transaction(async (tx) => {
    const row = await current(app, tx, cloudName, payload);
    if (row === undefined) return;
    const now = app.clock();
    const change =
      payload.parameter === 'moderation' ? moderationChange(row, outcome, now) : infoChange(row, payload, outcome);
    const updated = await app.catalog.assets.update(tx, row.seq, { ...change, updated_at: now });
    for (const { extension, hash, md5, bytes } of files)
      await storeAsset(
        app,
        tx,
        cloud,
        {
          resource_type: 'raw',
          type: row.type,
          public_id: `${row.public_id}${extension}`,
          asset_folder: row.asset_folder,
          display_name: `${row.display_name}${extension}`,
          ...{ blob: hash, etag: md5, bytes, facts: JSON.stringify({ resourceType: 'raw' }) },
          created_by: apiKey ?? null,
          uploaded_by: apiKey ?? null,
        },
        { backup: false },
      );
    if (payload.parameter === 'moderation' && moderation !== undefined)
      await scheduleAddons(app, tx, { origin, key: view.key }, updated, { wanted: [], moderation, notificationUrl });
    const [type, fields] = told(updated, payload, outcome);
    await app.webhooks.notify(tx, {
      cloud: cloudName,
      type,
      fields: { ...fields, ...assetReference(updated, view) },
      triggeredBy: apiKey,
      url: notificationUrl,
    });
  });
  app.jobs.wake();
}

/** One question to one model about one asset; a model that is away is asked again for some minutes. */
export const addonJob = (app: App): JobKind<Payload> => ({
  name: 'addon',
  backoff: [5, 30, 120, 300],
  lane: 'waits',
  async run(payload, { cloud }) {
    const row = await current(app, app.catalog.db, cloud, payload);
    if (row === undefined) return;
    const { parameter, name, argument } = payload;
    const hook = app.addons.get(addonKey(parameter, name));
    if (hook === undefined) throw new HopelessJob(`add-on ${addonKey(parameter, name)} is not plugged in any more`);
    const local = await app.blobs.local(row.blob!);
    let answer: AddonAnswer;
    try {
      const { askAddon } = await import('./ask.ts');
      answer = await askAddon(hook, { parameter, name, argument, asset: described(row) }, local.path);
    } finally {
      await local.release();
    }
    await finish(app, cloud, payload, { answer });
  },
  failed: (payload, { message }, { cloud }) => finish(app, cloud, payload, { message }),
});
