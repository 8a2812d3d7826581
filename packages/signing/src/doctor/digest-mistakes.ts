import { digestHex } from '#digest';
import type { Algorithm } from '../digest/types.ts';
import { base64ToBytes, bytesToHex, utf8 } from '../encoding.ts';
import { hmacHex } from '../hmac.ts';
import type { SecretUse } from './secret-mistakes.ts';
import type { Mistake, Variant } from './types.ts';

/** From string to sign and secret to lower-case hex. */
export type DigestUse = (algorithm: Algorithm, stringToSign: string, secret: SecretUse) => string;

export const plainDigest: DigestUse = (algorithm, text, secret) => digestHex(algorithm, secret.text(text));

interface DigestMistake {
  id: string;
  uses: readonly DigestUse[];
  sentence: string;
  repair: string;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (mark) => Math.min(mark.charCodeAt(0), 255));
const utf16 = (text: string): Uint8Array =>
  Uint8Array.from([...text].flatMap((mark) => [mark.charCodeAt(0) & 255, mark.charCodeAt(0) >> 8]));

const DIGEST_MISTAKES: readonly DigestMistake[] = [
  {
    id: 'hmac',
    uses: [
      (algorithm, text, { key }) => hmacHex(algorithm, utf8(key), text),
      (algorithm, text, { key }) => hmacHex(algorithm, utf8(key), text + key),
      (algorithm, text, { key }) => hmacHex(algorithm, utf8(text), key),
    ],
    sentence: 'an HMAC was used instead of a plain digest',
    repair: 'hash the string to sign followed by the secret with plain SHA-1 (or SHA-256), not with HMAC',
  },
  {
    id: 'text-encoding',
    uses: [
      (algorithm, text, secret) => digestHex(algorithm, latin1(secret.text(text))),
      (algorithm, text, secret) => digestHex(algorithm, utf16(secret.text(text))),
    ],
    sentence: 'the text was not hashed as UTF-8',
    repair: 'encode the string to sign as UTF-8 before hashing',
  },
  {
    id: 'hashed-twice',
    uses: [
      (algorithm, text, secret) => digestHex(algorithm, digestHex(algorithm, secret.text(text))),
      (algorithm, text, { key }) => digestHex(algorithm, digestHex(algorithm, text) + key),
    ],
    sentence: 'the digest was hashed a second time',
    repair: 'hash once and send the hex of that digest',
  },
];

export function* digestMistakes(): Generator<Variant<DigestUse>> {
  for (const { id, uses, sentence, repair } of DIGEST_MISTAKES) {
    for (const use of uses) yield { mistake: { id, names: [], sentence, repair }, use };
  }
}

/** A received signature, read as a digest. */
export interface SignatureForm {
  algorithms: readonly Algorithm[];
  /** Lower-case hex, or only its beginning. */
  hex: string;
  mistake?: Mistake;
}

const BYTES: Readonly<Record<number, Algorithm>> = { 20: 'sha1', 32: 'sha256' };

const form = (id: string, sentence: string, repair: string): Mistake => ({
  id,
  names: ['signature'],
  sentence,
  repair,
});
const BASE64 = form('digest-base64', 'the digest was sent as base64', 'send the digest as lower-case hex');
const DECORATED = form(
  'signature-decorated',
  'the signature has something around it (white space, quotes, a prefix or colons)',
  'send only the hex digits of the digest',
);

/** Every digest that the text of a signature may stand for; empty when it cannot be one. */
export function readSignature(signature: string): SignatureForm[] {
  const bare = signature
    .trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .replace(/^(sha1|sha256|0x|signature)[=:]?/i, '')
    .replace(/^([0-9a-f]{2})((?:[: -][0-9a-f]{2}){19}|(?:[: -][0-9a-f]{2}){31})$/i, (all) => all.replace(/[: -]/g, ''));
  const decorated = bare === signature ? {} : { mistake: DECORATED };
  if (/^[0-9a-f]+$/i.test(bare)) {
    const hex = bare.toLowerCase();
    const algorithm = BYTES[bare.length / 2];
    if (algorithm !== undefined) {
      const upper = form(
        'digest-upper-case',
        'the digest was sent as upper-case hex',
        'send the digest as lower-case hex',
      );
      return [{ algorithms: [algorithm], hex, ...(bare === hex ? decorated : { mistake: upper }) }];
    }
    if (bare.length >= 16 && bare.length < 64) {
      const short = form(
        'digest-cut',
        `the signature has ${bare.length} characters, the digest was cut off`,
        'send all 40 (SHA-1) or 64 (SHA-256) hex digits',
      );
      return [{ algorithms: bare.length < 40 ? ['sha1', 'sha256'] : ['sha256'], hex, mistake: short }];
    }
  }
  const bytes = base64ToBytes(bare.replaceAll(' ', '+'));
  if (bytes === undefined) return [];
  const algorithm = BYTES[bytes.length];
  if (algorithm !== undefined) return [{ algorithms: [algorithm], hex: bytesToHex(bytes), mistake: BASE64 }];
  const inner = String.fromCharCode(...bytes.slice(0, 100));
  if (bytes.length <= 64 && /^[0-9a-f]+$/i.test(inner) && BYTES[inner.length / 2] !== undefined) {
    return [{ algorithms: [BYTES[inner.length / 2]!], hex: inner.toLowerCase(), mistake: BASE64 }];
  }
  return [];
}
