import { type DigestUse, digestMistakes, plainDigest, type SignatureForm } from './digest-mistakes.ts';
import { paramMistakes, timestampMistakes } from './param-mistakes.ts';
import { appended, type SecretUse, secretMistakes } from './secret-mistakes.ts';
import { type Join, joinV1, joinV2, stringMistakes } from './string-mistakes.ts';
import type { CandidateSecret, Mistake, Pair, Received, Variant } from './types.ts';

export interface Found {
  mistakes: Mistake[];
  /** What the client signed, without the secret. */
  signedString: string;
  version: 1 | 2;
  algorithm: 'sha1' | 'sha256';
  apiKey: string | undefined;
}

export interface SearchResult {
  found: Found | undefined;
  digests: number;
  /** False when a bound ended the search before every hypothesis was tried. */
  complete: boolean;
}

export interface SearchLimits {
  maxDigests: number;
  maxMilliseconds: number;
}

type Plan = readonly [
  pairs: Iterable<Variant<readonly Pair[]>>,
  joins: readonly Variant<Join>[],
  secrets: readonly Variant<SecretUse>[],
  digests: readonly Variant<DigestUse>[],
];

const IN_OR_OUT = new Set(['sent-not-signed', 'excluded-signed']);

/** What is worth combining with a parameter left out or wrongly put in. */
const SECOND = new Set([
  'excluded-signed',
  'blank-signed',
  'list-fields-signed',
  'space-or-plus',
  'value-trimmed',
  'value-url-encoded',
  'array-as-json',
  'array-joined-otherwise',
  'json-for-pairs',
  'pairs-for-json',
  'boolean-format',
  'number-format',
  'timestamp-format',
]);

/** Mistakes likely enough to be looked for beside a second one about the parameters. */
const OFTEN = new Set([
  'secret-missing',
  'secret-prefixed',
  'secret-whitespace',
  'other-key',
  'api-key-as-secret',
  'not-sorted',
  'string-url-encoded',
  'hmac',
]);
const often = <T>(variants: readonly Variant<T>[], most: number): Variant<T>[] =>
  variants.filter((variant) => OFTEN.has(variant.mistake!.id)).slice(0, most);

/**
 * Looks for the way of signing that gives the received digest: the right one, then one mistake, then two, the likely
 * before the far-fetched. A digest of 160 bits fits by accident never, so whatever fits is what happened, or another
 * way to the very same text; of these the one tried first is named.
 */
export function search(
  request: Received,
  forms: readonly SignatureForm[],
  own: readonly CandidateSecret[],
  all: readonly CandidateSecret[],
  limits: SearchLimits,
): SearchResult {
  const deadline = performance.now() + limits.maxMilliseconds;
  const compare = comparer(forms);
  for (const one of own) {
    const received = withKey(request, one.apiKey);
    const right: Variant<readonly Pair[]>[] = [{ use: received.pairs }];
    const joins: Variant<Join>[] = [{ use: joinV2 }, { use: joinV1 }];
    const strings = [...stringMistakes(received.pairs)];
    const secret: Variant<SecretUse>[] = [{ use: appended(one.secret) }];
    const secrets = [...secretMistakes(one, all, received)];
    const plain: Variant<DigestUse>[] = [{ use: plainDigest }];
    const hashes = [...digestMistakes()];
    const params = [...paramMistakes(received)];
    const others = secrets.filter(({ mistake }) => mistake!.id === 'other-key');
    const inOrOut = params
      .filter(({ mistake }) => IN_OR_OUT.has(mistake!.id) && mistake!.names.length === 1)
      .slice(0, 30);
    const plans: Plan[] = [
      [right, joins, secret, plain],
      [right, joins, others, plain],
      [right, strings, secret, plain],
      [params, joins, secret, plain],
      [right, joins, secrets, plain],
      [right, joins, secret, hashes],
      [timestampMistakes(received), joins, secret, plain],
      [right, strings, often(secrets, 24), plain],
      [right, joins, secrets, hashes.slice(0, 1)],
      [right, strings, secret, hashes.slice(0, 1)],
      [inOrOut, joins, secret, hashes],
      [params, joins, secret, hashes.slice(0, 1)],
      [params, joins, [...others, ...often(secrets, 9)], plain],
      [inOrOut, joins, secrets, plain],
      [twoMistakes(received, inOrOut), joins, secret, plain],
      [params, strings.filter(({ mistake }) => OFTEN.has(mistake!.id)).slice(0, 3), secret, plain],
      [inOrOut, strings.slice(0, 60), secret, plain],
    ];
    for (const plan of plans) {
      for (const way of combinations(plan)) {
        if (compare.digests() >= limits.maxDigests || performance.now() > deadline) {
          return { found: undefined, digests: compare.digests(), complete: false };
        }
        const found = compare.way(way);
        if (found !== undefined)
          return { found: { ...found, apiKey: one.apiKey }, digests: compare.digests(), complete: true };
      }
    }
  }
  return { found: undefined, digests: compare.digests(), complete: true };
}

/** An error text names no key: then it is the candidate's that may have been signed or taken for the secret. */
function withKey(received: Received, apiKey: string | undefined): Received {
  if (received.apiKey !== undefined || apiKey === undefined) return received;
  return { ...received, apiKey, unsigned: [['api_key', apiKey], ...received.unsigned] };
}

type Way = readonly [
  pairs: Variant<readonly Pair[]>,
  join: Variant<Join>,
  secret: Variant<SecretUse>,
  digest: Variant<DigestUse>,
];

function* combinations([pairs, joins, secrets, digests]: Plan): Generator<Way> {
  for (const a of pairs) for (const b of joins) for (const c of secrets) for (const d of digests) yield [a, b, c, d];
}

/** Computes a digest per way, each text once, and counts. */
function comparer(forms: readonly SignatureForm[]): {
  digests: () => number;
  way: (way: Way) => Omit<Found, 'apiKey'> | undefined;
} {
  const seen = new Set<string>();
  let digests = 0;
  const fits = (form: SignatureForm, hex: string): boolean =>
    form.hex.length === hex.length ? hex === form.hex : hex.startsWith(form.hex);

  function way(parts: Way): Omit<Found, 'apiKey'> | undefined {
    const [pairs, join, secret, digest] = parts;
    const text = attempt(() => join.use(pairs.use));
    if (text === undefined) return undefined;
    if (digest.mistake === undefined) {
      const hashed = secret.use.text(text);
      if (seen.has(hashed)) return undefined;
      seen.add(hashed);
    }
    for (const form of forms) {
      for (const algorithm of form.algorithms) {
        digests++;
        if (!fits(form, digest.use(algorithm, text, secret.use))) continue;
        const mistakes = [...parts.flatMap(({ mistake, also }) => [mistake, also]), form.mistake].filter(
          (one) => one !== undefined,
        );
        return { mistakes, signedString: text, version: join.use === joinV1 ? 1 : 2, algorithm };
      }
    }
    return undefined;
  }
  return { digests: () => digests, way };
}

/** A lone surrogate cannot be URL-encoded: that way of signing then is none. */
function attempt(make: () => string): string | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** A parameter left out or wrongly put in, and a second mistake about the remaining parameters. */
function* twoMistakes(
  received: Received,
  first: readonly Variant<readonly Pair[]>[],
): Generator<Variant<readonly Pair[]>> {
  for (const one of first) {
    const rest = { ...received, pairs: one.use };
    for (const two of paramMistakes(rest)) {
      if (two.mistake!.id === one.mistake!.id || !SECOND.has(two.mistake!.id)) continue;
      yield { mistake: one.mistake!, also: two.mistake!, use: two.use };
    }
  }
}
