import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Sql } from './condition.ts';
import { fewRows, type Plan, roundDigits, sample, testsOf } from './plan.ts';
import { RANGE_AGGREGATIONS, type RangeAggregation, SIMPLE_AGGREGATIONS } from './query.ts';

export interface Aggregations {
  readonly aggregations: Record<string, Record<string, number>>;
  readonly estimated: boolean;
}

type Wanted = string | RangeAggregation;
type Counts = readonly (readonly [key: string, amount: number])[];

const nameOf = (one: Wanted): string => (typeof one === 'string' ? one : one.type);
const keyOf = (one: Wanted): Sql => (typeof one === 'string' ? sql.raw(SIMPLE_AGGREGATIONS[one]!) : rangeKey(one));

/** Counts by value: exact from `asset_counts` or by reading few rows, else from a sample. Rows without the value are left out. */
export async function aggregate(db: Db, plan: Plan, wanted: readonly Wanted[]): Promise<Aggregations> {
  const exact = await Promise.all(wanted.map((one) => countExactly(db, plan, one)));
  const rest = wanted.filter((_, index) => exact[index] === undefined);
  const sampled = await countSample(db, plan, rest);
  return {
    aggregations: Object.fromEntries(
      wanted.map((one, index) => {
        const empty = typeof one === 'string' ? [] : one.ranges.map(({ key }) => [key, 0] as const);
        return [nameOf(one), Object.fromEntries([...empty, ...(exact[index] ?? sampled[rest.indexOf(one)]!)])];
      }),
    ),
    estimated: rest.length > 0,
  };
}

async function countExactly(db: Db, plan: Plan, one: Wanted): Promise<Counts | undefined> {
  const fromCounts = typeof one === 'string' && plan.parts.every((part) => part.counted);
  const from = fromCounts
    ? sql`asset_counts AS a WHERE a.cloud = ${plan.cloud} AND a.amount > 0 AND ${testsOf(plan.parts)}`
    : fewRows(plan, plan.limits.exact);
  if (from === undefined) return undefined;
  const { rows } = await sql<{ k: string | null; n: number }>`
    SELECT ${keyOf(one)} AS k, ${sql.raw(fromCounts ? 'sum(a.amount)' : 'count(*)')} AS n
    FROM ${from} GROUP BY 1 ORDER BY 2 DESC`.execute(db);
  return rows.flatMap(({ k, n }): Counts => (k === null || k === '' ? [] : [[k, n]]));
}

/** All of them from one sample. */
async function countSample(db: Db, plan: Plan, wanted: readonly Wanted[]): Promise<Counts[]> {
  if (wanted.length === 0) return [];
  const { groups, factor } = await sample(db, plan, wanted.map(keyOf));
  return wanted.map((_, index) => {
    const amounts = new Map<string, number>();
    for (const { keys, amount } of groups) {
      const key = keys[index];
      if (key) amounts.set(key, (amounts.get(key) ?? 0) + amount);
    }
    return [...amounts]
      .map(([key, amount]) => [key, roundDigits(amount * factor)] as const)
      .sort((one, other) => other[1] - one[1]);
  });
}

/** The key of the first range that holds the value: from inclusive, to exclusive. */
function rangeKey({ type, ranges }: RangeAggregation): Sql {
  const { column, only } = RANGE_AGGREGATIONS[type]!;
  const value = sql.raw(column);
  const cases = ranges.map(
    ({ key, from, to }) =>
      sql`WHEN ${value} >= ${from ?? Number.MIN_SAFE_INTEGER} AND ${value} < ${to ?? Number.MAX_SAFE_INTEGER} THEN ${key}`,
  );
  const scope = only === undefined ? sql`` : sql`WHEN a.resource_type <> ${only} THEN NULL`;
  return sql`CASE WHEN ${value} IS NULL THEN NULL ${scope} ${sql.join(cases, sql` `)} ELSE NULL END`;
}
