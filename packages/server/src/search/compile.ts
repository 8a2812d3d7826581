import { sql } from 'kysely';
import { type RankedPhrase, TEXT_COLUMNS, type TextColumn } from '../catalog/dialect.ts';
import { tokens } from '../catalog/words.ts';
import type { Clause, Compiling } from './clauses.ts';
import { allOf, anyOf, type Condition, NOTHING, not } from './condition.ts';
import type { Expression, Value } from './expression/tree.ts';
import { MATCHERS } from './matchers.ts';

export interface Compiled {
  /** All of them must hold. Empty: everything matches. */
  readonly conditions: readonly Condition[];
  /** The words that were looked for, at most 50, for relevance. */
  readonly relevance: readonly RankedPhrase[];
  /** Names of the fields that were asked about. */
  readonly fields: ReadonlySet<string>;
}

export interface CompileOptions extends Compiling {
  /** What a value without a field is searched in. */
  readonly term: (value: Value, compiling: Compiling) => Condition;
}

/**
 * Turns an expression into tests and index queries with bound parameters. Unknown fields match nothing (inferred: the
 * gentler of the two possibilities).
 *
 * @throws 400 with the position when a value does not fit its field
 */
export function compile(expression: Expression | undefined, options: CompileOptions): Compiled {
  const relevance = new Map<string, RankedPhrase>();
  const ranks = ({ text, prefix }: Value, column?: TextColumn): void =>
    void relevance.set(JSON.stringify([text, prefix, column]), { text, prefix, ...(column && { column }) });
  const fields = new Set<string>();

  const clause = (one: Clause): Condition => {
    const { name, path } = one.field;
    fields.add(name);
    const spec = Object.hasOwn(options.fields, name) ? options.fields[name] : undefined;
    if (spec === undefined) return NOTHING;
    return MATCHERS[spec.kind](path === '' ? spec : { ...spec, path }, one, options);
  };

  const build = (node: Expression, wanted: boolean): Condition => {
    switch (node.kind) {
      case 'and':
        return allOf(node.items.map((item) => build(item, wanted)));
      case 'or':
        return anyOf(node.items.map((item) => build(item, wanted)));
      case 'not':
        return not(build(node.item, !wanted));
      case 'term':
        if (wanted && tokens(node.value.text).length > 0) ranks(node.value);
        return options.term(node.value, options);
      case 'match': {
        const words = Object.hasOwn(options.fields, node.field.name)
          ? options.fields[node.field.name]!.words
          : undefined;
        if (wanted && node.operator === ':' && words !== undefined && tokens(node.value.text).length > 0)
          ranks(node.value, words);
        return clause(node);
      }
      case 'range':
        return clause(node);
    }
  };

  const parts = expression === undefined ? [] : expression.kind === 'and' ? expression.items : [expression];
  return {
    conditions: parts.map((part) => build(part, true)),
    relevance: [...relevance.values()].slice(0, 50),
    fields,
  };
}

/** A free term: in any text of an asset, or its ID. Fields with a closed list of values are left out. */
export function assetTerm(value: Value, { cloud, dialect }: Compiling): Condition {
  const { text, anywhere } = value;
  if (anywhere)
    return anyOf(
      TEXT_COLUMNS.map((column) => ({ test: dialect.contains(sql.raw(`a.${column}`), text), counted: false })),
    );
  if (tokens(text).length === 0) return NOTHING;
  const words: Condition = {
    test: dialect.assetHasPhrase(value),
    counted: false,
    set: {
      query: dialect.assetsWithPhrase(value),
      exact: true,
      ownCloud: false,
      repeats: false,
    },
  };
  if (!/^[0-9a-f]{32}$/i.test(text)) return words;
  return anyOf([
    words,
    {
      test: sql`${dialect.tested('a.asset_id')} = ${text.toLowerCase()}`,
      counted: false,
      set: {
        query: sql`SELECT a.seq FROM assets AS a WHERE a.asset_id = ${text.toLowerCase()} AND ${dialect.tested('a.cloud')} = ${cloud}`,
        exact: true,
        ownCloud: true,
        repeats: false,
      },
    },
  ]);
}

/** A free term in folder search: in the name or the path. */
export const folderTerm = (value: Value, { dialect }: Compiling): Condition => ({
  test: value.anywhere
    ? dialect.contains(sql`a.path`, value.text)
    : sql`(${dialect.hasPhrase(sql`a.name`, value)} OR ${dialect.hasPhrase(sql`a.path`, value)})`,
  counted: false,
});
