import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Dialect } from '../catalog/dialect.ts';
import { type Condition, join, type SeqSet, type Sql } from './condition.ts';

/**
 * How rows are found. SQLite runs in this thread, so no statement may take long, and no index fits every expression:
 *
 * - a *set*: an index knows few rows that can match; they are read, tested and sorted;
 * - a *walk*: many rows match; the index of the order is followed, in slices, until the page is full;
 * - a *window*: the order has no index; the newest rows are read and the best are kept, and the answer says so.
 *
 * Between slices other requests get their turn.
 */
export const LIMITS = {
  /** Rows of a set that are counted at most to learn how large it is. */
  probe: 20_000,
  /** Rows that are read and tested one by one to get an exact total. */
  exact: 8000,
  /** Environments up to this size are always searched and counted completely. */
  small: 20_000,
  /** Rows of an exact set that are counted in its index at most. */
  indexCount: 200_000,
  /** Newest rows that are looked at when no index has the order. */
  window: 20_000,
  /** Newest hits that are ranked by relevance in a larger environment. */
  ranked: 5000,
  /** Rows of a slice. */
  slice: 4000,
  /** Rows that are sampled when the exact total would take too long. */
  sample: 3000,
};
export type Limits = Readonly<typeof LIMITS>;

export interface Driver {
  readonly part: Condition;
  readonly set: SeqSet;
  /** Rows in the set; at `LIMITS.probe` it may be more. */
  readonly size: number;
}

export interface Plan {
  readonly dialect: Dialect;
  readonly cloud: string;
  readonly parts: readonly Condition[];
  /** All rows of the environment, whatever their status. */
  readonly rows: number;
  /** Sets from the smallest. */
  readonly drivers: readonly Driver[];
  /** Estimated share of rows that match. */
  readonly density: number;
  /** Every row matches, as `asset_counts` knows: nothing was deleted, for instance. */
  readonly everyRow: boolean;
  /** The environment is the only one with assets: sets of the shared text index are its own. */
  readonly alone: boolean;
  readonly limits: Limits;
}

export const number = async (db: Db, query: Sql): Promise<number> =>
  Number((await sql<{ n: number | null }>`SELECT (${query}) AS n`.execute(db)).rows[0]?.n ?? 0);

/** The sum over `asset_counts`: exact for conditions over closed fields. */
export const counted = (db: Db, cloud: string, parts: readonly Condition[]): Promise<number> =>
  number(
    db,
    sql`SELECT coalesce(sum(a.amount), 0) FROM asset_counts AS a WHERE a.cloud = ${cloud} AND ${testsOf(parts)}`,
  );

/** Above this, tests are joined by AND alone: SQLite limits the depth of an expression. */
const MAX_CHAIN = 50;

/**
 * All tests, in their order. SQLite would put subqueries last; CASE keeps the order, and the row itself is only read
 * when a test that needs it is reached.
 */
export const testsOf = (parts: readonly Condition[]): Sql =>
  parts.length > MAX_CHAIN
    ? join(
        parts.map(({ test }) => test),
        'AND',
      )
    : (parts.reduceRight<Sql | undefined>(
        (rest, { test }) => (rest === undefined ? test : sql`CASE WHEN ${test} THEN ${rest} ELSE FALSE END`),
        undefined,
      ) ?? sql`TRUE`);

/** Up to `limit`; a row that comes up twice counts twice unless `distinct`. */
const sizeOf = (db: Db, query: Sql, limit: number, distinct = false): Promise<number> =>
  number(
    db,
    sql`SELECT count(*) FROM (SELECT ${sql.raw(distinct ? 'DISTINCT ' : '')}seq FROM (${query}) AS found LIMIT ${limit}) AS few`,
  );

async function probe(db: Db, { query, atLeast }: SeqSet, limit: number): Promise<number> {
  if (atLeast !== undefined && (await sizeOf(db, atLeast, limit)) === limit) return limit;
  return sizeOf(db, query, limit);
}

export async function makePlan(
  { db, dialect }: { readonly db: Db; readonly dialect: Dialect },
  cloud: string,
  parts: readonly Condition[],
  limits: Limits = LIMITS,
): Promise<Plan> {
  const rows = await counted(db, cloud, []);
  const alone =
    (await number(
      db,
      sql`SELECT count(*) FROM (SELECT 1 FROM asset_counts WHERE cloud <> ${cloud} AND amount > 0 LIMIT 1) AS others`,
    )) === 0;
  const drivers: Driver[] = [];
  const sizes = new Map<Condition, number>();
  let density = 1;
  for (const part of parts) {
    const known = part.counted ? await counted(db, cloud, [part]) : undefined;
    const size = known ?? (part.set ? await probe(db, part.set, limits.probe) : undefined);
    sizes.set(part, size ?? rows);
    if (size !== undefined) density *= rows === 0 ? 0 : Math.min(1, size / rows);
    if (part.set && size !== undefined) drivers.push({ part, set: part.set, size });
  }
  drivers.sort((one, other) => one.size - other.size);
  // Tests run in this order: the most selective first.
  const sorted = parts.toSorted((one, other) => sizes.get(one)! - sizes.get(other)!);
  const everyRow = parts.every((part) => part.counted && sizes.get(part) === rows);
  return { dialect, cloud, parts: sorted, rows, drivers, density, everyRow, alone, limits };
}

/** The tests that are left when a set drives. */
export const restOf = (plan: Plan, driver: Driver): Sql =>
  testsOf(plan.parts.filter((part) => part !== driver.part || !driver.set.exact));

export const fromSet = (plan: Plan, driver: Driver): Sql =>
  sql`assets AS a WHERE a.seq IN (SELECT seq FROM (${driver.set.query}) AS found) AND ${plan.dialect.tested('a.cloud')} = ${plan.cloud} AND ${restOf(plan, driver)}`;

export const fromAll = (plan: Plan): Sql => sql`assets AS a WHERE a.cloud = ${plan.cloud} AND ${testsOf(plan.parts)}`;

/** The rows to test one by one, when they are few enough for an exact answer. */
export const fewRows = (plan: Plan, limit: number): Sql | undefined => {
  const driver = plan.drivers[0];
  if (driver !== undefined && driver.size <= limit && driver.size < plan.rows) return fromSet(plan, driver);
  return plan.rows <= plan.limits.small ? fromAll(plan) : undefined;
};

export interface Total {
  readonly count: number;
  readonly estimated: boolean;
}

/** Few rows in an index of their own, which is named: any other index of the environment looks as good to SQLite. */
const notActive = ({ cloud, dialect }: Plan): Sql =>
  sql`${dialect.assetsBy('assets_not_active')} WHERE a.cloud = ${cloud} AND a.status <> 'active'`;

/** How many rows an index knows; undefined when counting them would take too long. Telling rows apart costs ten times more. */
async function sizeOfWhole(db: Db, plan: Plan, part: Condition, set: SeqSet): Promise<number | undefined> {
  const probed = plan.drivers.find((driver) => driver.part === part)?.size;
  if (probed !== undefined && probed < plan.limits.probe && !set.repeats) return probed;
  const limit = plan.limits.indexCount / (set.repeats ? 10 : set.slow ? 4 : 1);
  if (set.atLeast !== undefined && (await sizeOf(db, set.atLeast, limit + 1)) > limit) return undefined;
  const size = await sizeOf(db, set.query, limit + 1, set.repeats);
  return size <= limit ? size : undefined;
}

/**
 * How many rows match. Exact from `asset_counts` (closed fields), from one index (a single clause), or by testing when
 * a set is small. Otherwise estimated from a sample and rounded to three digits: reading a million rows for a figure
 * would stop the server for seconds.
 *
 * @param hidden the condition that leaves out deleted assets, when it applies
 */
export async function countRows(db: Db, plan: Plan, hidden: Condition | undefined): Promise<Total> {
  if (plan.parts.every((part) => part.counted))
    return { count: await counted(db, plan.cloud, plan.parts), estimated: false };
  const few = fewRows(plan, plan.limits.exact);
  if (few !== undefined) return { count: await number(db, sql`SELECT count(*) FROM ${few}`), estimated: false };
  const asked = plan.parts.filter((part) => part !== hidden);
  const only = asked.length === 1 ? asked[0] : undefined;
  if (only?.set?.exact && (only.set.ownCloud || plan.alone)) {
    const size = await sizeOfWhole(db, plan, only, only.set);
    if (size !== undefined) {
      const gone =
        hidden === undefined
          ? 0
          : await number(db, sql`SELECT count(*) FROM ${notActive(plan)} AND NOT ${hidden.test} AND ${only.test}`);
      return { count: size - gone, estimated: false };
    }
  }
  const { groups, factor } = await sample(db, plan);
  return { count: roundDigits((groups[0]?.amount ?? 0) * factor), estimated: true };
}

export const roundDigits = (value: number): number => Number(value.toPrecision(3));

/** 250 windows over the whole range of `seq`, or every n-th row of the best set, by a hash. */
export async function sample(
  db: Db,
  plan: Plan,
  keys: readonly Sql[] = [],
): Promise<{
  groups: readonly { readonly keys: readonly (string | null)[]; readonly amount: number }[];
  factor: number;
}> {
  const driver = plan.drivers.find(({ size }) => size < plan.limits.probe);
  let from: Sql;
  let factor: number;
  if (driver !== undefined) {
    const share = Math.min(1, plan.limits.sample / driver.size);
    const threshold = Math.round(share * 65_536);
    factor = 65_536 / threshold;
    from = sql`assets AS a WHERE a.seq IN (
        SELECT seq FROM (${driver.set.query}) AS found WHERE ((seq * 2654435761) >> 8) & 65535 < ${threshold}
      ) AND ${plan.dialect.tested('a.cloud')} = ${plan.cloud} AND ${restOf(plan, driver)}`;
  } else {
    const windows = 250;
    const width = plan.limits.sample / windows;
    const { low, high } = (
      await sql<{ low: number; high: number }>`
        SELECT (SELECT min(seq) FROM assets) AS low, (SELECT max(seq) FROM assets) AS high`.execute(db)
    ).rows[0]!;
    const step = Math.max(width, (high - low + 1) / windows);
    const starts = Array.from({ length: windows }, (_, index) => Math.floor(low + index * step));
    factor = step / width;
    from = sql`${plan.dialect.assetsInWindows(starts, width)}
      WHERE ${plan.dialect.tested('a.cloud')} = ${plan.cloud} AND ${testsOf(plan.parts)}`;
  }
  const columns = keys.map((key, index) => sql`${key} AS ${sql.raw(`k${index}`)}`);
  const { rows } = await sql<Record<string, string | null> & { n: number }>`
    SELECT ${sql.join([sql`count(*) AS n`, ...columns])} FROM ${from}
    ${keys.length === 0 ? sql`` : sql`GROUP BY ${sql.join(keys.map((_, index) => sql.raw(`k${index}`)))}`}`.execute(db);
  return {
    groups: rows.map((row) => ({ keys: keys.map((_, index) => row[`k${index}`] ?? null), amount: row.n })),
    factor,
  };
}

export const breathe = (): Promise<void> => yieldToOthers();
