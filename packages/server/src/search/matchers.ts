import { sql } from 'kysely';
import { context, metadata, tags } from './attached.ts';
import {
  asks,
  type Bounds,
  boundTest,
  type Clause,
  type Compiling,
  condition,
  dateBounds,
  exactly,
  fails,
  indexed,
  isAny,
  isEquality,
  looksForWords,
  looseTest,
  type Matcher,
  numberBounds,
  own,
  rows,
  type Spec,
  startsWith,
  tested,
  textTest,
  within,
  wordsSet,
} from './clauses.ts';
import { NOTHING, type SeqSet, type Sql, TRUE } from './condition.ts';
import type { FieldKind } from './fields.ts';
import { readFlag } from './scalars.ts';

const bounded =
  (boundsOf: (clause: Clause, now: number) => Bounds): Matcher =>
  (spec, clause, { cloud, now, dialect }) => {
    if (asks(clause)) return condition(sql`${indexed(dialect, spec)} IS NOT NULL`);
    const bounds = boundsOf(clause, now);
    return condition(
      within(tested(dialect, spec), bounds),
      spec.index && rows(cloud, within(indexed(dialect, spec), bounds)),
    );
  };

const flat =
  (matcher: Matcher): Matcher =>
  (spec, clause, compiling) =>
    spec.path === undefined ? matcher(spec, clause, compiling) : NOTHING;

const byId = ({ cloud, dialect }: Compiling, spec: Spec, test: Sql): SeqSet =>
  spec.column === 'a.asset_id'
    ? own(sql`SELECT a.seq FROM assets AS a WHERE ${test} AND ${dialect.tested('a.cloud')} = ${cloud}`)
    : rows(cloud, test);

const text: Matcher = (spec, clause, { cloud, dialect }) => {
  if (clause.kind === 'range') {
    const test = (column: Sql): Sql =>
      sql`(${boundTest(column, clause.from, true)} AND ${boundTest(column, clause.to, false)})`;
    return condition(test(tested(dialect, spec)), spec.index && rows(cloud, test(indexed(dialect, spec))));
  }
  const { operator, value } = clause;
  const test = textTest(dialect, tested(dialect, spec), operator, value);
  if (isAny(value) || value.anywhere) return condition(test);
  if (looksForWords(operator, value)) {
    if (spec.words === undefined) return condition(test);
    const set = wordsSet(dialect, value, spec.words, spec.ownWords === true);
    // Whatever begins with the text has it as a phrase too.
    const atLeast =
      spec.index && value.prefix ? rows(cloud, startsWith(indexed(dialect, spec), value.text)).query : undefined;
    return condition(test, atLeast === undefined ? set : { ...set, atLeast });
  }
  return condition(test, spec.index && rows(cloud, exactly(dialect, indexed(dialect, spec), operator, value)));
};

/** IDs and checksums: whole values, in lower case when they are hexadecimal; `*` is a prefix. */
const identifier: Matcher = (spec, clause, compiling) => {
  const { dialect } = compiling;
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'an ID with : or =');
  if (isAny(clause.value)) return condition(sql`${indexed(dialect, spec)} <> ''`);
  const value = spec.index ? { ...clause.value, text: clause.value.text.toLowerCase() } : clause.value;
  return condition(
    exactly(dialect, tested(dialect, spec), '=', value),
    spec.index && !value.anywhere && byId(compiling, spec, exactly(dialect, indexed(dialect, spec), '=', value)),
  );
};

/**
 * Folders: `x/*` is the folder and all below it (the CLI asks `folder:"x/*"` and expects the files of `x` too), `*` all
 * folders with the root.
 */
const path: Matcher = (spec, clause, compiling) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return text(spec, clause, compiling);
  if (isAny(clause.value)) return TRUE;
  const value = { ...clause.value, text: clause.value.text.replace(/^\/+(?=.)/, '') };
  if (value.prefix && !value.anywhere) {
    const { dialect } = compiling;
    const folder = value.text.replace(/\/+$/, '');
    if (folder === '') return TRUE;
    // One stretch of the index, in which `x-1` and `x.1` lie between `x` and `x/…`.
    const below = (column: Sql): Sql =>
      folder === value.text
        ? startsWith(column, folder)
        : sql`(${column} >= ${folder} AND ${column} < ${`${folder}0`}
            AND (${tested(dialect, spec)} = ${folder} OR ${tested(dialect, spec)} >= ${`${folder}/`}))`;
    return condition(below(tested(dialect, spec)), spec.index && rows(compiling.cloud, below(indexed(dialect, spec))));
  }
  return text(spec, { ...clause, value }, compiling);
};

const closed: Matcher = (spec, clause, { cloud, dialect }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'a value with : or =');
  const value = { ...clause.value, text: clause.value.text.toLowerCase() };
  const test = (column: Sql): Sql => (isAny(value) ? sql`${column} <> ''` : exactly(dialect, column, '=', value));
  // The partial indexes know only the values that are rare.
  const usual = { 'a.status': 'active', 'a.access_mode': 'public' }[spec.column];
  const at = indexed(dialect, spec);
  const single = !value.prefix && !value.anywhere;
  const set = single
    ? usual === undefined
      ? spec.index && rows(cloud, test(at))
      : value.text !== usual && rows(cloud, sql`${test(at)} AND ${at} <> ${sql.lit(usual)}`)
    : false;
  return { ...condition(test(tested(dialect, spec)), set), counted: spec.counted === true };
};

const flag: Matcher = (spec, clause, { dialect }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'true or false with =');
  return condition(sql`${indexed(dialect, spec)} = ${readFlag(clause.value) ? 1 : 0}`);
};

/** `colors:blue` (present) and `colors.blue>30` (percent), by the predominant colours' names. */
const colors: Matcher = (spec, clause, { dialect }) => {
  const name = spec.path ?? (clause.kind === 'match' ? clause.value.text : '');
  const test = spec.path === undefined || asks(clause) ? sql`TRUE` : within(sql`p.amount`, numberBounds(clause));
  return condition(sql`EXISTS (
    SELECT 1 FROM ${dialect.jsonPairs(spec.column, ['predominant', 'google'])}
    WHERE p.name = ${name.toLowerCase()} AND ${test})`);
};

/** `image_metadata.Make:canon`: one value of an analysis, by its flat name or by its path. */
const document: Matcher = (spec, clause, compiling) => {
  const { dialect } = compiling;
  const root = clause.field.name;
  if (root === 'image_analysis') {
    const part = spec.path ?? '';
    const dot = part.indexOf('.');
    const name = dot < 0 ? part : part.slice(0, dot);
    const inner = Object.hasOwn(compiling.fields, name) ? compiling.fields[name]! : undefined;
    if (inner === undefined || inner.kind === 'document') return NOTHING;
    return MATCHERS[inner.kind](dot < 0 ? inner : { ...inner, path: part.slice(dot + 1) }, clause, compiling);
  }
  if (spec.path === undefined) {
    if (clause.kind !== 'match' || !isEquality(clause.operator)) return fails(clause, 'a value with : or =');
    const whole = dialect.jsonText('a.analysis', [root]);
    return condition(isAny(clause.value) ? sql`${whole} IS NOT NULL` : dialect.hasPhraseIn(whole, clause.value));
  }
  const at = (...path: string[]): Sql => dialect.jsonText('a.analysis', [root, ...path]);
  const column = spec.path.includes('.')
    ? sql`coalesce(${at(spec.path)}, ${at(...spec.path.split('.'))})`
    : at(spec.path);
  return condition(asks(clause) ? sql`${column} IS NOT NULL` : looseTest(dialect, column, clause));
};

const date: Matcher = (spec, clause, compiling) => {
  if (spec.path === undefined) return bounded(dateBounds)(spec, clause, compiling);
  if (clause.field.name !== 'last_updated') return NOTHING;
  // `last_updated.tags` is kept as `tags_updated_at` (the key of the answers).
  const kind = spec.path.replaceAll('"', '').replace(/_updated_at$/, '');
  const at = (name: string): Sql => compiling.dialect.jsonMillis('a.last_updated', [name]);
  const column = sql`coalesce(${at(`${kind}_updated_at`)}, ${at(kind)})`;
  return condition(asks(clause) ? sql`${column} IS NOT NULL` : within(column, dateBounds(clause, compiling.now)));
};

/** How a clause over a field of each kind becomes a condition. */
export const MATCHERS: Readonly<Record<FieldKind, Matcher>> = {
  text: flat(text),
  path: flat(path),
  identifier: flat(identifier),
  closed: flat(closed),
  number: flat(bounded(numberBounds)),
  date,
  flag: flat(flag),
  tags: flat(tags),
  context,
  metadata,
  colors,
  document,
};
