import { sql } from 'kysely';
import type { Db } from '../catalog/catalog.ts';
import type { Sql } from './condition.ts';
import { fewRows, LIMITS, type Plan, roundDigits, sample, testsOf } from './plan.ts';
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
  const countedOnly = plan.parts.every((part) => part.counted);
  const few = fewRows(plan, LIMITS.exact);
  for (const one of wanted) {
    const simple = typeof one === 'string';
    const key = simple ? sql.raw(SIMPLE_AGGREGATIONS[one]!) : rangeKey(one);
    const name = simple ? one : one.type;
    const hits = new Map<string, number>(simple ? [] : one.ranges.map((range) => [range.key, 0]));
    const from =
      simple && countedOnly
        ? sql`asset_counts AS a WHERE a.cloud = ${plan.cloud} AND a.amount > 0 AND ${testsOf(plan.parts)}`
        : few;
    if (from !== undefined) {
      const count = sql.raw(from === few ? 'count(*)' : 'sum(a.amount)');
      const { rows } = await sql<{ k: string | null; n: number }>`
        SELECT ${key} AS k, ${count} AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC`.execute(db);
      for (const { k, n } of rows) if (k !== null && k !== '') hits.set(k, n);
    } else {
      const { hits: sampled, factor } = await sample(db, plan, key);
      for (const [k, n] of sampled) if (k !== 'null' && k !== '') hits.set(k, roundDigits(n * factor));
      estimated = true;
    }
    aggregations[name] = Object.fromEntries(hits);
  }
  return { aggregations, estimated };
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
