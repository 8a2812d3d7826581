import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Sql } from './condition.ts';
import { fewRows, type Plan, roundDigits, sample, testsOf } from './plan.ts';
import { RANGE_AGGREGATIONS, type RangeAggregation, SIMPLE_AGGREGATIONS } from './query.ts';

export interface Aggregations {
  readonly aggregations: Record<string, Record<string, number>>;
  readonly estimated: boolean;
}

/** Counts by value: exact from `asset_counts` or by reading few rows, else from a sample. Rows without the value are left out. */
export async function aggregate(
  db: Db,
  plan: Plan,
  wanted: readonly (string | RangeAggregation)[],
): Promise<Aggregations> {
  const aggregations: Aggregations['aggregations'] = {};
  let estimated = false;
  for (const one of wanted) {
    const name = typeof one === 'string' ? one : one.type;
    const groups = await groupBy(db, plan, one);
    const empty = typeof one === 'string' ? [] : one.ranges.map(({ key }) => [key, 0] as const);
    aggregations[name] = Object.fromEntries([...empty, ...groups.counts]);
    estimated ||= groups.estimated;
  }
  return { aggregations, estimated };
}

async function groupBy(
  db: Db,
  plan: Plan,
  one: string | RangeAggregation,
): Promise<{ counts: [string, number][]; estimated: boolean }> {
  const simple = typeof one === 'string';
  const key = simple ? sql.raw(SIMPLE_AGGREGATIONS[one]!) : rangeKey(one);
  const exactly = async (count: string, from: Sql): Promise<[string, number][]> => {
    const { rows } = await sql<{ k: string | null; n: number }>`
      SELECT ${key} AS k, ${sql.raw(count)} AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC`.execute(db);
    return rows.flatMap(({ k, n }): [string, number][] => (k === null || k === '' ? [] : [[k, n]]));
  };
  if (simple && plan.parts.every((part) => part.counted))
    return {
      counts: await exactly(
        'sum(a.amount)',
        sql`asset_counts AS a WHERE a.cloud = ${plan.cloud} AND a.amount > 0 AND ${testsOf(plan.parts)}`,
      ),
      estimated: false,
    };
  const few = fewRows(plan, plan.limits.exact);
  if (few !== undefined) return { counts: await exactly('count(*)', few), estimated: false };
  const { hits, factor } = await sample(db, plan, key);
  const counts = [...hits].filter(([k]) => k !== 'null' && k !== '');
  return { counts: counts.map(([k, n]) => [k, roundDigits(n * factor)]), estimated: true };
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
