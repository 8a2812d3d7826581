import type { DatabaseSync } from 'node:sqlite';

/**
 * Words as the full-text index cuts them (`unicode61` of FTS5, `_` inside words, no diacritics, no case). Used to test
 * single rows, which FTS5 does a hundred times slower. For scripts with combining vowel signs the two may cut
 * differently.
 */
export const tokens = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}\p{Co}_]+/gu) ?? [];

/** Whether a character at the end of a term leaves its last word open for `*`. */
export const endsInWord = (text: string): boolean => /[\p{L}\p{M}\p{N}\p{Co}_]$/u.test(text);

/** Whether `phrase` stands in `text` as consecutive words; with `prefix` its last word may go on. */
export function hasPhrase(text: string, phrase: readonly string[], prefix: boolean): boolean {
  const words = tokens(text);
  const last = phrase.length - 1;
  if (last < 0) return false;
  for (let start = 0; start + last < words.length; start++) {
    let index = 0;
    while (index < last && words[start + index] === phrase[index]) index++;
    if (index < last) continue;
    const word = words[start + last]!;
    if (prefix ? word.startsWith(phrase[last]!) : word === phrase[last]) return true;
  }
  return false;
}

/** Calls `found` with each text, number or flag in a JSON document until it returns true. */
function anyAtom(value: unknown, found: (text: string) => boolean): boolean {
  if (value === null || value === undefined) return false;
  return typeof value === 'object' ? Object.values(value).some((inner) => anyAtom(inner, found)) : found(String(value));
}

const prepared = new WeakSet<DatabaseSync>();

/** Adds `signet_phrase(text, phrase, prefix)` and `signet_phrase_in(json, phrase, prefix)` to a connection, once. */
export function addTextFunctions(database: DatabaseSync): void {
  if (prepared.has(database)) return;
  prepared.add(database);
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
