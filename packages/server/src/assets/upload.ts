import { afterAddons, scheduleAddons } from '../addons/addon-job.ts';
import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { sourceFacts } from '../delivery/facts.ts';
import { ERRORS } from '../errors.ts';
import { randomHex } from '../random-hex.ts';
import { readAccessControl } from './access-control.ts';
import { checkAddons } from './addons.ts';
import { analysesWanted, analysisKeys, coordinatesOf } from './analyses.ts';
import { backgroundRemovalInfo, scheduleBackgroundRemoval } from './background-removal.ts';
import { type Actor, viewContext } from './context.ts';
import { checkContext } from './contextual.ts';
import { issueDeleteToken } from './delete-by-token.ts';
import { bookkeepDerived, eagerViews, parseEagerList, pendingEagerViews, renderEager } from './eager.ts';
import { scheduleEager } from './eager-later.ts';
import { storedHeaders } from './headers.ts';
import { type Intake, takeIn } from './intake.ts';
import { moderationColumns, moderationOf } from './moderation.ts';
import type { UploadOptions } from './parameters.ts';
import { extensionAsSent, type Name, nameUpload, splitFilename } from './public-id.ts';
import { readQualityOverride } from './quality-override.ts';
import { responsiveBreakpoints } from './responsive-breakpoints.ts';
import { runEval, runOnSuccess } from './scripts.ts';
import { mediaColumns, storeAsset } from './store.ts';
import { checkTags } from './tags.ts';
import { assetView, type ViewOptions } from './view.ts';

export type ResourceType = 'image' | 'video' | 'raw';

export interface UploadRequest {
  /** From the path; `auto` decides by content. */
  readonly resourceType: ResourceType | 'auto';
  /** After the preset has been applied. */
  readonly options: UploadOptions;
  readonly source: {
    readonly file: SpooledFile;
    /** `undefined` when the source has none. */
    readonly filename: string | undefined;
    /** Address of a remote source. */
    readonly url: string | undefined;
  };
  /** Whether the answer may wait for add-ons; a job does not. Default true. */
  readonly patient?: boolean;
}

const DELIVERY_TYPES = ['upload', 'private', 'authenticated'];

/** Everything a call says that can be judged without the file. @throws 400 */
export function checkUpload(app: Pick<App, 'addons'>, options: UploadOptions) {
  const type = options.type ?? 'upload';
  if (!DELIVERY_TYPES.includes(type)) throw ERRORS.InvalidParameter('type', type);
  if (options.proxy !== undefined)
    throw ERRORS.BadRequest('Parameter proxy is not supported: this server loads remote files itself');
  if (options.live && options.async) throw ERRORS.BadRequest('live is not currently supported with async');
  if (options.live) throw ERRORS.BadRequest('live streams are not available on this server');
  const addons = checkAddons(options, app.addons);
  return {
    type,
    addons,
    access_control:
      options.access_control === undefined ? null : JSON.stringify(readAccessControl(options.access_control)),
    eager: options.eager === undefined ? [] : parseEagerList(options.eager),
    headers: options.headers === undefined ? null : storedHeaders(options.headers),
    qualityOverride: options.quality_override === undefined ? undefined : readQualityOverride(options.quality_override),
    tags: checkTags(options.tags ?? []),
    context: checkContext(options.context ?? {}),
  };
}

/**
 * `upload`: bytes become an asset. Nothing is visible before the one transaction at the end; when anything fails before
 * it, the spooled file is discarded by the caller and no trace is left.
 *
 * @returns the answer of the Upload API
 */
export async function upload(app: App, actor: Actor, request: UploadRequest): Promise<Record<string, unknown>> {
  const filename = request.options.filename_override ?? request.source.filename;
  checkUpload(app, request.options);
  const intake = await takeIn(app, {
    cloud: actor.cloud.name,
    file: request.source.file,
    filename,
    resourceType: request.resourceType,
    options: request.options,
    wanted: analysesWanted(request.options),
  });
  try {
    const options = await runEval(app, request.options, intake);
    const name = nameUpload({
      resourceType: intake.facts.resourceType,
      folderMode: actor.cloud.folder_mode,
      filename,
      options,
    });
    const existing = await findExisting(app, app.catalog.db, actor, intake, options, name);
    if (existing !== undefined) return assetView(existing, await viewContext(app, actor), { existing: true });
    return await store(app, actor, { ...request, options }, intake, name, filename);
  } finally {
    if (intake.made) await intake.file.discard();
  }
}

/** The asset that `overwrite: false` leaves as it is. */
async function findExisting(
  app: App,
  db: Db,
  { cloud }: Actor,
  { facts }: Intake,
  options: UploadOptions,
  { publicId }: Name,
): Promise<AssetRow | undefined> {
  if (options.overwrite !== false) return undefined;
  const identity = {
    cloud: cloud.name,
    resource_type: facts.resourceType,
    type: options.type ?? 'upload',
    public_id: publicId,
  };
  const row = await app.catalog.assets.find(db, identity);
  return row?.status === 'active' ? row : undefined;
}

/** Analyses that a script asked for after the file was inspected are made up for. */
async function analysisOf(app: App, { file, facts }: Intake, options: UploadOptions): Promise<Record<string, unknown>> {
  const wanted = analysesWanted(options);
  const missing = wanted.filter((name) => !(name in facts.analysis));
  if (missing.length === 0 || facts.resourceType === 'raw') return { ...facts.analysis };
  const { analysis } = await app.inspector.inspectFile(file, { resourceType: facts.resourceType, wanted });
  return { ...facts.analysis, ...analysis };
}

async function store(
  app: App,
  actor: Actor,
  { options, source, patient = true }: UploadRequest,
  intake: Intake,
  name: Name,
  filename: string | undefined,
): Promise<Record<string, unknown>> {
  const { cloud, key } = actor;
  const { file, facts } = intake;
  const { eager, addons, ...plain } = checkUpload(app, options);
  const metadata = await app.metadata.apply(cloud, {}, options.metadata ?? {}, {
    clearInvalid: options.clear_invalid ?? false,
    isNew: true,
  });
  const analysis = await analysisOf(app, intake, options);
  const coordinates = coordinatesOf(options, facts, { clip: true });
  if (options.faces && coordinates.faces !== undefined) analysis.faces = coordinates.faces;
  const { stem } = splitFilename(filename ?? '');
  const kept = !options.discard_original_filename && stem !== '';
  const named = options.public_id !== undefined || options.use_filename === true;
  const shown: ViewOptions = {
    analyses: analysisKeys(options),
    ...(kept ? { originalExtension: extensionAsSent(filename!) } : {}),
    ...(options.overwrite === false && named ? { existing: false } : {}),
  };
  const blob = await app.blobs.put(file);
  const { hash } = blob;
  const details = {
    publicId: name.publicId,
    tags: plain.tags,
    context: plain.context,
    coordinates,
    faces: facts.analysis.faces,
    qualityOverride: plain.qualityOverride,
  };
  const original = { cloud: cloud.name, hash, facts: sourceFacts(facts, hash, details) };
  const rendered = options.eager_async ? [] : await renderEager(app, original, eager);
  const breakpoints = await responsiveBreakpoints(app, original, options.responsive_breakpoints);
  const callKey = key?.api_key ?? null;
  const view = await viewContext(app, actor);
  const batchId = randomHex(48);
  const done = await app.catalog.transaction(async (tx) => {
    // Once more: another upload may have come first while this one was on its way.
    const existing = await findExisting(app, tx, actor, intake, options, name);
    if (existing !== undefined) return { existing };
    const stored = await storeAsset(
      app,
      tx,
      cloud,
      {
        ...mediaColumns(facts, blob, { quality_override: plain.qualityOverride }),
        public_id: name.publicId,
        type: plain.type,
        asset_folder: name.assetFolder,
        display_name: options.unique_display_name ? await uniqueDisplayName(tx, cloud.name, name) : name.displayName,
        original_filename: kept ? stem : null,
        access_mode: options.access_mode ?? 'public',
        access_control: plain.access_control,
        tags: JSON.stringify(plain.tags),
        context: JSON.stringify(plain.context),
        metadata: JSON.stringify(metadata),
        ...moderationColumns(moderationOf(options.moderation ?? '')),
        analysis: JSON.stringify(analysis),
        coordinates: JSON.stringify(coordinates),
        info: JSON.stringify(backgroundRemovalInfo(options, facts)),
        headers: plain.headers,
        source_url: source.url ?? null,
        created_by: callKey,
        uploaded_by: callKey,
      },
      { backup: options.backup ?? app.config['automatic-backup'] },
    );
    const asked = await scheduleAddons(app, tx, actor, stored.row, {
      wanted: addons,
      moderation: options.moderation,
      autoTagging: options.auto_tagging,
      notificationUrl: options.notification_url,
    });
    const { row } = asked;
    await bookkeepDerived(tx, app, row, [...rendered, ...breakpoints.derived]);
    if (options.eager_async && eager.length > 0) await scheduleEager(app, tx, actor, row, { options, batchId });
    await scheduleBackgroundRemoval(app, tx, actor, row, options);
    const fields = () => {
      const { signature: _, pages: __, ...rest } = assetView(row, view, shown);
      return rest;
    };
    const url = options.notification_url;
    await app.webhooks.notify(tx, { cloud: cloud.name, type: 'upload', fields, triggeredBy: key?.api_key, url });
    return {
      ...stored,
      row,
      asked,
      token: options.return_delete_token ? await issueDeleteToken(app, tx, cloud.name, row.asset_id) : undefined,
    };
  });
  if (done.existing !== undefined) return assetView(done.existing, view, { existing: true });
  const { row, asked, overwritten, token } = done;
  app.jobs.wake();
  const judged = patient ? await afterAddons(app, row, asked) : row;
  const after = options.on_success === undefined ? judged : await runOnSuccess(app, actor, judged, options.on_success);
  return assetView(after, view, {
    ...shown,
    overwritten,
    made: {
      ...(eager.length > 0
        ? {
            eager: options.eager_async
              ? pendingEagerViews(after, view, eager, batchId)
              : eagerViews(after, view, rendered),
          }
        : {}),
      ...(options.responsive_breakpoints === undefined
        ? {}
        : { responsive_breakpoints: breakpoints.view(after, view) }),
      ...(token === undefined ? {} : { delete_token: token }),
    },
  });
}

/** `name (1)`, `name (2)` … when the folder has that display name already. */
async function uniqueDisplayName(tx: Db, cloud: string, { displayName, assetFolder, publicId }: Name): Promise<string> {
  for (let n = 0; ; n++) {
    const candidate = n === 0 ? displayName : `${displayName} (${n})`;
    const taken = await tx
      .selectFrom('assets')
      .select('seq')
      .where('cloud', '=', cloud)
      .where('asset_folder', '=', assetFolder)
      .where('display_name', '=', candidate)
      .where('public_id', '!=', publicId)
      .limit(1)
      .executeTakeFirst();
    if (taken === undefined) return candidate;
  }
}
