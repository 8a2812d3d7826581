/* Text and bytes without `Buffer`, so that the same code runs in browsers. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** @throws TypeError when the bytes are not UTF-8. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

export function bytesToHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX[byte]!;
  return out;
}

/**
 * Bytes of a hexadecimal text.
 * @throws RangeError on an odd length or another character; the text itself is not repeated, it may be a key.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) {
    throw new RangeError(`Expected an even number of hexadecimal digits but received ${hex.length} characters`);
  }
  const out = new Uint8Array(hex.length / 2);
  for (let n = 0; n < out.length; n++) out[n] = Number.parseInt(hex.slice(n * 2, n * 2 + 2), 16);
  return out;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648 §4); `url` gives the alphabet of §5, still padded. */
export function bytesToBase64(bytes: Uint8Array, options: { url?: boolean } = {}): string {
  let out = '';
  for (let n = 0; n < bytes.length; n += 3) {
    const word = (bytes[n]! << 16) | ((bytes[n + 1] ?? 0) << 8) | (bytes[n + 2] ?? 0);
    out += BASE64[word >>> 18]! + BASE64[(word >>> 12) & 63]!;
    out += n + 1 < bytes.length ? BASE64[(word >>> 6) & 63]! : '=';
    out += n + 2 < bytes.length ? BASE64[word & 63]! : '=';
  }
  return options.url ? out.replaceAll('+', '-').replaceAll('/', '_') : out;
}

/** Bytes of base64 in either alphabet, padded or not; `undefined` when the text is not base64. */
export function base64ToBytes(text: string): Uint8Array | undefined {
  const body = text
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) return undefined;
  const out = new Uint8Array(Math.floor((body.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of body) {
    held = ((held << 6) | BASE64.indexOf(character)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >>> bits) & 255;
    }
  }
  return out;
}

/**
 * Equality whose time depends on the lengths only, never on where two texts differ. The lengths of signatures are no
 * secret.
 */
export function equalInConstantTime(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  const length = Math.max(a.length, b.length);
  for (let n = 0; n < length; n++) difference |= (a.charCodeAt(n) | 0) ^ (b.charCodeAt(n) | 0);
  return difference === 0;
}
