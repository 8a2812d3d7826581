/** The characters for which `test` holds, as the inside of a bracket expression of a regular expression of PostgreSQL. */
function characters(test: RegExp): string {
  const code = (point: number): string => `\\U${point.toString(16).padStart(8, '0')}`;
  const ranges: string[] = [];
  let first: number | undefined;
  for (let point = 0; point <= 0x110000; point++) {
    const holds = point < 0x110000 && !(point >= 0xd800 && point <= 0xdfff) && test.test(String.fromCodePoint(point));
    if (holds) first ??= point;
    else if (first !== undefined) {
      ranges.push(first === point - 1 ? code(first) : `${code(first)}-${code(point - 1)}`);
      first = undefined;
    }
  }
  return ranges.join('');
}

/**
 * `signet_words(text)`: the words of a text, ` one two `, cut as `tokens` cuts them (catalog/words.ts): no diacritics, no
 * case. The classes of characters are written out, so that they are the same whatever the database's locale is.
 */
export const wordsFunction = (): string => `CREATE OR REPLACE FUNCTION signet_words(given text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' ' || btrim(regexp_replace(
      lower(regexp_replace(normalize(given, NFD), '[${characters(/\p{M}/u)}]', '', 'g') COLLATE "und-x-icu"),
      '[^${characters(/[\p{L}\p{N}\p{Co}_]/u)}]+', ' ', 'g')) || ' '
  $$`;
