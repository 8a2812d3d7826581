import { sql } from 'kysely';
import { context, metadata, tags } from './attached.ts';
import {
  asks,
  type Bounds,
  boundTest,
  type Clause,
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
  (spec, clause, { cloud, now }) => {
    if (asks(clause)) return condition(sql`${indexed(spec)} IS NOT NULL`);
    const bounds = boundsOf(clause, now);
    return condition(within(tested(spec), bounds), spec.index && rows(cloud, within(indexed(spec), bounds)));
  };

const flat =
  (matcher: Matcher): Matcher =>
  (spec, clause, compiling) =>
    spec.path === undefined ? matcher(spec, clause, compiling) : NOTHING;

const byId = (spec: Spec, cloud: string, test: Sql): SeqSet =>
  spec.column === 'a.asset_id'
    ? own(sql`SELECT a.seq FROM assets AS a WHERE ${test} AND +a.cloud = ${cloud}`)
    : rows(cloud, test);

const text: Matcher = (spec, clause, { cloud }) => {
  if (clause.kind === 'range') {
    const test = (column: Sql): Sql =>
      sql`(${boundTest(column, clause.from, true)} AND ${boundTest(column, clause.to, false)})`;
    return condition(test(tested(spec)), spec.index && rows(cloud, test(indexed(spec))));
  }
  const { operator, value } = clause;
  const test = textTest(tested(spec), operator, value);
  if (isAny(value) || value.anywhere) return condition(test);
  if (looksForWords(operator, value)) {
    if (spec.words === undefined) return condition(test);
    const set = wordsSet(value, spec.words, spec.ownWords === true);
    // Whatever begins with the text has it as a phrase too.
    const atLeast = spec.index && value.prefix ? rows(cloud, startsWith(indexed(spec), value.text)).query : undefined;
    return condition(test, atLeast === undefined ? set : { ...set, atLeast });
  }
  return condition(test, spec.index && rows(cloud, exactly(indexed(spec), operator, value)));
};

/** IDs and checksums: whole values, in lower case when they are hexadecimal; `*` is a prefix. */
const identifier: Matcher = (spec, clause, { cloud }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'an ID with : or =');
  if (isAny(clause.value)) return condition(sql`${indexed(spec)} <> ''`);
  const value = spec.index ? { ...clause.value, text: clause.value.text.toLowerCase() } : clause.value;
  return condition(
    exactly(tested(spec), '=', value),
    spec.index && !value.anywhere && byId(spec, cloud, exactly(indexed(spec), '=', value)),
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
    const folder = value.text.replace(/\/+$/, '');
    if (folder === '') return TRUE;
    // One stretch of the index, in which `x-1` and `x.1` lie between `x` and `x/…`.
    const below = (column: Sql): Sql =>
      folder === value.text
        ? startsWith(column, folder)
        : sql`(${column} >= ${folder} AND ${column} < ${`${folder}0`}
            AND (${tested(spec)} = ${folder} OR ${tested(spec)} >= ${`${folder}/`}))`;
    return condition(below(tested(spec)), spec.index && rows(compiling.cloud, below(indexed(spec))));
  }
  return text(spec, { ...clause, value }, compiling);
};

const closed: Matcher = (spec, clause, { cloud }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'a value with : or =');
  const value = { ...clause.value, text: clause.value.text.toLowerCase() };
  const test = (column: Sql): Sql => (isAny(value) ? sql`${column} <> ''` : exactly(column, '=', value));
  // The partial indexes know only the values that are rare.
  const usual = { 'a.status': 'active', 'a.access_mode': 'public' }[spec.column];
  const single = !value.prefix && !value.anywhere;
  const set = single
    ? usual === undefined
      ? spec.index && rows(cloud, test(indexed(spec)))
      : value.text !== usual && rows(cloud, sql`${test(indexed(spec))} AND ${indexed(spec)} <> ${sql.lit(usual)}`)
    : false;
  return { ...condition(test(tested(spec)), set), counted: spec.counted === true };
};

const flag: Matcher = (spec, clause) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'true or false with =');
  return condition(sql`${indexed(spec)} = ${readFlag(clause.value) ? 1 : 0}`);
};

/** `colors:blue` (present) and `colors.blue>30` (percent), by the predominant colours' names. */
const colors: Matcher = (spec, clause) => {
  const name = spec.path ?? (clause.kind === 'match' ? clause.value.text : '');
  const share = sql`json_extract(p.value, '$[1]')`;
  const test = spec.path === undefined || asks(clause) ? sql`1` : within(share, numberBounds(clause));
  return condition(sql`EXISTS (
    SELECT 1 FROM json_each(${indexed(spec)}, '$.predominant.google') AS p
    WHERE json_extract(p.value, '$[0]') = ${name.toLowerCase()} AND ${test})`);
};

const documentKey = (name: string): string => `"${name.replaceAll('"', '')}"`;

/** `image_metadata.Make:canon`: one value of an analysis, by its flat name or by its path. */
const document: Matcher = (spec, clause, compiling) => {
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
    const whole = sql`json_extract(a.analysis, ${`$.${root}`})`;
    return condition(
      isAny(clause.value)
        ? sql`${whole} IS NOT NULL`
        : sql`signet_phrase_in(${whole}, ${clause.value.text}, ${clause.value.prefix ? 1 : 0})`,
    );
  }
  const at = (path: string): Sql => sql`json_extract(a.analysis, ${`$.${root}.${path}`})`;
  const column = spec.path.includes('.')
    ? sql`coalesce(${at(documentKey(spec.path))}, ${at(spec.path.split('.').map(documentKey).join('.'))})`
    : at(documentKey(spec.path));
  return condition(asks(clause) ? sql`${column} IS NOT NULL` : looseTest(column, clause));
};

const date: Matcher = (spec, clause, compiling) => {
  if (spec.path === undefined) return bounded(dateBounds)(spec, clause, compiling);
  if (clause.field.name !== 'last_updated') return NOTHING;
  // `last_updated.tags` is kept as `tags_updated_at` (the key of the answers).
  const kind = spec.path.replaceAll('"', '').replace(/_updated_at$/, '');
  const at = (name: string): Sql => sql`json_extract(a.last_updated, ${`$."${name}"`})`;
  const stored = sql`coalesce(${at(`${kind}_updated_at`)}, ${at(kind)})`;
  const column = sql`CASE typeof(${stored}) WHEN 'text' THEN unixepoch(${stored}) * 1000 ELSE ${stored} END`;
  return condition(
    asks(clause) ? sql`${stored} IS NOT NULL` : within(sql`(${column})`, dateBounds(clause, compiling.now)),
  );
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
