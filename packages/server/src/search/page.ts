import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Sql } from './condition.ts';
import { after, compareKeys, type KeyValue, orderBy, type SortKey } from './order.ts';
import { breathe, type Driver, fromAll, fromSet, type Plan, testsOf } from './plan.ts';

/** A row found: its number and the values it is sorted by (with `seq` as the last). */
export interface Found {
  readonly seq: number;
  readonly keys: readonly KeyValue[];
}

const columnsOf = (keys: readonly SortKey[]): Sql =>
  sql.join(keys.map(({ column }, index) => sql.raw(`${column} AS k${index}`)));

const toFound =
  (count: number) =>
  (row: Record<string, KeyValue>): Found => ({
    seq: row[`k${count - 1}`] as number,
    keys: Array.from({ length: count }, (_, index) => row[`k${index}`] ?? null),
  });

async function select(db: Db, keys: readonly SortKey[], from: Sql, limit: number): Promise<Found[]> {
  const { rows } = await sql<Record<string, KeyValue>>`
    SELECT ${columnsOf(keys)} FROM ${from} ORDER BY ${orderBy(keys)} LIMIT ${limit}`.execute(db);
  return rows.map(toFound(keys.length));
}

export interface PageRequest {
  /** With the tie-break as the last. */
  readonly keys: readonly SortKey[];
  readonly limit: number;
  /** Keys of the last row of the page before. */
  readonly start: readonly KeyValue[] | undefined;
}

/** Rows with a set cost about this much more than rows of a walk: they are read at random places and sorted. */
const SET_COST = 1.5;

/** The rows of a page in order; see plan.ts for the ways. */
export async function findPage(db: Db, plan: Plan, request: PageRequest): Promise<Found[]> {
  const { keys, limit, start } = request;
  const behind = start === undefined ? sql`1` : after(keys, start);
  const [driver] = plan.drivers;
  if (plan.rows <= plan.limits.small && (driver === undefined || driver.size >= plan.rows))
    return select(db, keys, sql`${fromAll(plan)} AND ${behind}`, limit);
  const walkable = keys.length === 2 && keys[0]!.index !== undefined;
  if (driver !== undefined && driver.size < plan.limits.probe) {
    const walked = walkable && plan.density > 0 ? limit / plan.density : plan.rows;
    if (driver.size * SET_COST <= walked || plan.rows <= plan.limits.small)
      return fromDriver(db, plan, driver, request, behind);
  }
  return walkable ? walk(db, plan, request) : sweep(db, plan, request, behind);
}

const fromDriver = (db: Db, plan: Plan, driver: Driver, { keys, limit }: PageRequest, behind: Sql): Promise<Found[]> =>
  select(db, keys, sql`${fromSet(plan, driver)} AND ${behind}`, limit);

/** Follows the index of a single sort key. Missing values are a stretch of their own, before or behind the others. */
async function walk(db: Db, plan: Plan, { keys, limit, start }: PageRequest): Promise<Found[]> {
  const [key] = keys as readonly [SortKey, SortKey];
  const column = sql.raw(key.column);
  const down = key.direction === 'desc';
  const beyond = sql.raw(down ? '<' : '>');
  const upTo = sql.raw(down ? '>=' : '<=');
  const index = sql.raw(`assets AS a INDEXED BY ${key.index}`);
  const found: Found[] = [];

  const stretch = async (missing: boolean, from: readonly KeyValue[] | undefined): Promise<void> => {
    let low: readonly KeyValue[] | undefined = from;
    const place = missing ? sql`${column} IS NULL` : key.nullable ? sql`${column} IS NOT NULL` : sql`1`;
    const edge = (values: readonly KeyValue[], operator: Sql): Sql =>
      missing ? sql`a.seq ${operator} ${values[1]}` : sql`(${column}, a.seq) ${operator} (${values[0]}, ${values[1]})`;
    for (;;) {
      const lower = low === undefined ? sql`1` : edge(low, beyond);
      const scope = sql`a.cloud = ${plan.cloud} AND ${place} AND ${lower}`;
      const end = (
        await sql<{ k: KeyValue; seq: number }>`
          SELECT ${column} AS k, a.seq AS seq FROM ${index} WHERE ${scope}
          ORDER BY ${orderBy(keys)} LIMIT 1 OFFSET ${plan.limits.slice - 1}`.execute(db)
      ).rows[0];
      const upper = end === undefined ? sql`1` : edge([end.k, end.seq], upTo);
      found.push(
        ...(await select(
          db,
          keys,
          sql`${index} WHERE ${scope} AND ${upper} AND ${testsOf(plan.parts)}`,
          limit - found.length,
        )),
      );
      if (found.length >= limit || end === undefined) return;
      low = [end.k, end.seq];
      await breathe();
    }
  };

  const order = key.nullable ? (down ? [false, true] : [true, false]) : [false];
  const first = start === undefined || !key.nullable ? 0 : order.indexOf(start[0] === null);
  for (const [position, missing] of order.entries()) {
    if (position < first || found.length >= limit) continue;
    await stretch(missing, position === first ? start : undefined);
  }
  return found;
}

/** Reads all rows in slices of `seq` and keeps the first of them in the order asked for. */
async function sweep(db: Db, plan: Plan, { keys, limit }: PageRequest, behind: Sql): Promise<Found[]> {
  const compare = compareKeys(keys);
  let best: Found[] = [];
  let low = 0;
  for (;;) {
    const end = (
      await sql<{ seq: number }>`
        SELECT seq FROM assets WHERE seq > ${low} ORDER BY seq LIMIT 1 OFFSET ${plan.limits.slice - 1}`.execute(db)
    ).rows[0]?.seq;
    const scope = sql`a.seq > ${low} AND ${end === undefined ? sql`1` : sql`a.seq <= ${end}`} AND +a.cloud = ${plan.cloud}`;
    const slice = await select(
      db,
      keys,
      sql`assets AS a NOT INDEXED WHERE ${scope} AND ${testsOf(plan.parts)} AND ${behind}`,
      limit,
    );
    best = [...best, ...slice].sort((one, other) => compare(one.keys, other.keys)).slice(0, limit);
    if (end === undefined) return best;
    low = end;
    await breathe();
  }
}
