import { sql } from 'kysely';
import type { Dialect, TextColumn } from '../catalog/dialect.ts';
import { endsInWord, tokens } from '../catalog/words.ts';
import { ERRORS } from '../errors.ts';
import { afterPrefix } from '../listing/cursor.ts';
import type { Condition, SeqSet, Sql } from './condition.ts';
import type { Bound, Expression, Operator, Value } from './expression/tree.ts';
import type { FieldSpec } from './fields.ts';
import { readDate, readNumber } from './scalars.ts';

export type Clause = Extract<Expression, { kind: 'match' | 'range' }>;

export interface Compiling {
  readonly dialect: Dialect;
  readonly fields: Readonly<Record<string, FieldSpec>>;
  readonly cloud: string;
  /** Milliseconds since 1970; relative dates count from here. */
  readonly now: number;
  /** Labels of the values of an enum or set field; assets keep the external IDs. */
  readonly labels?: (field: string) => readonly { readonly external_id: string; readonly value: string }[];
}

export type Spec = FieldSpec & { readonly path?: string };
export type Matcher = (spec: Spec, clause: Clause, compiling: Compiling) => Condition;

export const isAny = (value: Value): boolean => value.text === '' && value.prefix && !value.anywhere;
export const asks = (clause: Clause): boolean => clause.kind === 'match' && isAny(clause.value);
export const isEquality = (operator: Operator): boolean => operator === ':' || operator === '=';

export const fails = (clause: Clause, expected: string): never => {
  const [at, found] =
    clause.kind === 'match'
      ? [clause.value.at, `${clause.operator}${clause.value.text}`]
      : [clause.field.at, 'a range'];
  throw ERRORS.InvalidExpression(at, `${expected} for ${clause.field.name}`, found);
};

// --- index queries

export const own = (query: Sql, { exact = true, repeats = false } = {}): SeqSet => ({
  query,
  exact,
  ownCloud: true,
  repeats,
});

/** Rows of the assets table by an indexed column. */
export const rows = (cloud: string, condition: Sql): SeqSet =>
  own(sql`SELECT a.seq FROM assets AS a WHERE a.cloud = ${cloud} AND ${condition}`);

export const wordsSet = (dialect: Dialect, value: Value, column: TextColumn, exact: boolean): SeqSet => ({
  query: dialect.assetsWithPhrase(value, column),
  exact,
  ownCloud: false,
  repeats: false,
  slow: value.prefix,
});

export const condition = (test: Sql, set?: SeqSet | false): Condition => ({
  test,
  counted: false,
  ...(set ? { set } : {}),
});

// --- tests of one text

export const startsWith = (column: Sql, text: string): Sql => {
  const end = afterPrefix(text);
  return end === undefined ? sql`${column} >= ${text}` : sql`(${column} >= ${text} AND ${column} < ${end})`;
};

/** Whole value, prefix or order; also what `:` means for texts without a word in them. */
export function exactly(dialect: Dialect, column: Sql, operator: Operator, { text, prefix, anywhere }: Value): Sql {
  if (anywhere) return dialect.contains(column, text);
  if (prefix) return startsWith(column, text);
  return isEquality(operator) ? sql`${column} = ${text}` : sql`${column} ${sql.raw(operator)} ${text}`;
}

/** `:` looks for words, unless there are none or `*` follows something that is not a word (`a/*`). */
export const looksForWords = (operator: Operator, { text, prefix, anywhere }: Value): boolean =>
  operator === ':' && !anywhere && tokens(text).length > 0 && (!prefix || endsInWord(text));

export function textTest(dialect: Dialect, column: Sql, operator: Operator, value: Value): Sql {
  if (isAny(value)) return sql`${column} <> ''`;
  if (looksForWords(operator, value)) return dialect.hasPhrase(column, value);
  return exactly(dialect, column, operator, value);
}

export const boundTest = (column: Sql, bound: Bound, from: boolean): Sql =>
  bound.value === undefined
    ? sql`${column} IS NOT NULL`
    : sql`${column} ${sql.raw((from ? '>' : '<') + (bound.inclusive ? '=' : ''))} ${bound.value.text}`;

export const isNumeric = (value: Value): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)$/.test(value.text) && !value.prefix && !value.anywhere;

/** Values without a declared type (context, documents): order is numeric when the bound is a number. */
export function looseTest(dialect: Dialect, column: Sql, clause: Clause): Sql {
  const number = dialect.toNumber(column);
  if (clause.kind === 'range') {
    const test = (bound: Bound, from: boolean): Sql =>
      bound.value !== undefined && isNumeric(bound.value)
        ? sql`${number} ${sql.raw((from ? '>' : '<') + (bound.inclusive ? '=' : ''))} ${exactNumber(Number(bound.value.text))}`
        : boundTest(column, bound, from);
    return sql`(${column} IS NOT NULL AND ${test(clause.from, true)} AND ${test(clause.to, false)})`;
  }
  const { operator, value } = clause;
  if (isEquality(operator)) return textTest(dialect, sql`CAST(${column} AS TEXT)`, operator, value);
  return isNumeric(value)
    ? sql`(${column} IS NOT NULL AND ${number} ${sql.raw(operator)} ${exactNumber(Number(value.text))})`
    : exactly(dialect, column, operator, value);
}

// --- numbers and dates: every clause is a pair of bounds

/** A fraction, or what no integer column can hold, is compared as such, also with a column of integers. */
const exactNumber = (value: number): Sql =>
  Number.isSafeInteger(value) ? sql`${value}` : sql`CAST(${value} AS DOUBLE PRECISION)`;

export interface Bounds {
  readonly from?: readonly ['>' | '>=', number];
  readonly to?: readonly ['<' | '<=', number];
}

export function numberBounds(clause: Clause): Bounds {
  if (clause.kind === 'range')
    return {
      ...(clause.from.value ? { from: [clause.from.inclusive ? '>=' : '>', readNumber(clause.from.value)] } : {}),
      ...(clause.to.value ? { to: [clause.to.inclusive ? '<=' : '<', readNumber(clause.to.value)] } : {}),
    };
  const { operator, value } = clause;
  const number = readNumber(value);
  if (operator === '>' || operator === '>=') return { from: [operator, number] };
  if (operator === '<' || operator === '<=') return { to: [operator, number] };
  // Ratios are stored rounded to two digits or more.
  if (clause.field.name === 'aspect_ratio') return { from: ['>', number - 0.006], to: ['<', number + 0.006] };
  return { from: ['>=', number], to: ['<=', number] };
}

export function dateBounds(clause: Clause, now: number): Bounds {
  if (clause.kind === 'range') {
    const from = clause.from.value && readDate(clause.from.value, now);
    const to = clause.to.value && readDate(clause.to.value, now);
    return {
      ...(from
        ? { from: clause.from.inclusive ? ['>=', from.from] : from.relative ? ['>', from.from] : ['>=', from.to] }
        : {}),
      ...(to ? { to: !clause.to.inclusive ? ['<', to.from] : to.relative ? ['<=', to.from] : ['<', to.to] } : {}),
    };
  }
  const { from, to, relative } = readDate(clause.value, now);
  switch (clause.operator) {
    case '>':
      return { from: relative ? ['>', from] : ['>=', to] };
    case '>=':
      return { from: ['>=', from] };
    case '<':
      return { to: ['<', from] };
    case '<=':
      return { to: relative ? ['<=', from] : ['<', to] };
    default:
      // `3d` with `:` or `=` is "within the last three days".
      return relative ? { from: ['>=', from] } : { from: ['>=', from], to: ['<', to] };
  }
}

export function within(column: Sql, { from, to }: Bounds): Sql {
  const tests = [
    ...(from ? [sql`${column} ${sql.raw(from[0])} ${exactNumber(from[1])}`] : []),
    ...(to ? [sql`${column} ${sql.raw(to[0])} ${exactNumber(to[1])}`] : []),
  ];
  return tests.length === 0 ? sql`${column} IS NOT NULL` : sql`(${sql.join(tests, sql` AND `)})`;
}

/** Tested, never looked up: the plan decides which index drives. */
export const tested = (dialect: Dialect, spec: Spec): Sql => spec.expression?.(dialect) ?? dialect.tested(spec.column);
export const indexed = (dialect: Dialect, spec: Spec): Sql => spec.expression?.(dialect) ?? sql.raw(spec.column);
