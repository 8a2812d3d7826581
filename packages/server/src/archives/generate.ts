import type { Readable } from 'node:stream';
import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { parseEagerList } from '../assets/eager.ts';
import { upload } from '../assets/upload.ts';
import { ERRORS } from '../errors.ts';
import { spoolStream } from '../ingest/pour.ts';
import type { JobWork } from '../jobs/jobs.ts';
import { randomHex } from '../random-hex.ts';
import { type ArchiveEntry, archiveEntries, type Naming } from './entries.ts';
import type { ArchiveFormat } from './pack.ts';
import { type ArchiveSelection, type Selected, selectForArchive } from './select.ts';

export interface ArchiveRequest {
  readonly selection: ArchiveSelection;
  readonly naming: Naming;
  /** Eager syntax, separated by `|`. */
  readonly transformations: string;
  readonly format: ArchiveFormat;
  readonly target: {
    readonly publicId: string | undefined;
    readonly assetFolder: string | undefined;
    readonly tags: readonly string[];
  };
  readonly notificationUrl: string | undefined;
}

interface Prepared {
  readonly selected: Selected;
  readonly entries: readonly ArchiveEntry[];
}

async function prepare(app: App, { cloud }: Actor, request: ArchiveRequest): Promise<Prepared> {
  const eager = parseEagerList(request.transformations);
  const selected = await selectForArchive(app, cloud, request.selection);
  const entries = archiveEntries(app, selected.rows, eager, request.naming);
  if (entries.length === 0) throw ERRORS.NoSuchItem('No resources found for the archive');
  return { selected, entries };
}

/**
 * The archive as a stream, made while it is read.
 *
 * @throws 400 and 404 before the first byte
 */
export async function downloadArchive(
  app: App,
  actor: Actor,
  request: ArchiveRequest,
): Promise<{ stream: Readable; filename: string }> {
  const { entries } = await prepare(app, actor, request);
  const name = (request.target.publicId ?? 'archive')
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_');
  const { packArchive } = await import('./pack.ts');
  return { stream: packArchive(request.format, entries), filename: withSuffix(name, request.format) };
}

const withSuffix = (name: string, format: ArchiveFormat): string =>
  name.toLowerCase().endsWith(`.${format}`) ? name : `${name}.${format}`;

/** Makes the archive and stores it as a raw asset; the answer is the asset's with counts. */
export async function createArchive(app: App, actor: Actor, request: ArchiveRequest): Promise<Record<string, unknown>> {
  const { selected, entries } = await prepare(app, actor, request);
  const { format, target } = request;
  const { packArchive } = await import('./pack.ts');
  const stream = packArchive(format, entries);
  const file = await spoolStream(app.blobs, stream, app.config['max-raw-bytes']);
  try {
    const options = {
      ...(target.publicId === undefined ? {} : { public_id: withSuffix(target.publicId, format) }),
      ...(target.assetFolder === undefined ? {} : { asset_folder: target.assetFolder }),
      tags: [...target.tags],
      discard_original_filename: true,
    };
    const asset = await upload(app, actor, {
      resourceType: 'raw',
      options,
      source: { file, filename: `archive.${format}`, url: undefined },
    });
    const { api_key: _key, ...view } = asset;
    const answer: Record<string, unknown> = {
      ...view,
      resource_count: selected.rows.length,
      file_count: entries.length,
      ...(selected.missing.length === 0 ? {} : { missing_public_ids: selected.missing }),
      ...(selected.emptyTags.length === 0 ? {} : { empty_tags: selected.emptyTags }),
      ...(selected.emptyPrefixes.length === 0 ? {} : { empty_prefixes: selected.emptyPrefixes }),
    };
    await app.catalog.transaction((tx) =>
      app.webhooks.notify(tx, {
        cloud: actor.cloud.name,
        type: 'generate_archive',
        fields: answer,
        triggeredBy: actor.key?.api_key,
        url: request.notificationUrl,
      }),
    );
    app.jobs.wake();
    return answer;
  } finally {
    await file.discard();
  }
}

interface Payload {
  readonly request: ArchiveRequest;
  readonly origin: string;
  readonly apiKey: string | undefined;
  readonly batchId: string;
}

/** `async`: the archive is made by a job, whose end the `generate_archive` notification tells. */
export async function createArchiveLater(
  app: App,
  actor: Actor,
  request: ArchiveRequest,
): Promise<Record<string, unknown>> {
  const { entries } = await prepare(app, actor, request);
  // The name is chosen now, so that a job that runs again after a crash replaces its own archive.
  const publicId = request.target.publicId ?? randomHex(10);
  const fixed: ArchiveRequest = { ...request, target: { ...request.target, publicId } };
  const batchId = randomHex(48);
  const payload: Payload = { request: fixed, origin: actor.origin, apiKey: actor.key?.api_key, batchId };
  await app.catalog.transaction((tx) => app.jobs.enqueue(tx, { kind: 'archive', cloud: actor.cloud.name, payload }));
  app.jobs.wake();
  return {
    status: 'pending',
    resource_type: 'raw',
    type: 'upload',
    public_id: withSuffix(publicId, request.format),
    file_count: entries.length,
    batch_id: batchId,
  };
}

export const archiveJob = (app: App): JobWork<Payload> => ({
  async run({ request, origin, apiKey }, { cloud: cloudName }) {
    const cloud = await app.accounts.cloud(cloudName);
    const key = apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey);
    await createArchive(app, { cloud, key, origin }, request);
  },
  async failed({ request, batchId, apiKey }, error, { cloud }) {
    const fields = { error: { message: error.message }, batch_id: batchId };
    await app.catalog.transaction((tx) =>
      app.webhooks.notify(tx, { cloud, type: 'error', fields, triggeredBy: apiKey, url: request.notificationUrl }),
    );
    app.jobs.wake();
  },
});
