import { sql } from 'kysely';
import type { App } from '../app.ts';
import { ERRORS } from '../errors.ts';
import { type CursorScope, readCursor, writeCursor } from '../listing/cursor.ts';
import { compile, folderTerm } from './compile.ts';
import { join } from './condition.ts';
import { parseExpression } from './expression/parse.ts';
import { printExpression } from './expression/print.ts';
import { FOLDER_FIELDS } from './fields.ts';
import { after, type KeyValue, orderBy, type SortKey, withTieBreak } from './order.ts';
import type { SearchQuery, Sort } from './query.ts';

interface FolderRow {
  readonly name: string;
  readonly path: string;
  readonly created_at: number;
  readonly external_id: string;
}

const NEWEST_FIRST: readonly Sort[] = [{ field: 'created_at', direction: 'desc' }];

function sortKey({ field, direction }: Sort): SortKey {
  const spec = Object.hasOwn(FOLDER_FIELDS, field) ? FOLDER_FIELDS[field] : undefined;
  if (spec === undefined) throw ERRORS.InvalidParameter('sort_by', field);
  return { name: field, column: spec.column, direction, nullable: false };
}

/**
 * Searches the folders of an environment by `name`, `path`, `created_at` and free terms, newest first. All folders of
 * the environment are tested: there are few of them compared with assets.
 *
 * @throws 400 for errors in the expression, an unknown sort key, a foreign or expired cursor
 */
export async function searchFolders(
  app: App,
  cloud: { name: string; id: string },
  query: SearchQuery,
): Promise<Record<string, unknown>> {
  const started = performance.now();
  const { db, dialect } = app.catalog;
  const now = app.clock();
  const tree = parseExpression(query.expression);
  const { conditions } = compile(tree, { dialect, fields: FOLDER_FIELDS, cloud: cloud.name, now, term: folderTerm });
  const sorts = query.sort.length === 0 ? NEWEST_FIRST : query.sort;
  const keys = withTieBreak(sorts.map(sortKey), 'a.path');
  const scope: CursorScope = {
    cloud,
    list: JSON.stringify(['search_folders', tree === undefined ? '' : printExpression(tree), sorts]),
    now,
  };
  const cursor = query.nextCursor === undefined ? undefined : readCursor(scope, query.nextCursor);
  const start = cursor === undefined ? undefined : (JSON.parse(String(cursor[0])) as KeyValue[]);
  const from = sql`folders AS a WHERE a.cloud = ${cloud.name} AND ${join(
    conditions.map(({ test }) => test),
    'AND',
  )}`;
  const { rows } = await sql<FolderRow & Record<string, KeyValue>>`
    SELECT a.name, a.path, a.created_at, a.external_id,
      ${sql.join(keys.map(({ column }, index) => sql.raw(`${column} AS k${index}`)))}
    FROM ${from} AND ${start === undefined ? sql`TRUE` : after(keys, start)}
    ORDER BY ${orderBy(keys)} LIMIT ${query.maxResults + 1}`.execute(db);
  const page = rows.slice(0, query.maxResults);
  const total =
    cursor === undefined
      ? (await sql<{ n: number }>`SELECT count(*) AS n FROM ${from}`.execute(db)).rows[0]!.n
      : Number(cursor[1]);
  const last = page.at(-1);
  return {
    total_count: total,
    time: Math.round(performance.now() - started),
    ...(rows.length > page.length && last !== undefined
      ? { next_cursor: writeCursor(scope, [JSON.stringify(keys.map((_, index) => last[`k${index}`])), total]) }
      : {}),
    folders: page.map(({ name, path, created_at, external_id }) => ({
      name,
      path,
      // The published answer has a colon and two digits where a fraction would stand; clients pass it through.
      created_at: `${new Date(created_at).toISOString().slice(0, 19)}:00`,
      external_id,
    })),
  };
}
