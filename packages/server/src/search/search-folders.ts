import { sql } from 'kysely';
import type { App } from '../app.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type CursorScope, readCursor, writeCursor } from '../listing/cursor.ts';
import { compile, folderTerm } from './compile.ts';
import { parseExpression } from './expression/parse.ts';
import { printExpression } from './expression/print.ts';
import { FOLDER_FIELDS } from './fields.ts';
import { after, type KeyValue, orderBy, type SortKey, withTieBreak } from './order.ts';
import type { SearchQuery, Sort } from './query.ts';
import { addTextFunctions } from './tokens.ts';

interface Row {
  readonly name: string;
  readonly path: string;
  readonly external_id: string;
  readonly created_at: number;
}

const NEWEST_FIRST: readonly Sort[] = [{ field: 'created_at', direction: 'desc' }];
const SORTABLE = ['name', 'path', 'created_at'];

/** The published samples really have this tail; clients pass it through. */
const folderTime = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}:00`;

/** Searches the folders of an environment: the same grammar on `name`, `path`, `created_at` and `external_id`. */
export async function searchFolders(app: App, cloud: CloudRow, query: SearchQuery): Promise<Record<string, unknown>> {
  const started = performance.now();
  const { db, raw } = app.catalog;
  addTextFunctions(raw);
  const tree = parseExpression(query.expression);
  const { conditions } = compile(tree, {
    fields: FOLDER_FIELDS,
    cloud: cloud.name,
    now: app.clock(),
    term: folderTerm,
  });
  const sorts = query.sort.length === 0 ? NEWEST_FIRST : query.sort;
  const unknown = sorts.find(({ field }) => !SORTABLE.includes(field));
  if (unknown !== undefined) throw ERRORS.InvalidParameter('sort_by', unknown.field);
  const keys = withTieBreak(
    sorts.map(({ field, direction }): SortKey => ({ name: field, column: `a.${field}`, direction, nullable: false })),
    'a.path',
  );
  const scope: CursorScope = {
    cloud,
    list: JSON.stringify(['folders', tree === undefined ? '' : printExpression(tree), sorts]),
    now: app.clock(),
  };
  const start =
    query.nextCursor === undefined
      ? undefined
      : (JSON.parse(String(readCursor(scope, query.nextCursor)[0])) as KeyValue[]);
  const where = sql`a.cloud = ${cloud.name} AND ${sql.join([sql`1`, ...conditions.map(({ test }) => sql`(${test})`)], sql` AND `)}`;
  const [{ count }] = (
    await sql<{ count: number }>`SELECT count(*) AS count FROM folders AS a WHERE ${where}`.execute(db)
  ).rows as [{ count: number }];
  const behind = start === undefined ? sql`1` : after(keys, start);
  const { rows } =
    await sql<Row>`SELECT a.name, a.path, a.external_id, a.created_at FROM folders AS a WHERE ${where} AND ${behind} ORDER BY ${orderBy(keys)} LIMIT ${query.maxResults + 1}`.execute(
      db,
    );
  const page = rows.slice(0, query.maxResults);
  const last = page.at(-1);
  const more = rows.length > page.length && last !== undefined;
  const keyValues = last && [...sorts.map(({ field }) => last[field as 'name' | 'path' | 'created_at']), last.path];
  return {
    total_count: count,
    time: Math.round(performance.now() - started),
    folders: page.map(({ name, path, external_id, created_at }) => ({
      name,
      path,
      created_at: folderTime(created_at),
      external_id,
    })),
    ...(more ? { next_cursor: writeCursor(scope, [JSON.stringify(keyValues)]) } : {}),
  };
}
