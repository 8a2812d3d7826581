import { sql } from 'kysely';
import { hasPhrase, tokens } from '../catalog/words.ts';
import {
  asks,
  boundTest,
  type Clause,
  type Compiling,
  condition,
  exactly,
  fails,
  indexed,
  isAny,
  isEquality,
  isNumeric,
  looksForWords,
  looseTest,
  type Matcher,
  numberBounds,
  own,
  type Spec,
  textTest,
  within,
  wordsSet,
} from './clauses.ts';
import { anyOf, type Condition, type SeqSet, type Sql } from './condition.ts';
import type { Bound, Operator, Value } from './expression/tree.ts';
import { readDate } from './scalars.ts';

export const tags: Matcher = (spec, clause, { cloud, dialect }) => {
  if (clause.kind === 'range' || !isEquality(clause.operator)) return fails(clause, 'a tag with : or =');
  const { operator, value } = clause;
  if (isAny(value)) return condition(sql`${indexed(dialect, spec)} <> '[]'`);
  if (looksForWords(operator, value))
    return condition(dialect.assetHasPhrase(value, 'tags'), wordsSet(dialect, value, 'tags', true));
  const test = exactly(dialect, sql`t.tag`, '=', value);
  return condition(
    sql`EXISTS (SELECT 1 FROM asset_tags AS t WHERE t.seq = a.seq AND ${test})`,
    !value.anywhere &&
      own(sql`SELECT t.seq FROM asset_tags AS t WHERE t.cloud = ${cloud} AND ${test}`, { repeats: value.prefix }),
  );
};

export const context: Matcher = (spec, clause, { cloud, dialect }) => {
  const pair = (test: Sql): Sql => sql`EXISTS (SELECT 1 FROM asset_context AS c WHERE c.seq = a.seq AND ${test})`;
  const set = (test: Sql, repeats = false): SeqSet =>
    own(sql`SELECT c.seq FROM asset_context AS c WHERE c.cloud = ${cloud} AND ${test}`, { repeats });
  const value = clause.kind === 'match' ? clause.value : undefined;
  const asWords = value !== undefined && clause.kind === 'match' && looksForWords(clause.operator, value);
  if (spec.path !== undefined) {
    const key = sql`c.key = ${spec.path}`;
    const test = pair(sql`${key} AND ${asks(clause) ? sql`TRUE` : looseTest(dialect, sql`c.value`, clause)}`);
    if (asks(clause)) return condition(test, set(key));
    if (asWords) return condition(test, wordsSet(dialect, value, 'context', false));
    const exact = clause.kind === 'match' && clause.operator === '=' && !clause.value.anywhere;
    return condition(
      test,
      exact ? set(sql`${key} AND ${exactly(dialect, sql`c.value`, '=', clause.value)}`) : { ...set(key), exact: false },
    );
  }
  if (value === undefined || clause.kind !== 'match' || !isEquality(clause.operator))
    return fails(clause, 'a value with : or =');
  if (isAny(value)) return condition(sql`${indexed(dialect, spec)} <> '{}'`);
  // Without a key, both keys and values are searched (inferred).
  const byKey = exactly(dialect, sql`c.key`, '=', value);
  const named = condition(pair(byKey), !value.anywhere && set(byKey, value.prefix));
  if (!asWords) return anyOf([named, condition(pair(exactly(dialect, sql`c.value`, '=', value)))]);
  const words = condition(dialect.assetHasPhrase(value, 'context'), wordsSet(dialect, value, 'context', true));
  return anyOf([named, words]);
};

const ISO_DAY = /^\d{4}-\d\d(-\d\d)?$/;
const RELATIVE = /^\d{1,5}[hdwmy]$/;
const day = (millis: number): string => new Date(millis).toISOString().slice(0, 10);
type Make = (test: Sql, words?: SeqSet) => Condition;

/** Structured metadata: numbers compare as numbers; dates are stored as `YYYY-MM-DD` and compare as texts. */
export const metadata: Matcher = (spec, clause, compiling) => {
  if (spec.path === undefined) return anyMetadata(compiling, spec, clause);
  const named = sql`m.field = ${spec.path}`;
  const make: Make = (test, words) =>
    condition(
      sql`EXISTS (SELECT 1 FROM asset_metadata AS m WHERE m.seq = a.seq AND ${named} AND ${test})`,
      words ??
        own(sql`SELECT m.seq FROM asset_metadata AS m WHERE m.cloud = ${compiling.cloud} AND ${named} AND ${test}`, {
          repeats: true,
        }),
    );
  if (clause.kind === 'range') return metadataRange(clause, compiling.now, make);
  if (isAny(clause.value)) return make(sql`m.text <> ''`);
  return isEquality(clause.operator)
    ? metadataValue(spec.path, clause, compiling, make)
    : metadataOrder(clause, compiling, make);
};

/** Without a field: words of any value. */
function anyMetadata({ dialect }: Compiling, spec: Spec, clause: Clause): Condition {
  if (clause.kind !== 'match' || !isEquality(clause.operator)) return fails(clause, 'a value with : or =');
  const { value } = clause;
  if (isAny(value)) return condition(sql`${indexed(dialect, spec)} <> '{}'`);
  if (!looksForWords(':', value)) return condition(dialect.contains(indexed(dialect, spec), value.text));
  return condition(dialect.assetHasPhrase(value, 'metadata'), wordsSet(dialect, value, 'metadata', true));
}

type Range = Extract<Clause, { kind: 'range' }>;
type Match = Extract<Clause, { kind: 'match' }>;

function metadataRange(clause: Range, now: number, make: Make): Condition {
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

function metadataOrder(clause: Match, { now, dialect }: Compiling, make: Make): Condition {
  const { operator, value } = clause;
  if (RELATIVE.test(value.text)) return make(sql`m.text ${sql.raw(operator)} ${day(readDate(value, now).from)}`);
  if (ISO_DAY.test(value.text)) return make(sql`m.text ${sql.raw(operator)} ${value.text}`);
  return isNumeric(value)
    ? make(within(sql`m.number`, numberBounds(clause)))
    : make(exactly(dialect, sql`m.text`, operator, value));
}

function metadataValue(
  field: string,
  { operator, value }: Match,
  { cloud, now, labels, dialect }: Compiling,
  make: Make,
): Condition {
  // `3d` cannot be told from a word here: `:` finds both.
  if (operator === ':' && RELATIVE.test(value.text))
    return make(
      sql`(m.text = ${value.text} OR (m.text >= ${day(readDate(value, now).from)} AND m.text <= ${day(now)}))`,
    );
  if (isNumeric(value)) return make(sql`(m.text = ${value.text} OR m.number = ${Number(value.text)})`);
  const whole = !value.prefix && !value.anywhere;
  const asWritten = looksForWords(operator, value)
    ? make(textTest(dialect, sql`m.text`, ':', value), wordsSet(dialect, value, 'metadata', false))
    : // With the environment a whole value is one look into the index by value, without the row of the pair.
      make(sql`${exactly(dialect, sql`m.text`, '=', value)} AND ${whole ? sql`m.cloud = ${cloud}` : sql`TRUE`}`);
  const labelled = (labels?.(field) ?? []).filter((entry) => isLabel(entry.value, operator, value));
  if (labelled.length === 0) return asWritten;
  return anyOf([asWritten, make(sql`m.text IN (${sql.join(labelled.map(({ external_id }) => external_id))})`)]);
}

function isLabel(label: string, operator: Operator, { text, prefix, anywhere }: Value): boolean {
  if (operator === ':' && !anywhere) return hasPhrase(label, tokens(text), prefix);
  if (anywhere) return label.toLowerCase().includes(text.toLowerCase());
  return prefix ? label.startsWith(text) : label === text;
}
