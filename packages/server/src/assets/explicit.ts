import { REMOTE_TYPES } from '@signet/transformation';
import { afterAddons, scheduleAddons } from '../addons/addon-job.ts';
import type { App } from '../app.ts';
import type { AssetChange, AssetRow } from '../catalog/schema.ts';
import { originalOf } from '../delivery/deliver.ts';
import { fetchAsset } from '../delivery/fetch-asset.ts';
import { ERRORS } from '../errors.ts';
import { inputAt } from '../ingest/inspect/input.ts';
import { randomHex } from '../random-hex.ts';
import { readAccessControl } from './access-control.ts';
import { checkAddons } from './addons.ts';
import { analysesWanted, analysisKeys, coordinatesOf } from './analyses.ts';
import { backgroundRemovalInfo, scheduleBackgroundRemoval } from './background-removal.ts';
import { type Actor, viewContext } from './context.ts';
import { checkContext } from './contextual.ts';
import { bookkeepDerived, eagerViews, parseEagerList, pendingEagerViews, renderEager } from './eager.ts';
import { scheduleEager } from './eager-later.ts';
import { storedHeaders } from './headers.ts';
import { moderationColumns, moderationOf } from './moderation.ts';
import type { UploadOptions } from './parameters.ts';
import { checkFolder } from './public-id.ts';
import { readQualityOverride } from './quality-override.ts';
import { responsiveBreakpoints } from './responsive-breakpoints.ts';
import { rememberFolder } from './store.ts';
import { checkTags } from './tags.ts';
import { assetView } from './view.ts';

export interface ExplicitRequest {
  readonly resourceType: string;
  readonly publicId: string;
  /** Delivery type; default `upload`. */
  readonly type: string;
  readonly options: UploadOptions;
}

/** @throws 404 `Resource not found - <public_id>` */
async function findRow(
  app: App,
  { cloud }: Actor,
  { resourceType, type, publicId }: ExplicitRequest,
): Promise<AssetRow> {
  if (type === 'fetch') return fetchAsset(app, cloud.name, publicId, resourceType === 'video' ? 'video' : 'image');
  const row = await app.catalog.assets.find(app.catalog.db, {
    cloud: cloud.name,
    resource_type: resourceType,
    type,
    public_id: publicId,
  });
  if (row === undefined || row.status === 'deleted') throw ERRORS.ResourceNotFound(publicId);
  return row;
}

/** What the call changes of the row. Coordinates are stored as given, unclipped (Node suite, face coordinates). */
async function changesOf(app: App, actor: Actor, row: AssetRow, options: UploadOptions): Promise<AssetChange> {
  const coordinates = coordinatesOf(
    options,
    { width: row.width ?? undefined, height: row.height ?? undefined },
    { clip: false },
  );
  const metadata =
    options.metadata === undefined
      ? undefined
      : await app.metadata.apply(actor.cloud, JSON.parse(row.metadata), options.metadata, {
          clearInvalid: options.clear_invalid ?? false,
        });
  const change: AssetChange = {
    tags: options.tags && JSON.stringify(checkTags(options.tags)),
    context: options.context && JSON.stringify(checkContext(options.context)),
    metadata: metadata && JSON.stringify(metadata),
    access_control:
      options.access_control === undefined ? undefined : JSON.stringify(readAccessControl(options.access_control)),
    access_mode: options.access_mode,
    facts:
      options.quality_override === undefined
        ? undefined
        : JSON.stringify({
            ...(JSON.parse(row.facts) as object),
            quality_override: readQualityOverride(options.quality_override),
          }),
    headers: options.headers === undefined ? undefined : storedHeaders(options.headers),
    asset_folder: options.asset_folder === undefined ? undefined : checkFolder(options.asset_folder),
    display_name: options.display_name,
    coordinates:
      Object.keys(coordinates).length === 0
        ? undefined
        : JSON.stringify({ ...(JSON.parse(row.coordinates) as object), ...coordinates }),
    ...(options.moderation === undefined ? {} : moderationColumns(moderationOf(options.moderation))),
  };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

async function analyse(app: App, row: AssetRow, options: UploadOptions): Promise<Record<string, unknown>> {
  const known = JSON.parse(row.analysis) as Record<string, unknown>;
  const wanted = analysesWanted(options);
  if (wanted.length === 0 || row.blob === null || row.resource_type === 'raw') return known;
  const local = await app.blobs.local(row.blob);
  try {
    const { analysis } = await app.inspector.inspectFile(inputAt(local.path), {
      resourceType: row.resource_type as 'image' | 'video',
      wanted,
    });
    return { ...known, ...analysis };
  } finally {
    await local.release();
  }
}

/**
 * `explicit`: changes or processes an asset that is stored, or that a remote delivery type names.
 *
 * @throws 404 for an unknown asset
 */
export async function explicit(app: App, actor: Actor, request: ExplicitRequest): Promise<Record<string, unknown>> {
  const { options, publicId, type, resourceType } = request;
  const { cloud, key } = actor;
  const addons = checkAddons(options, app.addons);
  const eager = options.eager === undefined ? [] : parseEagerList(options.eager);
  if (options.async) {
    // Social types are never loaded here, yet the cloud takes the call (Node suite, explicit async).
    const known = REMOTE_TYPES.has(type) ? undefined : await findRow(app, actor, request);
    const batchId = randomHex(48);
    if (known !== undefined && eager.length > 0) {
      await app.catalog.transaction((tx) => scheduleEager(app, tx, actor, known, { options, batchId }));
      app.jobs.wake();
    }
    return { status: 'pending', resource_type: resourceType, type, public_id: publicId, batch_id: batchId };
  }
  if (REMOTE_TYPES.has(type) && type !== 'fetch')
    throw ERRORS.BadRequest(`Delivery type ${type} is not available on this server`);
  const found = await findRow(app, actor, request);
  const change = await changesOf(app, actor, found, options);
  const analysis = await analyse(app, found, options);
  const now = app.clock();
  const view = await viewContext(app, actor);
  const original = originalOf({ ...found, ...change } as AssetRow);
  const rendered = options.eager_async || found.blob === null ? [] : await renderEager(app, original, eager);
  const breakpoints = await responsiveBreakpoints(app, original, options.responsive_breakpoints);
  const batchId = randomHex(48);
  const { row: stored, ...asked } = await app.catalog.transaction(async (tx) => {
    const info = {
      ...(JSON.parse(found.info) as object),
      ...backgroundRemovalInfo(options, { resourceType: found.resource_type }),
    };
    const changed = await app.catalog.assets.update(tx, found.seq, {
      ...change,
      analysis: JSON.stringify(analysis),
      info: JSON.stringify(info),
      updated_at: now,
    });
    const scheduled = await scheduleAddons(app, tx, actor, changed, {
      wanted: addons,
      moderation: options.moderation,
      autoTagging: options.auto_tagging,
      notificationUrl: options.notification_url,
    });
    const updated = scheduled.row;
    if (change.asset_folder !== undefined) await rememberFolder(tx, cloud.name, updated.asset_folder, now);
    await bookkeepDerived(tx, app, updated, [...rendered, ...breakpoints.derived]);
    if (options.eager_async && eager.length > 0) await scheduleEager(app, tx, actor, updated, { options, batchId });
    await scheduleBackgroundRemoval(app, tx, actor, updated, options);
    if (eager.length > 0 && !options.eager_async)
      await app.webhooks.notify(tx, {
        cloud: cloud.name,
        type: 'eager',
        fields: {
          eager: eagerViews(updated, view, rendered),
          batch_id: batchId,
          asset_id: updated.asset_id,
          public_id: updated.public_id,
        },
        triggeredBy: key?.api_key,
        url: options.eager_notification_url ?? options.notification_url,
      });
    return scheduled;
  });
  app.jobs.wake();
  const row = await afterAddons(app, stored, asked);
  const faces = options.faces && (JSON.parse(row.coordinates) as { faces?: unknown }).faces;
  return assetView(row, view, {
    analyses: analysisKeys(options),
    made: {
      ...(faces ? { faces } : {}),
      ...(eager.length > 0
        ? {
            eager: options.eager_async ? pendingEagerViews(row, view, eager, batchId) : eagerViews(row, view, rendered),
          }
        : {}),
      ...(options.responsive_breakpoints === undefined ? {} : { responsive_breakpoints: breakpoints.view(row, view) }),
    },
  });
}
