import type { Mistake, Pair, Variant } from './types.ts';
import { spacedJson } from './value-mistakes.ts';

/** How the pairs become one text. */
export type Join = (pairs: readonly Pair[]) => string;

const sortPairs = (pairs: readonly Pair[]): Pair[] => [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

export const joinV1: Join = (pairs) =>
  sortPairs(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
export const joinV2: Join = (pairs) =>
  sortPairs(pairs)
    .map(([name, value]) => `${name}=${value}`.replaceAll('&', '%26'))
    .join('&');

const inOrder =
  (order: (pairs: readonly Pair[]) => readonly Pair[]): Join =>
  (pairs) =>
    order(pairs)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');

const joinedBy =
  (separator: string, between = '='): Join =>
  (pairs) =>
    sortPairs(pairs)
      .map(([name, value]) => `${name}${between}${value}`)
      .join(separator);

const isTime = ([name]: Pair): boolean => name === 'timestamp';
const asJson = (pairs: readonly Pair[], numbers: boolean, write: (value: object) => string): string =>
  write(
    Object.fromEntries(
      pairs.map(([name, value]) => [name, numbers && /^\d{1,15}$/.test(value) ? Number(value) : value]),
    ),
  );
const latin = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');

interface StringMistake {
  id: string;
  joins: readonly Join[];
  sentence: string;
  repair: string;
}

const STRING_MISTAKES: readonly StringMistake[] = [
  {
    id: 'not-sorted',
    joins: [
      inOrder((pairs) => pairs),
      inOrder((pairs) => [...pairs].reverse()),
      inOrder((pairs) => sortPairs(pairs).reverse()),
      inOrder((pairs) => [...pairs.filter(isTime), ...pairs.filter((pair) => !isTime(pair))]),
      inOrder((pairs) => [...pairs.filter((pair) => !isTime(pair)), ...pairs.filter(isTime)]),
      inOrder((pairs) => [...pairs.filter(isTime), ...sortPairs(pairs.filter((pair) => !isTime(pair)))]),
      inOrder((pairs) => [...sortPairs(pairs.filter((pair) => !isTime(pair))), ...pairs.filter(isTime)]),
      inOrder((pairs) => [...pairs].sort(([, a], [, b]) => (a < b ? -1 : 1))),
    ],
    sentence: 'the parameters were not sorted by name before signing',
    repair: 'sort the pairs by parameter name, ascending',
  },
  {
    id: 'string-url-encoded',
    joins: [
      (pairs) => new URLSearchParams(sortPairs(pairs).map(([name, value]) => [name, value])).toString(),
      (pairs) => new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString(),
      (pairs) => encodeURIComponent(joinV1(pairs)),
      (pairs) => encodeURI(joinV1(pairs)),
    ],
    sentence: 'the string to sign was URL-encoded (a query string was signed)',
    repair: 'sign plain key=value pairs joined by "&", without URL encoding',
  },
  {
    id: 'pairs-joined-otherwise',
    joins: [
      ...[',', ', ', ';', '', '\n', '|', ' ', ' & ', '&amp;', '\r\n'].map((separator) => joinedBy(separator)),
      joinedBy('&', ':'),
      joinedBy('&', ''),
      joinedBy('', ''),
      joinedBy(',', ':'),
      joinedBy('&', ' = '),
      (pairs) =>
        sortPairs(pairs)
          .map(([, value]) => value)
          .join(''),
      (pairs) =>
        sortPairs(pairs)
          .map(([, value]) => value)
          .join('&'),
    ],
    sentence: 'the pairs were not written as key=value joined by "&" for signing',
    repair: 'write key=value for each parameter and join them by "&"',
  },
  {
    id: 'json-signed',
    joins: [JSON.stringify, spacedJson].flatMap((write) =>
      [true, false].flatMap((numbers): Join[] => [
        (pairs) => asJson(sortPairs(pairs), numbers, write),
        (pairs) => asJson(pairs, numbers, write),
      ]),
    ),
    sentence: 'the JSON text of the parameters was signed',
    repair: 'sign key=value pairs joined by "&", not JSON',
  },
  {
    id: 'stray-character',
    joins: [
      ...['\n', '\r\n', ' ', '\t', '.', ';'].map(
        (end): Join =>
          (pairs) =>
            `${joinV2(pairs)}${end}`,
      ),
      ...['?', '&', ' '].map(
        (start): Join =>
          (pairs) =>
            `${start}${joinV2(pairs)}`,
      ),
    ],
    sentence: 'the string to sign had a stray character at its start or end (such as a line end, a space, "?" or "&")',
    repair: 'join the pairs by "&" without anything before the first or after the last (echo: use printf or echo -n)',
  },
  {
    id: 'string-quoted',
    joins: [
      ...[`"`, `'`, '`'].map(
        (mark): Join =>
          (pairs) =>
            `${mark}${joinV2(pairs)}${mark}`,
      ),
    ],
    sentence: 'the string to sign was signed with quotes around it',
    repair: 'sign the text without quotes',
  },
  {
    id: 'string-letter-case',
    joins: [(pairs) => joinV2(pairs).toLowerCase(), (pairs) => joinV2(pairs).toUpperCase()],
    sentence: 'the string to sign was changed to one letter case',
    repair: 'sign names and values as they are',
  },
  {
    id: 'text-encoding',
    joins: [(pairs) => latin(joinV2(pairs))],
    sentence: 'the string to sign was encoded to UTF-8 twice',
    repair: 'hash the UTF-8 bytes of the text once',
  },
];

/** At five parameters or fewer every order is tried. */
function* permutations(pairs: readonly Pair[]): Generator<readonly Pair[]> {
  if (pairs.length <= 1) yield pairs;
  for (const [at, head] of pairs.entries()) {
    if (pairs.length <= 1) return;
    for (const tail of permutations([...pairs.slice(0, at), ...pairs.slice(at + 1)])) yield [head, ...tail];
  }
}

export function* stringMistakes(pairs: readonly Pair[]): Generator<Variant<Join>> {
  for (const { id, joins, sentence, repair } of STRING_MISTAKES) {
    const mistake: Mistake = { id, names: [], sentence, repair };
    for (const use of joins) yield { mistake, use };
    if (id !== 'not-sorted' || pairs.length > 5) continue;
    const positions = permutations(pairs.map((_, n): Pair => [String(n), '']));
    for (const order of positions) {
      yield {
        mistake,
        use: inOrder((given) => (given.length === pairs.length ? order.map(([n]) => given[Number(n)]!) : given)),
      };
    }
  }
}
