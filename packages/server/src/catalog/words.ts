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
