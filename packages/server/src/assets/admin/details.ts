import type { App } from '../../app.ts';
import type { AssetRow, CloudRow, DerivedRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import { cutPage, type Page, readCursor } from '../../listing/cursor.ts';
import { deliveryPath, isoTime, links, type ViewContext } from '../view.ts';
import { compact, listItem, moderationView } from './view.ts';

export type AssetReference =
  | { readonly resource_type: string; readonly type: string; readonly public_id: string }
  | { readonly asset_id: string };

/**
 * An asset that can be read: an active one, or the placeholder of a deleted one that has a backup.
 *
 * @throws 404 `Resource not found - <id>`
 */
export async function requireAsset(app: App, cloud: CloudRow, reference: AssetReference): Promise<AssetRow> {
  const { assets, db } = app.catalog;
  const row =
    'asset_id' in reference
      ? await assets.findById(db, cloud.name, reference.asset_id)
      : await assets.find(db, { cloud: cloud.name, ...reference });
  if (row === undefined)
    throw ERRORS.ResourceNotFound('asset_id' in reference ? reference.asset_id : reference.public_id);
  return row;
}

/** How a derived result is named: the normalised transformation, with `/ext` when the URL asked for another format. */
const derivedName = (row: DerivedRow, asset: Pick<AssetRow, 'format'>): string =>
  row.extension === '' || row.extension === asset.format
    ? row.transformation
    : `${row.transformation}/${row.extension}`;

export function derivedItem(row: DerivedRow, asset: AssetRow, context: ViewContext): Record<string, unknown> {
  const path = deliveryPath(asset, context, {
    transformation: row.transformation,
    extension: row.extension === '' ? row.format : row.extension,
  });
  return {
    transformation: derivedName(row, asset),
    format: row.format,
    bytes: row.bytes,
    id: row.id,
    ...links(context.origin, path),
  };
}

/** Derived results of an asset in a stable order. A cursor nobody made starts from the beginning (NPM sends `aaa`). */
export async function derivedPage(app: App, cloud: CloudRow, asset: AssetRow, page: Page) {
  const scope = { cloud, list: `derived ${asset.asset_id}`, now: app.clock() };
  let key: readonly (string | number)[] | undefined;
  try {
    key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  } catch {
    key = undefined;
  }
  let query = app.catalog.db.selectFrom('derived').selectAll().where('seq', '=', asset.seq);
  if (key !== undefined)
    query = query.where((where) =>
      where(
        where.refTuple('transformation', 'extension', 'format'),
        '>',
        where.tuple(String(key[0]), String(key[1]), String(key[2])),
      ),
    );
  const rows = await query
    .orderBy('transformation')
    .orderBy('extension')
    .orderBy('format')
    .limit(page.maxResults + 1)
    .execute();
  return cutPage(rows, page, scope, (row) => [row.transformation, row.extension, row.format]);
}

export interface VersionItem {
  readonly version_id: string;
  readonly version: string;
  readonly size: number;
  readonly time: string;
  readonly restorable: boolean;
}

/** The kept versions of an asset, the newest first (field names: NET `AssetVersion`). */
export async function versionItems(app: App, cloud: CloudRow, asset: AssetRow): Promise<VersionItem[]> {
  const rows = await app.catalog.db
    .selectFrom('versions')
    .selectAll()
    .where('asset_id', '=', asset.asset_id)
    .where('cloud', '=', cloud.name)
    .orderBy('version', 'desc')
    .execute();
  return rows.map((row) => ({
    version_id: row.version_id,
    version: String(row.version),
    size: row.bytes,
    time: isoTime(row.created_at),
    restorable: true,
  }));
}

export const ANALYSES = [
  'colors',
  'faces',
  'exif',
  'image_metadata',
  'media_metadata',
  'quality_analysis',
  'cinemagraph_analysis',
  'accessibility_analysis',
  'phash',
] as const;

const filled = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? value : undefined;

/** Facts of films that every answer carries. */
const MEDIA_FACTS = ['duration', 'frame_rate', 'bit_rate', 'rotation', 'nb_frames', 'is_audio', 'audio', 'video'];

/** The asset with everything that needs no flag. */
export function assetDetails(row: AssetRow, context: ViewContext): Record<string, unknown> {
  const facts = (JSON.parse(row.facts) as { video?: Record<string, unknown> }).video ?? {};
  // In order of their letters, as the cloud does here; an upload's answer has them as given (Python suite, `test_tags`).
  const tags = (JSON.parse(row.tags) as string[]).sort();
  const custom = JSON.parse(row.context) as Record<string, string>;
  const base = listItem(row, context, {});
  return compact({
    ...base,
    ...(row.resource_type === 'video'
      ? Object.fromEntries(MEDIA_FACTS.filter((name) => name in facts).map((name) => [name, facts[name]]))
      : {}),
    tags: tags.length > 0 ? tags : undefined,
    context: filled(custom) && { custom },
    metadata: filled(JSON.parse(row.metadata)),
    etag: row.etag,
    version_id: row.version_id,
    original_filename: row.original_filename ?? undefined,
    moderation: moderationView(row),
    moderation_kind: row.moderation_kind ?? undefined,
    moderation_status: row.moderation_status ?? undefined,
    info: filled(JSON.parse(row.info)),
    last_updated: filled(JSON.parse(row.last_updated)),
  });
}
