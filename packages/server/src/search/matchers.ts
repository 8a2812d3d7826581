import { sql } from 'kysely';
import { ERRORS } from '../errors.ts';
import { afterPrefix } from '../listing/cursor.ts';
import { anyOf, type Condition, NOTHING, type SeqSet, type Sql, TRUE } from './condition.ts';
import type { Bound, Expression, Operator, Value } from './expression/tree.ts';
import type { FieldKind, FieldSpec } from './fields.ts';
import { readDate, readFlag, readNumber } from './scalars.ts';
import { endsInWord, hasPhrase, tokens } from './tokens.ts';
import { fullText } from './words.ts';

export type Clause = Extract<Expression, { kind: 'match' | 'range' }>;

export interface Compiling {
  readonly fields: Readonly<Record<string, FieldSpec>>;
  readonly cloud: string;
  /** Milliseconds since 1970; relative dates count from here. */
  readonly now: number;
  /** Labels of the values of an enum or set field; assets keep the external IDs. */
  readonly labels?: (field: string) => readonly { readonly external_id: string; readonly value: string }[];
}

type Spec = FieldSpec & { readonly path?: string };
type Matcher = (spec: Spec, clause: Clause, compiling: Compiling) => Condition;

const isAny = (value: Value): boolean => value.text === '' && value.prefix && !value.anywhere;
const asks = (clause: Clause): boolean => clause.kind === 'match' && isAny(clause.value);
const isEquality = (operator: Operator): boolean => operator === ':' || operator === '=';

const fails = (clause: Clause, expected: string): never => {
  const [at, found] =
    clause.kind === 'match'
      ? [clause.value.at, `${clause.operator}${clause.value.text}`]
      : [clause.field.at, 'a range'];
  throw ERRORS.InvalidExpression(at, `${expected} for ${clause.field.name}`, found);
};

// --- index queries

const own = (query: Sql, { exact = true, repeats = false } = {}): SeqSet => ({ query, exact, ownCloud: true, repeats });

/** Rows of the assets table by an indexed column. */
const rows = (cloud: string, condition: Sql): SeqSet =>
  own(sql`SELECT a.seq FROM assets AS a WHERE a.cloud = ${cloud} AND ${condition}`);

const wordsSet = (value: Value, column: string, exact: boolean): SeqSet => ({
  query: sql`SELECT rowid AS seq FROM asset_text WHERE asset_text MATCH ${fullText(value, column)}`,
  exact,
  ownCloud: false,
  repeats: false,
  slow: value.prefix,
});

const condition = (test: Sql, set?: SeqSet | false): Condition => ({ test, counted: false, ...(set ? { set } : {}) });

// --- tests of one text

const startsWith = (column: Sql, text: string): Sql => {
  const end = afterPrefix(text);
  return end === undefined ? sql`${column} >= ${text}` : sql`(${column} >= ${text} AND ${column} < ${end})`;
};

const contains = (column: Sql, text: string): Sql => sql`instr(lower(${column}), lower(${text})) > 0`;

/** Whole value, prefix or order; also what `:` means for texts without a word in them. */
function exactly(column: Sql, operator: Operator, { text, prefix, anywhere }: Value): Sql {
  if (anywhere) return contains(column, text);
  if (prefix) return startsWith(column, text);
  return isEquality(operator) ? sql`${column} = ${text}` : sql`${column} ${sql.raw(operator)} ${text}`;
}

/** `:` looks for words, unless there are none or `*` follows something that is not a word (`a/*`). */
const looksForWords = (operator: Operator, { text, prefix, anywhere }: Value): boolean =>
  operator === ':' && !anywhere && tokens(text).length > 0 && (!prefix || endsInWord(text));

function textTest(column: Sql, operator: Operator, value: Value): Sql {
  if (isAny(value)) return sql`${column} <> ''`;
  if (looksForWords(operator, value)) return sql`signet_phrase(${column}, ${value.text}, ${value.prefix ? 1 : 0})`;
  return exactly(column, operator, value);
}

const boundTest = (column: Sql, bound: Bound, from: boolean): Sql =>
  bound.value === undefined
    ? sql`${column} IS NOT NULL`
    : sql`${column} ${sql.raw((from ? '>' : '<') + (bound.inclusive ? '=' : ''))} ${bound.value.text}`;

const isNumeric = (value: Value): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)$/.test(value.text) && !value.prefix && !value.anywhere;

/** Values without a declared type (context, documents): order is numeric when the bound is a number. */
function looseTest(column: Sql, clause: Clause): Sql {
  const number = sql`CAST(${column} AS REAL)`;
  if (clause.kind === 'range') {
    const test = (bound: Bound, from: boolean): Sql =>
      bound.value !== undefined && isNumeric(bound.value)
        ? sql`${number} ${sql.raw((from ? '>' : '<') + (bound.inclusive ? '=' : ''))} ${Number(bound.value.text)}`
        : boundTest(column, bound, from);
    return sql`(${column} IS NOT NULL AND ${test(clause.from, true)} AND ${test(clause.to, false)})`;
  }
  const { operator, value } = clause;
  if (isEquality(operator)) return textTest(sql`CAST(${column} AS TEXT)`, operator, value);
  return isNumeric(value)
    ? sql`(${column} IS NOT NULL AND ${number} ${sql.raw(operator)} ${Number(value.text)})`
    : exactly(column, operator, value);
}

// --- numbers and dates: every clause is a pair of bounds

interface Bounds {
  readonly from?: readonly ['>' | '>=', number];
  readonly to?: readonly ['<' | '<=', number];
}

function numberBounds(clause: Clause): Bounds {
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

function dateBounds(clause: Clause, now: number): Bounds {
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

function within(column: Sql, { from, to }: Bounds): Sql {
  const tests = [
    ...(from ? [sql`${column} ${sql.raw(from[0])} ${from[1]}`] : []),
    ...(to ? [sql`${column} ${sql.raw(to[0])} ${to[1]}`] : []),
  ];
  return tests.length === 0 ? sql`${column} IS NOT NULL` : sql`(${sql.join(tests, sql` AND `)})`;
}

/** A column behind `+` is tested, never looked up: the plan decides which index drives. */
const tested = (spec: Spec): Sql => sql.raw(`+${spec.column}`);
const indexed = (spec: Spec): Sql => sql.raw(spec.column);

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

const tags: Matcher = (spec, clause, { cloud }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'a tag with : or =');
  const { operator, value } = clause;
  if (isAny(value)) return condition(sql`${indexed(spec)} <> '[]'`);
  if (looksForWords(operator, value))
    return condition(
      sql`signet_phrase_in(${indexed(spec)}, ${value.text}, ${value.prefix ? 1 : 0})`,
      wordsSet(value, 'tags', true),
    );
  const test = exactly(sql`t.tag`, '=', value);
  return condition(
    sql`EXISTS (SELECT 1 FROM asset_tags AS t WHERE t.seq = a.seq AND ${test})`,
    !value.anywhere &&
      own(sql`SELECT t.seq FROM asset_tags AS t WHERE t.cloud = ${cloud} AND ${test}`, { repeats: value.prefix }),
  );
};

const context: Matcher = (spec, clause, { cloud }) => {
  const pair = (test: Sql): Sql => sql`EXISTS (SELECT 1 FROM asset_context AS c WHERE c.seq = a.seq AND ${test})`;
  const set = (test: Sql, repeats = false): SeqSet =>
    own(sql`SELECT c.seq FROM asset_context AS c WHERE c.cloud = ${cloud} AND ${test}`, { repeats });
  const value = clause.kind === 'match' ? clause.value : undefined;
  const asWords = value !== undefined && clause.kind === 'match' && looksForWords(clause.operator, value);
  if (spec.path !== undefined) {
    const key = sql`c.key = ${spec.path}`;
    const test = pair(sql`${key} AND ${asks(clause) ? sql`1` : looseTest(sql`c.value`, clause)}`);
    if (asks(clause)) return condition(test, set(key));
    if (asWords) return condition(test, wordsSet(value, 'context', false));
    const exact = clause.kind === 'match' && clause.operator === '=' && !clause.value.anywhere;
    return condition(
      test,
      exact ? set(sql`${key} AND ${exactly(sql`c.value`, '=', clause.value)}`) : { ...set(key), exact: false },
    );
  }
  if (value === undefined || clause.kind !== 'match' || !isEquality(clause.operator))
    return fails(clause, 'a value with : or =');
  if (isAny(value)) return condition(sql`${indexed(spec)} <> '{}'`);
  // Without a key, both keys and values are searched (inferred).
  const byKey = exactly(sql`c.key`, '=', value);
  const named = condition(pair(byKey), !value.anywhere && set(byKey, value.prefix));
  if (!asWords) return anyOf([named, condition(pair(exactly(sql`c.value`, '=', value)))]);
  const words = sql`signet_phrase_in(${indexed(spec)}, ${value.text}, ${value.prefix ? 1 : 0})`;
  return anyOf([named, condition(words, wordsSet(value, 'context', true))]);
};

const ISO_DAY = /^\d{4}(-\d\d(-\d\d)?)?$/;
const RELATIVE = /^\d{1,5}[hdwmy]$/;
const day = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

/** Structured metadata: numbers compare as numbers; dates are stored as `YYYY-MM-DD` and compare as texts. */
const metadata: Matcher = (spec, clause, { cloud, now, labels }) => {
  const value = clause.kind === 'match' ? clause.value : undefined;
  if (spec.path === undefined) {
    if (value === undefined || clause.kind !== 'match' || !isEquality(clause.operator))
      return fails(clause, 'a value with : or =');
    if (isAny(value)) return condition(sql`${indexed(spec)} <> '{}'`);
    if (!looksForWords(':', value)) return condition(contains(indexed(spec), value.text));
    return condition(
      sql`signet_phrase_in(${indexed(spec)}, ${value.text}, ${value.prefix ? 1 : 0})`,
      wordsSet(value, 'metadata', true),
    );
  }
  const named = sql`m.field = ${spec.path}`;
  const make = (test: Sql, words?: SeqSet): Condition =>
    condition(
      sql`EXISTS (SELECT 1 FROM asset_metadata AS m WHERE m.seq = a.seq AND ${named} AND ${test})`,
      words ??
        own(sql`SELECT m.seq FROM asset_metadata AS m WHERE m.cloud = ${cloud} AND ${named} AND ${test}`, {
          repeats: true,
        }),
    );
  if (clause.kind === 'range') {
    const values = [clause.from.value, clause.to.value].filter((one) => one !== undefined);
    if (values.every(isNumeric)) return make(within(sql`m.number`, numberBounds(clause)));
    const text = (bound: Bound): Bound =>
      bound.value !== undefined && RELATIVE.test(bound.value.text)
        ? { ...bound, value: { ...bound.value, text: day(readDate(bound.value, now).from) } }
        : bound;
    return make(
      sql`(${boundTest(sql`m.text`, text(clause.from), true)} AND ${boundTest(sql`m.text`, text(clause.to), false)})`,
    );
  }
  const { operator } = clause;
  if (isAny(clause.value)) return make(sql`m.text <> ''`);
  if (RELATIVE.test(clause.value.text) && operator !== '=') {
    const since = day(readDate(clause.value, now).from);
    // `3d` cannot be told from a word here: `:` finds both.
    if (operator === ':')
      return make(sql`(m.text = ${clause.value.text} OR (m.text >= ${since} AND m.text <= ${day(now)}))`);
    return make(sql`m.text ${sql.raw(operator)} ${since}`);
  }
  if (!isEquality(operator))
    return ISO_DAY.test(clause.value.text) && clause.value.text.includes('-')
      ? make(sql`m.text ${sql.raw(operator)} ${clause.value.text}`)
      : isNumeric(clause.value)
        ? make(within(sql`m.number`, numberBounds(clause)))
        : make(exactly(sql`m.text`, operator, clause.value));
  if (isNumeric(clause.value))
    return make(sql`(m.text = ${clause.value.text} OR m.number = ${Number(clause.value.text)})`);
  const { prefix, anywhere } = clause.value;
  const whole = !prefix && !anywhere;
  const asWritten = looksForWords(operator, clause.value)
    ? make(textTest(sql`m.text`, ':', clause.value), wordsSet(clause.value, 'metadata', false))
    : // With the environment a whole value is one look into the index by value, without the row of the pair.
      make(sql`${exactly(sql`m.text`, '=', clause.value)} AND ${whole ? sql`m.cloud = ${cloud}` : sql`1`}`);
  const labelled = (labels?.(spec.path) ?? []).filter((entry) => isLabel(entry.value, operator, clause.value));
  if (labelled.length === 0) return asWritten;
  return anyOf([asWritten, make(sql`m.text IN (${sql.join(labelled.map(({ external_id }) => external_id))})`)]);
};

function isLabel(label: string, operator: Operator, { text, prefix, anywhere }: Value): boolean {
  if (operator === ':' && !anywhere) return hasPhrase(label, tokens(text), prefix);
  if (anywhere) return label.toLowerCase().includes(text.toLowerCase());
  return prefix ? label.startsWith(text) : label === text;
}

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
