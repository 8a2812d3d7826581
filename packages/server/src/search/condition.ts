import { sql } from 'kysely';
import type { Sql } from '../catalog/dialect.ts';

export type { Sql } from '../catalog/dialect.ts';

/** A query that yields `seq` of the rows that may match, from an index alone. */
export interface SeqSet {
  readonly query: Sql;
  /** Every row of the set matches, so the row itself need not be tested again. */
  readonly exact: boolean;
  /** Only rows of the environment; the full-text index is one for all. */
  readonly ownCloud: boolean;
  /** A row can come up several times. */
  readonly repeats: boolean;
  /** A part of the set that is counted faster. */
  readonly atLeast?: Sql;
  /** Words by prefix: the text index joins the rows of all these words before it gives the first. */
  readonly slow?: boolean;
}

/** A part of an expression: a test of the asset row `a` and, where an index knows, the set of rows worth testing. */
export interface Condition {
  readonly test: Sql;
  /** The test reads nothing but columns that `asset_counts` has too. */
  readonly counted: boolean;
  readonly set?: SeqSet;
}

export const TRUE: Condition = { test: sql`TRUE`, counted: true };
export const NOTHING: Condition = {
  test: sql`FALSE`,
  counted: true,
  set: { query: sql`SELECT CAST(NULL AS INTEGER) AS seq WHERE FALSE`, exact: true, ownCloud: true, repeats: false },
};

/** SQLite limits the depth of an expression: a long list becomes a balanced tree. */
export function join(tests: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  if (tests.length === 0) return operator === 'AND' ? sql`TRUE` : sql`FALSE`;
  if (tests.length === 1) return tests[0]!;
  const half = tests.length >> 1;
  return sql`(${join(tests.slice(0, half), operator)} ${sql.raw(operator)} ${join(tests.slice(half), operator)})`;
}

export const allOf = (conditions: readonly Condition[]): Condition => {
  const set = conditions.find(({ set }) => set?.exact)?.set ?? conditions.find(({ set }) => set)?.set;
  return {
    test: join(
      conditions.map(({ test }) => test),
      'AND',
    ),
    counted: conditions.every(({ counted }) => counted),
    ...(set ? { set: { ...set, exact: conditions.length === 1 && set.exact } } : {}),
  };
};

/** SQLite joins up to 500 queries. */
const MAX_UNION = 400;

export const anyOf = (conditions: readonly Condition[]): Condition => {
  const sets = conditions.flatMap(({ set }) => (set ? [set] : []));
  return {
    test: join(
      conditions.map(({ test }) => test),
      'OR',
    ),
    counted: conditions.every(({ counted }) => counted),
    ...(sets.length === conditions.length && sets.length <= MAX_UNION
      ? {
          set: {
            query: sql.join(
              sets.map(({ query }) => sql`SELECT seq FROM (${query}) AS one`),
              sql` UNION ALL `,
            ),
            exact: sets.every(({ exact }) => exact),
            ownCloud: sets.every(({ ownCloud }) => ownCloud),
            repeats: true,
            slow: sets.some(({ slow }) => slow),
          },
        }
      : {}),
  };
};

/** What is unknown (NULL) counts as not matching, so its negation matches. */
export const not = ({ test, counted }: Condition): Condition => ({ test: sql`((${test}) IS NOT TRUE)`, counted });
