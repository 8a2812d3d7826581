import type { SelectQueryBuilder } from 'kysely';
import type { App } from '../../app.ts';
import type { Db } from '../../catalog/catalog.ts';
import type { CloudRow, Database } from '../../catalog/schema.ts';
import { afterPrefix, type CursorKey, cutPage, type Page, readCursor } from '../../listing/cursor.ts';
import { LIST_COLUMNS, type ListRow } from './columns.ts';

export type Direction = 'asc' | 'desc';

/** What is listed. One index each: no list ever looks at assets outside its answer. */
export type Selector =
  | {
      readonly by: 'recent';
      readonly resourceType: string;
      readonly type?: string | undefined;
      readonly startAt?: number | undefined;
    }
  | { readonly by: 'prefix'; readonly resourceType: string; readonly type: string; readonly prefix: string }
  | { readonly by: 'tag'; readonly resourceType: string; readonly tag: string }
  | { readonly by: 'context'; readonly resourceType: string; readonly key: string; readonly value?: string | undefined }
  | { readonly by: 'moderation'; readonly resourceType: string; readonly kind: string; readonly status: string }
  | { readonly by: 'folder'; readonly folder: string };

export interface Listing {
  readonly rows: readonly ListRow[];
  readonly nextCursor: string | undefined;
}

type Query = SelectQueryBuilder<Database, 'assets', ListRow>;
/** A list that follows the times of an index table instead of the assets' own. */
type TagQuery = SelectQueryBuilder<Database, 'assets' | 'asset_tags', ListRow>;
type ContextQuery = SelectQueryBuilder<Database, 'assets' | 'asset_context', ListRow>;

const after = (direction: Direction) => (direction === 'asc' ? '>' : '<');

const byTime = (query: Query, direction: Direction, key: CursorKey | undefined): Query =>
  (key === undefined
    ? query
    : query.where((where) =>
        where(
          where.refTuple('assets.created_at', 'assets.seq'),
          after(direction),
          where.tuple(key[0] as number, key[1] as number),
        ),
      )
  )
    .orderBy('assets.created_at', direction)
    .orderBy('assets.seq', direction);

/** Where the page behind a row begins. */
export const keyOf = ({ by }: Selector, row: Pick<ListRow, 'public_id' | 'created_at' | 'seq'>): CursorKey =>
  by === 'prefix' ? [row.public_id] : [row.created_at, row.seq];

/** The query of one page, without its limit; the tests ask the database for its plan. */
export function listQuery(
  db: Db,
  cloud: CloudRow,
  selector: Selector,
  direction: Direction,
  key: CursorKey | undefined,
): Pick<Query, 'limit' | 'execute' | 'compile'> {
  const assets = db
    .selectFrom('assets')
    .select(LIST_COLUMNS)
    .where('assets.cloud', '=', cloud.name)
    .where('assets.status', '=', 'active') as unknown as Query;
  switch (selector.by) {
    case 'recent': {
      let query = assets.where('assets.resource_type', '=', selector.resourceType);
      if (selector.type !== undefined) query = query.where('assets.type', '=', selector.type);
      if (selector.startAt !== undefined)
        query = query.where('assets.created_at', direction === 'asc' ? '>=' : '<=', selector.startAt);
      return byTime(query, direction, key);
    }
    case 'prefix': {
      const end = afterPrefix(selector.prefix);
      let query = assets
        .where('assets.resource_type', '=', selector.resourceType)
        .where('assets.type', '=', selector.type)
        .where(
          'assets.public_id',
          key === undefined ? '>=' : '>',
          key === undefined ? selector.prefix : String(key[0]),
        );
      if (end !== undefined) query = query.where('assets.public_id', '<', end);
      return query.orderBy('assets.public_id');
    }
    case 'tag': {
      const query = db
        .selectFrom('asset_tags')
        .innerJoin('assets', 'assets.seq', 'asset_tags.seq')
        .select(LIST_COLUMNS)
        .where('asset_tags.cloud', '=', cloud.name)
        .where('asset_tags.tag', '=', selector.tag)
        .where('asset_tags.resource_type', '=', selector.resourceType)
        .where('assets.status', '=', 'active') as unknown as TagQuery;
      return (key === undefined
        ? query
        : query.where((where) =>
            where(
              where.refTuple('asset_tags.created_at', 'asset_tags.seq'),
              after(direction),
              where.tuple(key[0] as number, key[1] as number),
            ),
          )
      )
        .orderBy('asset_tags.created_at', direction)
        .orderBy('asset_tags.seq', direction) as unknown as Query;
    }
    case 'context': {
      let query = db
        .selectFrom('asset_context')
        .innerJoin('assets', 'assets.seq', 'asset_context.seq')
        .select(LIST_COLUMNS)
        .where('asset_context.cloud', '=', cloud.name)
        .where('asset_context.key', '=', selector.key)
        .where('asset_context.resource_type', '=', selector.resourceType)
        .where('assets.status', '=', 'active') as unknown as ContextQuery;
      if (selector.value !== undefined) query = query.where('asset_context.value', '=', selector.value);
      return (key === undefined
        ? query
        : query.where((where) =>
            where(
              where.refTuple('asset_context.created_at', 'asset_context.seq'),
              after(direction),
              where.tuple(key[0] as number, key[1] as number),
            ),
          )
      )
        .orderBy('asset_context.created_at', direction)
        .orderBy('asset_context.seq', direction) as unknown as Query;
    }
    case 'moderation':
      return byTime(
        assets
          .where('assets.resource_type', '=', selector.resourceType)
          .where('assets.moderation_kind', '=', selector.kind)
          .where('assets.moderation_status', '=', selector.status),
        direction,
        key,
      );
    case 'folder':
      return byTime(
        assets.where(cloud.folder_mode === 'fixed' ? 'assets.folder' : 'assets.asset_folder', '=', selector.folder),
        direction,
        key,
      );
  }
}

/**
 * One page of assets, newest first unless `direction` says otherwise; lists by prefix follow the public ID. The order
 * is total (`seq` breaks ties), so the ascending list is the descending one turned around.
 *
 * @throws 400 for a cursor of another list, or one that has expired
 */
export async function listAssets(
  app: App,
  cloud: CloudRow,
  selector: Selector,
  direction: Direction,
  page: Page,
): Promise<Listing> {
  const scope = { cloud, list: JSON.stringify([selector, direction]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  const rows = await listQuery(app.catalog.db, cloud, selector, direction, key)
    .limit(page.maxResults + 1)
    .execute();
  return cutPage(rows, page, scope, (row) => keyOf(selector, row));
}

/** The assets of up to 100 IDs, newest first; unknown ones are left out. */
export async function assetsByIds(
  app: App,
  cloud: CloudRow,
  ids:
    | { readonly assetIds: readonly string[] }
    | { readonly publicIds: readonly string[]; readonly resourceType: string; readonly type: string },
): Promise<readonly ListRow[]> {
  const query = app.catalog.db
    .selectFrom('assets')
    .select(LIST_COLUMNS)
    .where('assets.cloud', '=', cloud.name)
    .where('assets.status', '=', 'active');
  const rows = await ('assetIds' in ids
    ? query.where('assets.asset_id', 'in', ids.assetIds)
    : query
        .where('assets.resource_type', '=', ids.resourceType)
        .where('assets.type', '=', ids.type)
        .where('assets.public_id', 'in', ids.publicIds)
  ).execute();
  return rows.sort((a, b) => b.created_at - a.created_at || b.seq - a.seq);
}

export async function countFolder(app: App, cloud: CloudRow, folder: string): Promise<number> {
  const { total } = await app.catalog.db
    .selectFrom('assets')
    .select((select) => select.fn.countAll<number>().as('total'))
    .where('cloud', '=', cloud.name)
    .where(cloud.folder_mode === 'fixed' ? 'folder' : 'asset_folder', '=', folder)
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  return total;
}
