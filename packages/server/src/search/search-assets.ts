import { sql } from 'kysely';
import type { App } from '../app.ts';
import type { ViewContext } from '../assets/view.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Dialect } from '../catalog/dialect.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type CursorScope, readCursor, writeCursor } from '../listing/cursor.ts';
import { aggregate } from './aggregate.ts';
import { assetTerm, type Compiled, compile } from './compile.ts';
import type { Condition } from './condition.ts';
import { parseExpression } from './expression/parse.ts';
import { printExpression } from './expression/print.ts';
import { ASSET_FIELDS } from './fields.ts';
import { type KeyValue, type SortKey, withTieBreak } from './order.ts';
import { type FoundPage, findPage, type PageRequest, pageOfHits } from './page.ts';
import { countRows, makePlan, type Plan, type Total } from './plan.ts';
import type { SearchQuery, Sort } from './query.ts';
import { searchItem } from './view.ts';

const SORTABLE = new Set(['text', 'path', 'identifier', 'closed', 'number', 'date', 'flag']);
const NEWEST_FIRST: readonly Sort[] = [{ field: 'created_at', direction: 'desc' }];

function sortKey({ field, direction }: Sort, compiled: Compiled, dialect: Dialect): SortKey {
  // Without words to look for everything is equally relevant: by date instead.
  if (field === 'score' && compiled.relevance.length === 0)
    return sortKey({ field: 'created_at', direction }, compiled, dialect);
  if (field === 'score') {
    const expression = sql`coalesce((SELECT -h.rank FROM search_hits AS h WHERE h.seq = a.seq), 0)`;
    return { name: field, column: field, expression, direction, nullable: false };
  }
  const spec = Object.hasOwn(ASSET_FIELDS, field) ? ASSET_FIELDS[field] : undefined;
  if (spec === undefined || !SORTABLE.has(spec.kind)) throw ERRORS.InvalidParameter('sort_by', field);
  return {
    name: field,
    column: spec.column,
    ...(spec.expression && { expression: spec.expression(dialect) }),
    direction,
    nullable: spec.nullable === true,
    ...(spec.order === undefined ? {} : { index: spec.order }),
    ...(spec.orderTies === undefined ? {} : { ties: spec.orderTies }),
  };
}

/** Deleted assets of which a backup remains are only found by asking for a status (inferred). */
const notDeleted = (dialect: Dialect): Condition => ({
  test: sql`${dialect.tested('a.status')} <> 'deleted'`,
  counted: true,
});

export interface SearchResult {
  readonly rows: readonly AssetRow[];
  readonly total: Total;
  readonly aggregations: Record<string, Record<string, number>> | undefined;
  readonly aggregationsEstimated: boolean;
  readonly nextCursor: string | undefined;
  /** No index has the order: only the newest rows were sorted (`LIMITS.window`). */
  readonly partlySorted: boolean;
}

/** The rows in the order given. */
export async function rowsBySeq({ db, dialect }: Catalog, seqs: readonly number[]): Promise<AssetRow[]> {
  if (seqs.length === 0) return [];
  const rows = await db
    .selectFrom('assets')
    .selectAll()
    .where('seq', 'in', sql<number>`(SELECT w.value FROM ${dialect.numbers(seqs)})`)
    .execute();
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return seqs.flatMap((seq) => bySeq.get(seq) ?? []);
}

/**
 * Searches the assets of an environment. The total of the first page travels in the cursor: all pages tell the same,
 * and only the first has to count.
 *
 * @param offset assets to pass over, without a cursor
 * @throws 400 for errors in the expression, an unknown sort key, a foreign or expired cursor
 */
export async function searchAssets(
  app: App,
  cloud: { name: string; id: string },
  query: SearchQuery,
  offset = 0,
): Promise<SearchResult> {
  const { db, dialect } = app.catalog;
  const now = app.clock();
  const tree = parseExpression(query.expression);
  const metadata = await app.metadata.fields(cloud);
  const compiled = compile(tree, {
    dialect,
    fields: ASSET_FIELDS,
    cloud: cloud.name,
    now,
    labels: (field) => metadata.find(({ external_id }) => external_id === field)?.datasource ?? [],
    term: assetTerm,
  });
  const hidden = compiled.fields.has('status') ? undefined : notDeleted(dialect);
  const sorts = query.sort.length === 0 ? NEWEST_FIRST : query.sort;
  const keys = withTieBreak(sorts.map((sort) => sortKey(sort, compiled, dialect)));
  const scope: CursorScope = {
    cloud,
    list: JSON.stringify(['search', tree === undefined ? '' : printExpression(tree), sorts]),
    now,
  };
  const cursor = query.nextCursor === undefined ? undefined : readCursor(scope, query.nextCursor);
  const start = cursor === undefined ? undefined : (JSON.parse(String(cursor[0])) as KeyValue[]);
  const plan = await makePlan(app.catalog, cloud.name, [...(hidden ? [hidden] : []), ...compiled.conditions]);

  const byScore = sorts.some(({ field }) => field === 'score') && compiled.relevance.length > 0;
  const request = {
    keys,
    limit: query.maxResults + 1,
    offset,
    start,
    since: cursor?.[3] === undefined ? undefined : (JSON.parse(String(cursor[3])) as KeyValue[]),
  };
  const { found, passed, since }: FoundPage =
    query.maxResults === 0
      ? { found: [], passed: 0, since: undefined }
      : byScore
        ? await byRelevance(app, compiled, plan, request)
        : await findPage(db, plan, request);
  const more = query.maxResults > 0 && found.length > query.maxResults;
  const page = more ? found.slice(0, query.maxResults) : found;
  let total: Total;
  if (cursor !== undefined) total = { count: Number(cursor[1]), estimated: cursor[2] === 1 };
  else if (!more && query.maxResults > 0) total = { count: passed + page.length, estimated: false };
  else {
    total = await countRows(db, plan, hidden);
    total = { ...total, count: Math.max(total.count, passed + found.length) };
  }
  const aggregated = query.aggregate.length === 0 ? undefined : await aggregate(db, plan, query.aggregate);
  return {
    rows: await rowsBySeq(
      app.catalog,
      page.map(({ seq }) => seq),
    ),
    total,
    aggregations: aggregated?.aggregations,
    aggregationsEstimated: aggregated?.estimated ?? false,
    nextCursor: more
      ? writeCursor(scope, [
          JSON.stringify(page.at(-1)!.keys),
          total.count,
          total.estimated ? 1 : 0,
          ...(since === undefined ? [] : [JSON.stringify(since)]),
        ])
      : undefined,
    partlySorted: since !== undefined,
  };
}

/**
 * Ranking reads the hits of the words, so it is done once, into a table of the connection, which is this search's own
 * meanwhile. In a large environment only the newest `LIMITS.ranked` hits are listed.
 */
function byRelevance(
  app: App,
  { relevance, conditions }: Compiled,
  plan: Plan,
  request: PageRequest,
): Promise<FoundPage> {
  const small = plan.rows <= plan.limits.small;
  // A single clause that an index answers exactly: whatever it ranked has been tested by that.
  const proven = conditions.length === 1 && conditions[0]!.set?.exact ? conditions[0] : undefined;
  return app.catalog.withConnection(async (tx) => {
    await sql`CREATE TEMP TABLE IF NOT EXISTS search_hits (seq BIGINT PRIMARY KEY, rank DOUBLE PRECISION)`.execute(tx);
    await sql`DELETE FROM search_hits`.execute(tx);
    const hits = plan.dialect.ranked(relevance, small ? plan.limits.small : plan.limits.ranked);
    await sql`INSERT INTO search_hits (seq, rank) ${hits}`.execute(tx);
    return small ? findPage(tx, plan, request) : pageOfHits(tx, plan, request, proven);
  });
}

export interface SearchAnswer {
  readonly body: Record<string, unknown>;
  /** What of the answer is estimated or not whole: `total_count`, `aggregations`, `sort_by`. */
  readonly estimated: readonly string[];
}

/** The answer as SDKs read it. `time` is in milliseconds. */
export async function searchAnswer(
  app: App,
  context: ViewContext,
  query: SearchQuery,
  offset = 0,
): Promise<SearchAnswer> {
  const started = performance.now();
  const result = await searchAssets(app, context.cloud, query, offset);
  return {
    body: {
      total_count: result.total.count,
      time: Math.round(performance.now() - started),
      ...(result.aggregations === undefined ? {} : { aggregations: result.aggregations }),
      resources: result.rows.map((row) => searchItem(row, context, query)),
      ...(result.nextCursor === undefined ? {} : { next_cursor: result.nextCursor }),
    },
    estimated: [
      ...(result.total.estimated ? ['total_count'] : []),
      ...(result.aggregationsEstimated ? ['aggregations'] : []),
      ...(result.partlySorted ? ['sort_by'] : []),
    ],
  };
}
