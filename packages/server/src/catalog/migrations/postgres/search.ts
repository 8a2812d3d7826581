import { MAX_WORD } from '../../postgres-dialect.ts';
import { indexes } from '../0003-search.ts';
import { wordsFunction } from './words.ts';

/**
 * What `0003-search` is in PostgreSQL. `asset_counts` as there; `asset_text` holds, by `seq`, the words of each text as
 * `signet_words` cuts them, and all of them as a `tsvector` with an index. U+E000 is a word between the values of a list.
 */
const COUNTED = ['cloud', 'resource_type', 'type', 'status', 'access_mode'] as const;
const counted = (row: string): string =>
  `${COUNTED.map((column) => `${row}.${column}`).join(', ')}, coalesce(${row}.format, '')`;
const count = (row: string, by: 1 | -1): string =>
  `INSERT INTO asset_counts AS c (${COUNTED.join(', ')}, format, amount) VALUES (${counted(row)}, ${by})
    ON CONFLICT (${COUNTED.join(', ')}, format) DO UPDATE SET amount = c.amount + ${by};`;

const TEXTS = ['public_id', 'display_name', 'asset_folder'] as const;
const LISTS = ['tags', 'context', 'metadata'] as const;
const ALL = [...TEXTS, ...LISTS];
const cut = (row: string): string =>
  [
    ...TEXTS.map((column) => `signet_words(${row}.${column})`),
    ...LISTS.map((column) => `signet_words(signet_atoms(${row}.${column}))`),
  ].join(', ');

/** Reading JSON that is kept as text. What it may have and a text of PostgreSQL not (U+0000, half of a pair) is left out. */
const FUNCTIONS = [
  `CREATE FUNCTION signet_json(given text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN given ~ '\\\\u(0000|d[89a-f])'
      THEN regexp_replace(given, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u(?:0000|d[89a-f][0-9a-f]{2})', '\\1', 'g')::jsonb
      ELSE given::jsonb END $$`,
  `CREATE FUNCTION signet_text(given jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE jsonb_typeof(given) WHEN 'boolean' THEN given::boolean::integer::text ELSE given #>> '{}' END) COLLATE "C" $$`,
  `CREATE FUNCTION signet_list(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE jsonb_typeof(given) WHEN 'array' THEN given END $$`,
  `CREATE FUNCTION signet_length(given jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(given) = 'array' THEN jsonb_array_length(given) WHEN given IS NOT NULL THEN 0 END $$`,
  `CREATE FUNCTION signet_number(given text) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN given IS NULL THEN NULL ELSE
      coalesce(substring(given FROM '^\\s*([-+]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]{1,2}(?![0-9]))?)'), '0')::double precision END $$`,
  `CREATE FUNCTION signet_millis(given text) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
      WHEN given ~ '^-?[0-9]+(\\.[0-9]+)?$' THEN given::double precision
      WHEN given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$' THEN floor(extract(epoch FROM given::timestamptz))::double precision * 1000
    END $$`,
  `CREATE FUNCTION signet_atoms(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN given IS NULL OR given IN ('[]', '{}') THEN '' ELSE (
      SELECT coalesce(string_agg(atom #>> '{}', ' ' || U&'\\E000' || ' '), '')
      FROM jsonb_path_query(signet_json(given), 'strict $.**') AS atom
      WHERE jsonb_typeof(atom) NOT IN ('object', 'array', 'null')) END $$`,
  wordsFunction(),
  // Words longer than an index can hold, and what is beyond the size of a vector, are found by testing rows only.
  `CREATE FUNCTION signet_vector(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(coalesce(array_agg(DISTINCT word), '{}'))
    FROM unnest(string_to_array(left(given, 250000), ' ')) AS word WHERE length(word) BETWEEN 1 AND ${MAX_WORD} $$`,
];

const TABLES = [
  `CREATE TABLE asset_counts (
    cloud TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    access_mode TEXT NOT NULL,
    format TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (cloud, resource_type, type, status, access_mode, format)
  )`,
  `CREATE TABLE asset_text (
    seq BIGINT PRIMARY KEY REFERENCES assets(seq) ON DELETE CASCADE,
    ${ALL.map((column) => `${column} TEXT NOT NULL`).join(', ')},
    words TSVECTOR NOT NULL
  )`,
  `CREATE INDEX asset_text_words ON asset_text USING GIN (words)`,
];

const TRIGGERS = [
  `CREATE FUNCTION signet_count_asset() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' THEN ${count('OLD', -1)} END IF;
      IF TG_OP <> 'DELETE' THEN ${count('NEW', 1)} END IF;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER asset_counts_change AFTER INSERT OR DELETE OR UPDATE OF ${COUNTED.join(', ')}, format ON assets
    FOR EACH ROW EXECUTE FUNCTION signet_count_asset()`,
  `CREATE FUNCTION signet_index_asset() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      row asset_text;
    BEGIN
      SELECT NEW.seq, ${cut('NEW')}, ''::tsvector INTO row;
      row.words := signet_vector(${ALL.map((column) => `row.${column}`).join(' || ')});
      INSERT INTO asset_text VALUES (row.*)
        ON CONFLICT (seq) DO UPDATE SET ${[...ALL, 'words'].map((column) => `${column} = EXCLUDED.${column}`).join(', ')};
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER asset_text_change AFTER INSERT OR UPDATE OF ${ALL.join(', ')} ON assets
    FOR EACH ROW EXECUTE FUNCTION signet_index_asset()`,
];

export const up = [...FUNCTIONS, ...TABLES, ...TRIGGERS, ...indexes];
