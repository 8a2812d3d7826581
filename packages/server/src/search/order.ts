import { sql } from 'kysely';
import { join, type Sql } from './condition.ts';

export type KeyValue = string | number | null;

export interface SortKey {
  /** Name of the field, or `score`. */
  readonly name: string;
  /** Column of the row `a`. */
  readonly column: string;
  /** What is sorted by, when it is no column. */
  readonly expression?: Sql;
  readonly direction: 'asc' | 'desc';
  readonly nullable: boolean;
  /** Index over (cloud, column, …`ties`, seq). */
  readonly index?: string;
  /** Columns that stand between the column and `seq` in the index. */
  readonly ties?: readonly string[];
}

/**
 * The keys in order, then `seq`, which makes it total: a descending list is the ascending one reversed. Rows that a single
 * key does not tell apart follow its index.
 */
export function withTieBreak(keys: readonly SortKey[], tie = 'a.seq'): readonly SortKey[] {
  const direction = keys[0]?.direction ?? 'desc';
  const more = (column: string): SortKey => ({ name: column, column, direction, nullable: false });
  const between = keys.length === 1 ? (keys[0]!.ties ?? []) : [];
  return [...keys, ...between.map(more), { ...more(tie), name: 'seq' }];
}

export const keyValue = ({ column, expression }: SortKey): Sql => expression ?? sql.raw(column);

/** Missing values come first in ascending order, last in descending. */
export const orderBy = (keys: readonly SortKey[]): Sql =>
  sql.join(
    keys.map((key) => {
      const missing = key.nullable ? (key.direction === 'asc' ? ' NULLS FIRST' : ' NULLS LAST') : '';
      return sql`${keyValue(key)} ${sql.raw(key.direction + missing)}`;
    }),
  );

const past = (key: SortKey, value: KeyValue): Sql => {
  const { direction, nullable } = key;
  const at = keyValue(key);
  if (value === null) return direction === 'asc' ? sql`${at} IS NOT NULL` : sql`FALSE`;
  if (direction === 'asc') return sql`${at} > ${value}`;
  return nullable ? sql`(${at} < ${value} OR ${at} IS NULL)` : sql`${at} < ${value}`;
};

/** The rows behind the one whose keys are `values` (keyset paging). */
export const after = (keys: readonly SortKey[], values: readonly KeyValue[]): Sql =>
  join(
    keys.map((key, index) =>
      join(
        [
          ...keys.slice(0, index).map((earlier, at) => sql`${keyValue(earlier)} IS NOT DISTINCT FROM ${values[at]}`),
          past(key, values[index] ?? null),
        ],
        'AND',
      ),
    ),
    'OR',
  );

const compareValues = (one: KeyValue, other: KeyValue): number => {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? -1 : 1;
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
};

/** The order of SQLite (missing, numbers, texts by their bytes) for merging sorted slices. */
export const compareKeys =
  (keys: readonly SortKey[]) =>
  (one: readonly KeyValue[], other: readonly KeyValue[]): number => {
    for (const [index, { direction }] of keys.entries()) {
      const order = compareValues(one[index] ?? null, other[index] ?? null);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  };
