import { sql } from 'kysely';
import type { Clause, Compiling } from './clauses.ts';
import { allOf, anyOf, type Condition, NOTHING, not, type Sql } from './condition.ts';
import type { Expression, Value } from './expression/tree.ts';
import { MATCHERS } from './matchers.ts';
import { tokens } from './tokens.ts';
import { fullText } from './words.ts';

export interface Compiled {
  /** All of them must hold. Empty: everything matches. */
  readonly conditions: readonly Condition[];
  /** FTS5 query of the words that were looked for, for relevance; empty when there are none. */
  readonly relevance: string;
  /** Names of the fields that were asked about. */
  readonly fields: ReadonlySet<string>;
}

export interface CompileOptions extends Compiling {
  /** What a value without a field is searched in. */
  readonly term: (value: Value, cloud: string) => Condition;
}

/**
 * Turns an expression into tests and index queries with bound parameters. Unknown fields match nothing (inferred: the
 * gentler of the two possibilities).
 *
 * @throws 400 with the position when a value does not fit its field
 */
export function compile(expression: Expression | undefined, options: CompileOptions): Compiled {
  const relevance: string[] = [];
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
        if (wanted && tokens(node.value.text).length > 0) relevance.push(fullText(node.value));
        return options.term(node.value, options.cloud);
      case 'match': {
        const words = Object.hasOwn(options.fields, node.field.name)
          ? options.fields[node.field.name]!.words
          : undefined;
        if (wanted && node.operator === ':' && words !== undefined && tokens(node.value.text).length > 0)
          relevance.push(fullText(node.value, words));
        return clause(node);
      }
      case 'range':
        return clause(node);
    }
  };

  const parts = expression === undefined ? [] : expression.kind === 'and' ? expression.items : [expression];
  return {
    conditions: parts.map((part) => build(part, true)),
    relevance: [...new Set(relevance)].slice(0, 50).join(' OR '),
    fields,
  };
}

const TERM_TEXTS = ['a.public_id', 'a.display_name', 'a.asset_folder'];
const TERM_LISTS = ['a.tags', 'a.context', 'a.metadata'];

/** A free term: in any text of an asset, or its ID. Fields with a closed list of values are left out. */
export function assetTerm(value: Value, cloud: string): Condition {
  const { text, prefix, anywhere } = value;
  const columns = (names: readonly string[]): Sql[] => names.map((name) => sql.raw(name));
  if (anywhere)
    return anyOf(
      columns([...TERM_TEXTS, ...TERM_LISTS]).map((column) => ({
        test: sql`instr(lower(${column}), lower(${text})) > 0`,
        counted: false,
      })),
    );
  if (tokens(text).length === 0) return NOTHING;
  const isPrefix = prefix ? 1 : 0;
  const words: Condition = {
    test: sql`(${sql.join(
      [
        ...columns(TERM_TEXTS).map((column) => sql`signet_phrase(${column}, ${text}, ${isPrefix})`),
        ...columns(TERM_LISTS).map((column) => sql`signet_phrase_in(${column}, ${text}, ${isPrefix})`),
      ],
      sql` OR `,
    )})`,
    counted: false,
    set: {
      query: sql`SELECT rowid AS seq FROM asset_text WHERE asset_text MATCH ${fullText(value)}`,
      exact: true,
      ownCloud: false,
      repeats: false,
    },
  };
  if (!/^[0-9a-f]{32}$/i.test(text)) return words;
  return anyOf([
    words,
    {
      test: sql`+a.asset_id = ${text.toLowerCase()}`,
      counted: false,
      set: {
        query: sql`SELECT a.seq FROM assets AS a WHERE a.asset_id = ${text.toLowerCase()} AND +a.cloud = ${cloud}`,
        exact: true,
        ownCloud: true,
        repeats: false,
      },
    },
  ]);
}

/** A free term in folder search: in the name or the path. */
export const folderTerm = ({ text, prefix, anywhere }: Value): Condition => ({
  test: anywhere
    ? sql`instr(lower(a.path), lower(${text})) > 0`
    : sql`(signet_phrase(a.name, ${text}, ${prefix ? 1 : 0}) OR signet_phrase(a.path, ${text}, ${prefix ? 1 : 0}))`,
  counted: false,
});
