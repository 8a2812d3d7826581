import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { type Dialect, type JsonPath, type Phrase, type RankedPhrase, type Sql, TEXT_COLUMNS } from './dialect.ts';
import { endsInWord, hasPhrase, tokens } from './words.ts';

/** `$."key"[0]`; every key is quoted, so that none of it is an operator. */
const jsonPath = (path: JsonPath): string => `$${path.map((key) => `."${key.replaceAll('"', '')}"`).join('')}`;
const extract = (column: string, path: JsonPath): Sql =>
  sql`json_extract(${sql.raw(column)}, ${sql.lit(jsonPath(path))})`;

/** A phrase in FTS5's query language, in one column or in all. Everything is quoted: nothing of it is an operator. */
const fullText = ({ text, prefix, column }: RankedPhrase): string =>
  `${column === undefined ? '' : `${column} : `}"${text.replaceAll('\0', ' ').replaceAll('"', '""')}"${prefix && endsInWord(text) ? ' *' : ''}`;

const flag = ({ prefix }: Phrase): number => (prefix ? 1 : 0);

/** `signet_phrase` and `signet_phrase_in` are functions of the connection (`addTextFunctions`). */
export const SQLITE: Dialect = {
  // With `+` it is an expression, which has no index.
  tested: (column) => sql.raw(`+${column}`),
  assetsBy: (index) => sql.raw(`assets AS a INDEXED BY ${index}`),
  assetsBySeq: () => sql.raw('assets AS a NOT INDEXED'),
  numbers: (values) => sql`json_each(${JSON.stringify(values)}) AS w`,
  assetsInWindows: (starts, width) =>
    sql`${SQLITE.numbers(starts)} CROSS JOIN assets AS a ON a.seq >= w.value AND a.seq < w.value + ${width}`,
  contains: (column, text) => sql`instr(lower(${column}), lower(${text})) > 0`,
  toNumber: (column) => sql`CAST(${column} AS REAL)`,

  hasPhrase: (column, phrase) => sql`signet_phrase(${column}, ${phrase.text}, ${flag(phrase)})`,
  hasPhraseIn: (json, phrase) => sql`signet_phrase_in(${json}, ${phrase.text}, ${flag(phrase)})`,
  assetHasPhrase(phrase, column) {
    const tests = (column === undefined ? TEXT_COLUMNS : [column]).map((one) =>
      ['tags', 'context', 'metadata'].includes(one)
        ? SQLITE.hasPhraseIn(sql.raw(`a.${one}`), phrase)
        : SQLITE.hasPhrase(sql.raw(`a.${one}`), phrase),
    );
    return sql`(${sql.join(tests, sql` OR `)})`;
  },
  assetsWithPhrase: (phrase, column) =>
    sql`SELECT rowid AS seq FROM asset_text WHERE asset_text MATCH ${fullText({ ...phrase, ...(column ? { column } : {}) })}`,
  ranked: (phrases, limit) =>
    sql`SELECT rowid AS seq, round(rank, 6) AS rank FROM asset_text
      WHERE asset_text MATCH ${phrases.map(fullText).join(' OR ')} ORDER BY rowid DESC LIMIT ${limit}`,

  jsonText: extract,
  jsonNumber: extract,
  jsonFlag: extract,
  jsonLength: (column, path) => sql`json_array_length(${sql.raw(column)}, ${sql.lit(jsonPath(path))})`,
  jsonMillis: (column, path) => {
    const stored = extract(column, path);
    return sql`CASE typeof(${stored}) WHEN 'text' THEN unixepoch(${stored}) * 1000 ELSE ${stored} END`;
  },
  jsonPairs: (column, path) =>
    sql`(SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS amount
      FROM json_each(${sql.raw(column)}, ${sql.lit(jsonPath(path))})) AS p`,

  // One connection: nobody else.
  takeRows: (query) => query,
};

/** Calls `found` with each text, number or flag in a JSON document until it returns true. */
function anyAtom(value: unknown, found: (text: string) => boolean): boolean {
  if (value === null || value === undefined) return false;
  return typeof value === 'object' ? Object.values(value).some((inner) => anyAtom(inner, found)) : found(String(value));
}

/** Adds `signet_phrase(text, phrase, prefix)` and `signet_phrase_in(json, phrase, prefix)` to a connection. */
export function addTextFunctions(database: DatabaseSync): void {
  let known = { text: '', words: [] as string[] };
  const wordsOf = (text: string): string[] => {
    if (known.text !== text) known = { text, words: tokens(text) };
    return known.words;
  };
  const options = { deterministic: true } as const;
  database.function('signet_phrase', options, (text, phrase, prefix) => {
    const words = wordsOf(String(phrase));
    return words.length > 0 && text !== null && hasPhrase(String(text), words, Boolean(prefix)) ? 1 : 0;
  });
  database.function('signet_phrase_in', options, (json, phrase, prefix) => {
    const words = wordsOf(String(phrase));
    if (words.length === 0 || json === null || json === '[]' || json === '{}') return 0;
    return anyAtom(JSON.parse(String(json)), (text) => hasPhrase(text, words, Boolean(prefix))) ? 1 : 0;
  });
}
