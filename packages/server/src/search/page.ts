import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Condition, Sql } from './condition.ts';
import { after, compareKeys, type KeyValue, keyValue, orderBy, type SortKey } from './order.ts';
import { breathe, fromAll, fromSet, number, type Plan, testsOf } from './plan.ts';

/** A row found: its number and the values it is sorted by (with `seq` as the last). */
export interface Found {
  readonly seq: number;
  readonly keys: readonly KeyValue[];
}

const columnsOf = (keys: readonly SortKey[]): Sql =>
  sql.join(keys.map((key, index) => sql`${keyValue(key)} AS ${sql.raw(`k${index}`)}`));

const toFound =
  (count: number) =>
  (row: Record<string, KeyValue>): Found => ({
    seq: row[`k${count - 1}`] as number,
    keys: Array.from({ length: count }, (_, index) => row[`k${index}`] ?? null),
  });

async function select(db: Db, keys: readonly SortKey[], from: Sql, limit: number, offset = 0): Promise<Found[]> {
  const { rows } = await sql<Record<string, KeyValue>>`
    SELECT ${columnsOf(keys)} FROM ${from} ORDER BY ${orderBy(keys)} LIMIT ${limit} OFFSET ${offset}`.execute(db);
  return rows.map(toFound(keys.length));
}

const countOf = (db: Db, from: Sql): Promise<number> => number(db, sql`SELECT count(*) FROM ${from}`);

export interface PageRequest {
  /** With the tie-break as the last. */
  readonly keys: readonly SortKey[];
  readonly limit: number;
  /** Rows to pass over first, 0 by default. */
  readonly offset?: number;
  /** Keys of the last row of the page before. */
  readonly start: readonly KeyValue[] | undefined;
  /** The window of the first page, see `FoundPage`. */
  readonly since?: readonly KeyValue[] | undefined;
}

export interface FoundPage {
  readonly found: readonly Found[];
  /** Rows before the page: the offset, or all there are when they are fewer. */
  readonly passed: number;
  /** Only rows from this place on (`created_at`, `seq`) were sorted; undefined when all were. */
  readonly since: readonly KeyValue[] | undefined;
}

/** A page by one statement. */
async function pageFrom(db: Db, { keys, limit, offset = 0 }: PageRequest, from: Sql): Promise<FoundPage> {
  const found = await select(db, keys, from, limit, offset);
  const passed = found.length === 0 && offset > 0 ? Math.min(offset, await countOf(db, from)) : offset;
  return { found, passed, since: undefined };
}

/** Rows with a set cost about this much more than rows of a walk: they are read at random places and sorted. */
const SET_COST = 1.5;

const behindOf = ({ keys, start }: PageRequest): Sql => (start === undefined ? sql`TRUE` : after(keys, start));

/** The index that has exactly this order, if there is one. */
function indexOf(keys: readonly SortKey[]): string | undefined {
  const [{ index, ties = [], direction }, ...rest] = keys as readonly [SortKey, ...SortKey[]];
  const wanted = [...ties, 'a.seq'];
  return rest.length === wanted.length &&
    rest.every((key, at) => key.column === wanted[at] && key.direction === direction)
    ? index
    : undefined;
}

/** The rows of a page in order; see plan.ts for the ways. */
export async function findPage(db: Db, plan: Plan, request: PageRequest): Promise<FoundPage> {
  const { keys, limit, offset = 0 } = request;
  const behind = behindOf(request);
  const [driver] = plan.drivers;
  if (plan.rows <= plan.limits.small && (driver === undefined || driver.size >= plan.rows))
    return pageFrom(db, request, sql`${fromAll(plan)} AND ${behind}`);
  const index = indexOf(keys);
  if (driver !== undefined && driver.size < plan.limits.probe) {
    const walked = index !== undefined && plan.density > 0 ? (offset + limit) / plan.density : plan.rows;
    if (driver.size * SET_COST <= walked || plan.rows <= plan.limits.small)
      return pageFrom(db, request, sql`${fromSet(plan, driver)} AND ${behind}`);
  }
  return index === undefined ? newest(db, plan, request, behind) : walk(db, plan, request, index);
}

/** The rows of a page among those in `search_hits`. @param proven a part that holds for every hit */
export async function pageOfHits(
  db: Db,
  plan: Plan,
  request: PageRequest,
  proven: Condition | undefined,
): Promise<FoundPage> {
  const tests = testsOf(plan.parts.filter((part) => part !== proven));
  const from = sql`search_hits AS h CROSS JOIN assets AS a
    WHERE a.seq = h.seq AND a.cloud = ${plan.cloud} AND ${tests} AND ${behindOf(request)}`;
  return { ...(await pageFrom(db, request, from)), since: [0, 0] };
}

interface Slice {
  /** What to read: an index and the stretch of it. */
  readonly from: Sql;
  /** Keys of the last row of the slice; undefined for the last slice. */
  readonly end: readonly KeyValue[] | undefined;
}

/** Follows an index over (cloud, …keys) in slices, so that other requests get their turn between them. */
async function* slicesOf(
  db: Db,
  plan: Plan,
  {
    keys,
    index,
    missing,
    start,
  }: {
    readonly keys: readonly SortKey[];
    readonly index: string;
    /** Rows whose first key has no value, which are a stretch of their own; the others otherwise. */
    readonly missing: boolean;
    readonly start: readonly KeyValue[] | undefined;
  },
): AsyncGenerator<Slice> {
  const [first] = keys as readonly [SortKey];
  const down = first.direction === 'desc';
  const column = sql.raw(first.column);
  const place = missing ? sql`${column} IS NULL` : first.nullable ? sql`${column} IS NOT NULL` : sql`TRUE`;
  const columns = sql.join((missing ? keys.slice(1) : keys).map((key) => sql.raw(key.column)));
  const edge = (values: readonly KeyValue[], operator: string): Sql =>
    sql`(${columns}) ${sql.raw(operator)} (${sql.join(missing ? values.slice(1) : values)})`;
  let low = start;
  for (;;) {
    const lower = low === undefined ? sql`TRUE` : edge(low, down ? '<' : '>');
    const scope = sql`${plan.dialect.assetsBy(index)} WHERE a.cloud = ${plan.cloud} AND ${place} AND ${lower}`;
    const { rows } = await sql<Record<string, KeyValue>>`
      SELECT ${columnsOf(keys)} FROM ${scope} ORDER BY ${orderBy(keys)} LIMIT 1 OFFSET ${plan.limits.slice - 1}`.execute(
      db,
    );
    const end = rows[0] && toFound(keys.length)(rows[0]).keys;
    yield { from: sql`${scope} AND ${end === undefined ? sql`TRUE` : edge(end, down ? '>=' : '<=')}`, end };
    if (end === undefined) return;
    low = end;
    await breathe();
  }
}

/**
 * Follows the index of the order until the page is full. Missing values stand before or behind the others. What is passed
 * over is counted, slice by slice: in the index alone when every row matches.
 */
async function walk(
  db: Db,
  plan: Plan,
  { keys, limit, offset = 0, start }: PageRequest,
  index: string,
): Promise<FoundPage> {
  const tests = testsOf(plan.parts);
  let skip = offset;
  const [key] = keys as readonly [SortKey];
  const found: Found[] = [];
  const order = key.nullable ? (key.direction === 'desc' ? [false, true] : [true, false]) : [false];
  const first = start === undefined || !key.nullable ? 0 : order.indexOf(start[0] === null);
  for (const [position, missing] of order.entries()) {
    if (position < first) continue;
    const from = position === first ? start : undefined;
    for await (const slice of slicesOf(db, plan, { keys, index, missing, start: from })) {
      const matching = sql`${slice.from} AND ${tests}`;
      if (skip > 0) {
        const here = await countOf(db, plan.everyRow ? slice.from : matching);
        if (here <= skip) {
          skip -= here;
          continue;
        }
      }
      found.push(...(await select(db, keys, matching, limit - found.length, skip)));
      skip = 0;
      if (found.length >= limit) return { found, passed: offset, since: undefined };
    }
  }
  return { found, passed: offset - skip, since: undefined };
}

const NEWEST: readonly SortKey[] = [
  { name: 'created_at', column: 'a.created_at', direction: 'desc', nullable: false },
  { name: 'seq', column: 'a.seq', direction: 'desc', nullable: false },
];

/** Reads the newest rows and keeps the first of them in the order asked for. */
async function newest(
  db: Db,
  plan: Plan,
  { keys, limit, offset = 0, since }: PageRequest,
  behind: Sql,
): Promise<FoundPage> {
  const most = offset + limit;
  const compare = compareKeys(keys);
  const inside = since === undefined ? sql`TRUE` : sql`(a.created_at, a.seq) >= (${sql.join(since)})`;
  let best: Found[] = [];
  let read = 0;
  const page = (from: FoundPage['since']): FoundPage => ({
    found: best.slice(offset),
    passed: Math.min(offset, best.length),
    since: from,
  });
  for await (const { from, end } of slicesOf(db, plan, {
    keys: NEWEST,
    index: 'assets_recent_all',
    missing: false,
    start: undefined,
  })) {
    const slice = await select(db, keys, sql`${from} AND ${testsOf(plan.parts)} AND ${inside} AND ${behind}`, most);
    best = [...best, ...slice].sort((one, other) => compare(one.keys, other.keys)).slice(0, most);
    read += plan.limits.slice;
    if (end === undefined) break;
    if (since !== undefined ? compareKeys(NEWEST)(end, since) >= 0 : read >= plan.limits.window)
      return page(since ?? end);
  }
  return page(since);
}
