import type { App } from '../app.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { afterPrefix } from '../listing/cursor.ts';

/** Which assets go into an archive; the parts are united (Upload API reference, generate_archive). */
export interface ArchiveSelection {
  /** `image`, `video`, `raw`; `all` and `auto` mean every type. */
  readonly resourceType: string;
  readonly type: string;
  readonly publicIds: readonly string[];
  /** `image/upload/sample` */
  readonly fullyQualifiedIds: readonly string[];
  readonly tags: readonly string[];
  /** `/` means everything. */
  readonly prefixes: readonly string[];
  readonly allowMissing: boolean;
}

export interface Selected {
  readonly rows: readonly AssetRow[];
  readonly missing: readonly string[];
  readonly emptyTags: readonly string[];
  readonly emptyPrefixes: readonly string[];
}

const MAX_ARCHIVE_ASSETS = 1000;
const MAX_ITEMS = 20;

function check({ publicIds, fullyQualifiedIds, tags, prefixes }: ArchiveSelection): void {
  const counts = [
    ['public_ids', publicIds, MAX_ARCHIVE_ASSETS],
    ['fully_qualified_public_ids', fullyQualifiedIds, MAX_ARCHIVE_ASSETS],
    ['tags', tags, MAX_ITEMS],
    ['prefixes', prefixes, MAX_ITEMS],
  ] as const;
  for (const [name, items, limit] of counts)
    if (items.length > limit) throw ERRORS.BadRequest(`Expected at most ${limit} ${name} but received ${items.length}`);
  if (counts.every(([, items]) => items.length === 0))
    throw ERRORS.BadRequest('Expected one of public_ids, fully_qualified_public_ids, tags or prefixes');
}

const QUALIFIED = /^(image|video|raw)\/([a-z_]+)\/(.+)$/s;

/**
 * The stored assets of a selection: those named, in the order given, then those of tags and prefixes by public ID.
 * A folder's prefix also finds what lies in that asset folder when the environment has dynamic folders (inferred).
 *
 * @throws 400 without a selector, above a limit, and for named assets that are not there unless missing ones are allowed
 */
export async function selectForArchive(app: App, cloud: CloudRow, selection: ArchiveSelection): Promise<Selected> {
  check(selection);
  const { resourceType, type, publicIds, fullyQualifiedIds, tags, prefixes, allowMissing } = selection;
  const types = resourceType === 'all' || resourceType === 'auto' ? ['image', 'video', 'raw'] : [resourceType];
  const rows = new Map<number, AssetRow>();
  const missing: string[] = [];
  const take = (found: readonly AssetRow[]): number => {
    const stored = found.filter(({ blob, status }) => blob !== null && status === 'active');
    for (const row of stored) rows.set(row.seq, row);
    if (rows.size > MAX_ARCHIVE_ASSETS)
      throw ERRORS.BadRequest(`Expected at most ${MAX_ARCHIVE_ASSETS} assets in an archive but more were selected`);
    return stored.length;
  };
  const find = async (resource_type: string, kind: string, public_id: string): Promise<AssetRow[]> => {
    const row = await app.catalog.assets.find(app.catalog.db, {
      cloud: cloud.name,
      resource_type,
      type: kind,
      public_id,
    });
    return row === undefined ? [] : [row];
  };
  for (const id of publicIds) {
    const found = (await Promise.all(types.map((name) => find(name, type, id)))).flat();
    if (take(found) === 0) missing.push(id);
  }
  for (const id of fullyQualifiedIds) {
    const match = QUALIFIED.exec(id);
    if (match === null) throw ERRORS.InvalidParameter('fully_qualified_public_ids', id);
    if (take(await find(match[1]!, match[2]!, match[3]!)) === 0) missing.push(id);
  }
  if (missing.length > 0 && !allowMissing)
    throw ERRORS.NoSuchItem(`Resources not found - ${missing.slice(0, 10).join(', ')}`);
  const query = app.catalog.db
    .selectFrom('assets')
    .selectAll('assets')
    .where('assets.cloud', '=', cloud.name)
    .where('assets.resource_type', 'in', types)
    .where('assets.type', '=', type)
    .where('assets.status', '=', 'active')
    .orderBy('assets.public_id')
    .limit(MAX_ARCHIVE_ASSETS + 1);
  const emptyTags: string[] = [];
  for (const tag of tags) {
    const seqs = app.catalog.db
      .selectFrom('asset_tags')
      .select('seq')
      .where('cloud', '=', cloud.name)
      .where('resource_type', 'in', types)
      .where('tag', '=', tag);
    if (take(await query.where('assets.seq', 'in', seqs).execute()) === 0) emptyTags.push(tag);
  }
  const emptyPrefixes: string[] = [];
  for (const prefix of prefixes) {
    const start = prefix.replace(/^\/+/, '');
    const folder = start.replace(/\/+$/, '');
    const end = afterPrefix(start);
    const found = await query
      .where((where) => {
        if (start === '') return where.lit(true);
        const byId =
          end === undefined
            ? where('assets.public_id', '>=', start)
            : where.and([where('assets.public_id', '>=', start), where('assets.public_id', '<', end)]);
        return cloud.folder_mode === 'fixed' || !start.endsWith('/')
          ? byId
          : where.or([
              byId,
              where('assets.asset_folder', '=', folder),
              where.and([
                where('assets.asset_folder', '>=', `${folder}/`),
                where('assets.asset_folder', '<', `${folder}0`),
              ]),
            ]);
      })
      .execute();
    if (take(found) === 0) emptyPrefixes.push(prefix);
  }
  return { rows: [...rows.values()], missing, emptyTags, emptyPrefixes };
}
