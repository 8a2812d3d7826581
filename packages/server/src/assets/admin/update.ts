import { afterAddons, scheduleAddons } from '../../addons/addon-job.ts';
import type { App } from '../../app.ts';
import type { AssetChange, AssetRow, CloudRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import { announce } from '../../events/announce.ts';
import type { MetadataValues } from '../../metadata/types.ts';
import { readAccessControl } from '../access-control.ts';
import { addonsWanted, type WantedAddon } from '../addons.ts';
import { backgroundRemovalInfo, scheduleBackgroundRemoval } from '../background-removal.ts';
import type { Actor } from '../context.ts';
import { checkContext } from '../contextual.ts';
import { storedHeaders } from '../headers.ts';
import { decided, type Moderation, moderationColumns } from '../moderation.ts';
import type { UploadOptions } from '../parameters.ts';
import { checkFolder } from '../public-id.ts';
import { readQualityOverride } from '../quality-override.ts';
import { rememberFolder } from '../store.ts';
import { checkTags } from '../tags.ts';
import { assetReference, type ViewContext } from '../view.ts';

/** The parameters of `update` that an upload has too, typed, and those only it has. */
export interface UpdateRequest {
  readonly options: UploadOptions;
  readonly moderationStatus?: string | undefined;
  /** Names of parameters that came blank: they clear the property. */
  readonly cleared: ReadonlySet<string>;
}

const MODERATION_STATUSES = ['approved', 'rejected', 'pending'];
const BACKGROUND_REMOVAL = ['cloudinary_ai', 'pixelz', 'remove_the_background'];

/**
 * Values that no add-on knows are refused before any add-on is asked for (the SDK suites run without one).
 *
 * @throws 400 `Illegal value <v> for <param>`, or the add-on's own error
 */
function addonsOf(app: App, options: UploadOptions): WantedAddon[] {
  const removal = options.background_removal;
  if (removal !== undefined && !BACKGROUND_REMOVAL.includes(removal.split(':')[0]!))
    throw ERRORS.IllegalValue(removal, 'background_removal');
  return addonsWanted(options, app.addons, (parameter, value) => ERRORS.IllegalValue(value, parameter));
}

const boxes = (name: string, text: string): number[][] =>
  text.split('|').map((box) => {
    const numbers = box.split(',').map(Number);
    if (numbers.length !== 4 || numbers.some((number) => !Number.isFinite(number) || number < 0))
      throw ERRORS.InvalidParameter(name, text);
    return numbers;
  });

function changedCoordinates(row: AssetRow, { options, cleared }: UpdateRequest): string | undefined {
  const current = JSON.parse(row.coordinates) as Record<string, unknown>;
  const next = { ...current };
  if (options.face_coordinates !== undefined) next.faces = boxes('face_coordinates', options.face_coordinates);
  if (options.custom_coordinates !== undefined) next.custom = boxes('custom_coordinates', options.custom_coordinates);
  if (options.regions !== undefined) next.regions = options.regions;
  if (cleared.has('face_coordinates')) delete next.faces;
  if (cleared.has('custom_coordinates')) delete next.custom;
  if (cleared.has('regions')) delete next.regions;
  const text = JSON.stringify(next);
  return text === row.coordinates ? undefined : text;
}

/** Who is asked now takes the status, else who spoke last. */
function changedModeration(row: AssetRow, status: string, now: number): Partial<AssetChange> {
  if (!MODERATION_STATUSES.includes(status)) throw ERRORS.InvalidParameter('moderation_status', status);
  const list = row.moderation === null ? [] : (JSON.parse(row.moderation) as Moderation[]);
  return moderationColumns(decided(list, { status: status as Moderation['status'], now }));
}

/** A display name that no other asset of the folder has: `name`, `name (1)`, `name (2)` … */
async function uniqueDisplayName(
  app: App,
  cloud: CloudRow,
  row: AssetRow,
  folder: string,
  name: string,
): Promise<string> {
  const taken = new Set(
    (
      await app.catalog.db
        .selectFrom('assets')
        .select('display_name')
        .where('cloud', '=', cloud.name)
        .where('asset_folder', '=', folder)
        .where('seq', '<>', row.seq)
        .where('status', '=', 'active')
        .execute()
    ).map(({ display_name }) => display_name),
  );
  if (!taken.has(name)) return name;
  for (let index = 1; ; index++) if (!taken.has(`${name} (${index})`)) return `${name} (${index})`;
}

/**
 * `update`: tags and context are replaced as a whole, metadata is merged field by field, everything else is set.
 *
 * @returns the row as it is now
 * @throws 400 for values nobody knows or a duplicate display name
 */
export async function updateAsset(
  app: App,
  { cloud, key }: Actor,
  context: ViewContext,
  row: AssetRow,
  request: UpdateRequest,
): Promise<AssetRow> {
  const { options, cleared, moderationStatus } = request;
  const addons = addonsOf(app, options);
  const removal = backgroundRemovalInfo(options, { resourceType: row.resource_type });
  const now = app.clock();
  const change: AssetChange = {};
  const touched: Record<string, string> = {};
  const stamp = `${new Date(now).toISOString().slice(0, 19)}Z`;
  if (options.tags !== undefined || cleared.has('tags')) {
    change.tags = JSON.stringify(checkTags(options.tags ?? []));
    touched.tags_updated_at = stamp;
  }
  if (options.context !== undefined || cleared.has('context')) {
    change.context = JSON.stringify(checkContext(options.context ?? {}));
    touched.context_updated_at = stamp;
  }
  if (options.metadata !== undefined) {
    const values = await app.metadata.apply(cloud, JSON.parse(row.metadata) as MetadataValues, options.metadata, {
      clearInvalid: options.clear_invalid ?? false,
    });
    change.metadata = JSON.stringify(values);
    touched.metadata_updated_at = stamp;
  }
  if (moderationStatus !== undefined) {
    Object.assign(change, changedModeration(row, moderationStatus, now));
    touched.moderation_updated_at = stamp;
  }
  const coordinates = changedCoordinates(row, request);
  if (coordinates !== undefined) change.coordinates = coordinates;
  if (options.access_control !== undefined) {
    change.access_control = JSON.stringify(readAccessControl(options.access_control));
    touched.access_control_updated_at = stamp;
  } else if (cleared.has('access_control')) change.access_control = null;
  if (options.headers !== undefined || cleared.has('headers'))
    change.headers = options.headers === undefined ? null : storedHeaders(options.headers);
  if (options.quality_override !== undefined)
    change.facts = withFact(row, 'quality_override', readQualityOverride(options.quality_override));
  if (cloud.folder_mode !== 'fixed') {
    const folder = options.asset_folder ?? (cleared.has('asset_folder') ? '' : undefined);
    if (folder !== undefined) change.asset_folder = checkFolder(folder.replace(/^\/+|\/+$/g, ''));
    if (options.display_name !== undefined)
      change.display_name = options.unique_display_name
        ? await uniqueDisplayName(app, cloud, row, change.asset_folder ?? row.asset_folder, options.display_name)
        : options.display_name;
  }
  if (options.background_removal !== undefined)
    change.info = JSON.stringify({ ...(JSON.parse(row.info) as object), ...removal });
  const { row: updated, ...asked } = await app.catalog.transaction(async (tx) => {
    const next = await app.catalog.assets.update(tx, row.seq, {
      ...change,
      updated_at: now,
      last_updated: JSON.stringify({ ...(JSON.parse(row.last_updated) as object), ...touched, updated_at: stamp }),
    });
    if (change.asset_folder !== undefined) await rememberFolder(tx, cloud.name, change.asset_folder, now);
    const actor = { cloud, key, origin: context.origin };
    await scheduleBackgroundRemoval(app, tx, actor, next, options);
    const scheduled = await scheduleAddons(app, tx, actor, next, {
      wanted: addons,
      autoTagging: options.auto_tagging,
      notificationUrl: options.notification_url,
    });
    for (const event of eventsOf(row, next, context, moderationStatus))
      await announce(app, tx, {
        cloud: cloud.name,
        triggeredBy: key?.api_key,
        url: options.notification_url,
        ...event,
      });
    return scheduled;
  });
  app.jobs.wake();
  return afterAddons(app, updated, asked);
}

const withFact = (row: AssetRow, name: string, value: unknown): string =>
  JSON.stringify({ ...(JSON.parse(row.facts) as object), [name]: value });

const identity = (row: AssetRow) => ({
  asset_id: row.asset_id,
  public_id: row.public_id,
  resource_type: row.resource_type,
  type: row.type,
});

/** What changed, as the notifications of the cloud name it. */
function eventsOf(before: AssetRow, after: AssetRow, context: ViewContext, moderationStatus: string | undefined) {
  const events: { type: string; fields: Record<string, unknown> }[] = [];
  const changed = (column: keyof AssetRow) => before[column] !== after[column];
  const resource = (fields: Record<string, unknown>) => ({
    source: 'api',
    resources: { [after.asset_id]: { ...identity(after), ...fields } },
  });
  if (changed('tags')) {
    const [old, now] = [JSON.parse(before.tags) as string[], JSON.parse(after.tags) as string[]];
    events.push({
      type: 'resource_tags_changed',
      fields: resource({
        added: now.filter((tag) => !old.includes(tag)),
        removed: old.filter((tag) => !now.includes(tag)),
      }),
    });
  }
  if (changed('context'))
    events.push({ type: 'resource_context_changed', fields: resource({ context: JSON.parse(after.context) }) });
  if (changed('metadata'))
    events.push({
      type: 'resource_metadata_changed',
      fields: resource({ previous_metadata: JSON.parse(before.metadata), new_metadata: JSON.parse(after.metadata) }),
    });
  if (changed('display_name'))
    events.push({
      type: 'resource_display_name_changed',
      fields: resource({ previous_display_name: before.display_name, new_display_name: after.display_name }),
    });
  if (changed('asset_folder'))
    events.push({
      type: 'move',
      fields: resource({ from_asset_folder: before.asset_folder, to_asset_folder: after.asset_folder }),
    });
  if (changed('access_control'))
    events.push({
      type: 'access_control_changed',
      fields: resource({ access_control: JSON.parse(after.access_control ?? 'null') }),
    });
  if (moderationStatus !== undefined)
    events.push({
      type: 'moderation',
      fields: {
        ...identity(after),
        moderation_status: moderationStatus,
        moderation_kind: after.moderation_kind,
        moderation_updated_at: new Date(after.updated_at).toISOString(),
        ...assetReference(after, context),
      },
    });
  return events;
}
