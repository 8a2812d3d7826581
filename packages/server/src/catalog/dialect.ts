import type { RawBuilder } from 'kysely';

export type Sql = RawBuilder<unknown>;

/** Words to look for, one after the other. */
export interface Phrase {
  readonly text: string;
  /** The last word may go on. */
  readonly prefix: boolean;
}

/** The texts of an asset that have a full-text index. `tags`, `context` and `metadata` are JSON. */
export const TEXT_COLUMNS = ['public_id', 'display_name', 'asset_folder', 'tags', 'context', 'metadata'] as const;
export type TextColumn = (typeof TEXT_COLUMNS)[number];

/** Words that rank an asset: in one text of it, or in all. */
export type RankedPhrase = Phrase & { readonly column?: TextColumn };

export type JsonPath = readonly string[];

/**
 * What the databases write differently. Everything else asks by Kysely, or writes SQL that all of them understand: `TRUE`
 * and `FALSE`, `IS NOT DISTINCT FROM`, `NULLS FIRST`, a name for every subquery.
 */
export interface Dialect {
  /** A column that is tested row by row, whatever indexes there are. */
  tested(column: string): Sql;
  /** `assets AS a`, read along the index of this name. */
  assetsBy(index: string): Sql;
  /** `assets AS a`, read in the order of `seq`. */
  assetsBySeq(): Sql;
  /** `assets AS a`, of each of these `seq` and the `width` behind it. */
  assetsInWindows(starts: readonly number[], width: number): Sql;
  /** `numbers AS w` with the column `value`. */
  numbers(values: readonly number[]): Sql;
  /** Whether the text contains another; ASCII letters are alike in both cases. */
  contains(column: Sql, text: string): Sql;
  /** A text as a number, 0 when it does not begin with one. */
  toNumber(column: Sql): Sql;

  /** Whether the words stand in this text. */
  hasPhrase(column: Sql, phrase: Phrase): Sql;
  /** Whether the words stand in one of the values of this JSON. */
  hasPhraseIn(json: Sql, phrase: Phrase): Sql;
  /** The same for a text of the asset `a` that has an index, or for any of them. */
  assetHasPhrase(phrase: Phrase, column?: TextColumn): Sql;
  /** `seq` of the assets, of all environments, that have the words in this text, or in any; from the index. */
  assetsWithPhrase(phrase: Phrase, column?: TextColumn): Sql;
  /** `seq` and `rank` (the least is the best) of the newest assets that have one of these. */
  ranked(phrases: readonly RankedPhrase[], limit: number): Sql;

  /** A value inside a JSON column as text; objects and lists as JSON. */
  jsonText(column: string, path: JsonPath): Sql;
  /** A number inside a JSON column. */
  jsonNumber(column: string, path: JsonPath): Sql;
  /** A flag inside a JSON column: 1, 0 or NULL. */
  jsonFlag(column: string, path: JsonPath): Sql;
  /** Items of a list inside a JSON column. */
  jsonLength(column: string, path: JsonPath): Sql;
  /** A time inside a JSON column, milliseconds or ISO 8601, as milliseconds. */
  jsonMillis(column: string, path: JsonPath): Sql;
  /** `pairs AS p` of a list of `[name, amount]` inside a JSON column. */
  jsonPairs(column: string, path: JsonPath): Sql;

  /** Of the rows that a query is about to take, only those that nobody else is taking. */
  takeRows<Query>(query: Query): Query;
}
