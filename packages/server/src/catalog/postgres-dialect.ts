import { sql } from 'kysely';
import { type Dialect, type JsonPath, type Phrase, type RankedPhrase, type Sql, TEXT_COLUMNS } from './dialect.ts';
import { endsInWord, tokens } from './words.ts';

const goesOn = ({ text, prefix }: Phrase): boolean => prefix && endsInWord(text);

/** What stands in texts that `signet_words` has cut: ` one two `. */
const asCut = (phrase: Phrase): string => ` ${tokens(phrase.text).join(' ')}${goesOn(phrase) ? '' : ' '}`;
const holds = (cut: Sql, phrase: Phrase): Sql =>
  tokens(phrase.text).length === 0 ? sql`FALSE` : sql`strpos(${cut}, ${asCut(phrase)}) > 0`;

/** Longer words are not in the index (`signet_vector`). */
export const MAX_WORD = 200;

/** All words of the phrase, in any order, as the index has them; undefined when it has none of them. */
function query(phrase: Phrase): string | undefined {
  const words = tokens(phrase.text);
  const terms = words.flatMap((word, index) =>
    word.length > MAX_WORD ? [] : [`'${word}'${goesOn(phrase) && index === words.length - 1 ? ':*' : ''}`],
  );
  return terms.length === 0 ? undefined : `(${[...new Set(terms)].join(' & ')})`;
}

const columnOf = (column: string | undefined): Sql =>
  column === undefined ? sql.raw(TEXT_COLUMNS.map((one) => `t.${one}`).join(' || ')) : sql.raw(`t.${column}`);

/** Rows of `asset_text AS t` that have the phrase: those that the index knows, and the order of the words tested. */
const found = ({ column, ...phrase }: RankedPhrase): Sql => {
  const words = query(phrase);
  const inOrder = holds(columnOf(column), phrase);
  return words === undefined ? inOrder : sql`(t.words @@ ${words}::tsquery AND ${inOrder})`;
};

const json = (column: string, path: JsonPath): Sql => sql`signet_json(${sql.raw(column)}) #> ${[...path]}::text[]`;

/** The functions are made by the migration `0003-search`. Texts are ordered by their bytes. */
export const POSTGRES: Dialect = {
  tested: (column) => sql.raw(column),
  assetsBy: () => sql.raw('assets AS a'),
  assetsBySeq: () => sql.raw('assets AS a'),
  numbers: (values) => sql`unnest(${[...values]}::bigint[]) AS w(value)`,
  // The limit makes it look into the index for each, in place of reading the table once.
  assetsInWindows: (starts, width) =>
    sql`${POSTGRES.numbers(starts)} CROSS JOIN LATERAL (SELECT * FROM assets AS one
      WHERE one.seq >= w.value AND one.seq < w.value + ${width}::bigint ORDER BY one.seq LIMIT ${width}::bigint) AS a`,
  contains: (column, text) =>
    sql`strpos(lower((${column}) COLLATE "C"), ${text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())}) > 0`,
  toNumber: (column) => sql`signet_number(${column})`,

  hasPhrase: (column, phrase) => holds(sql`signet_words(${column})`, phrase),
  hasPhraseIn: (text, phrase) => holds(sql`signet_words(signet_atoms(${text}))`, phrase),
  // Not EXISTS, which may be answered by reading the whole table first.
  assetHasPhrase: (phrase, column) =>
    sql`(SELECT ${holds(columnOf(column), phrase)} FROM asset_text AS t WHERE t.seq = a.seq)`,
  assetsWithPhrase: (phrase, column) =>
    sql`SELECT t.seq FROM asset_text AS t WHERE ${found({ ...phrase, ...(column ? { column } : {}) })}`,
  ranked(phrases, limit) {
    const words = phrases.flatMap((phrase) => query(phrase) ?? []).join(' | ');
    // 1: longer texts count less, by the logarithm of their length.
    const rank = words === '' ? sql`0` : sql`-round(ts_rank(t.words, ${words}::tsquery, 1)::numeric, 6)::float8`;
    return sql`SELECT t.seq, ${rank} AS rank FROM asset_text AS t
      WHERE ${sql.join(phrases.map(found), sql` OR `)} ORDER BY t.seq DESC LIMIT ${limit}`;
  },

  jsonText: (column, path) => sql`signet_text(${json(column, path)})`,
  jsonNumber: (column, path) => sql`signet_number(signet_text(${json(column, path)}))`,
  jsonFlag: (column, path) => sql`signet_number(signet_text(${json(column, path)}))::integer`,
  jsonLength: (column, path) => sql`signet_length(${json(column, path)})`,
  jsonMillis: (column, path) => sql`signet_millis(signet_text(${json(column, path)}))`,
  jsonPairs: (column, path) =>
    sql`(SELECT value ->> 0 AS name, signet_number(value ->> 1) AS amount
      FROM jsonb_array_elements(signet_list(${json(column, path)}))) AS p`,

  takeRows: (query) => (query as unknown as { forUpdate(): { skipLocked(): typeof query } }).forUpdate().skipLocked(),
};
