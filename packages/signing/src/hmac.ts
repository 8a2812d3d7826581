import { digestBytes } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { bytesToHex, utf8 } from './encoding.ts';

const BLOCK = 64;

/** HMAC (RFC 2104) over the pluggable digest, as lower-case hex. Both digests here work in blocks of 64 bytes. */
export function hmacHex(algorithm: Algorithm, key: Uint8Array, text: string): string {
  return bytesToHex(hmacBytes(algorithm, key, text));
}

function hmacBytes(algorithm: Algorithm, key: Uint8Array, text: string): Uint8Array {
  const short = key.length > BLOCK ? digestBytes(algorithm, key) : key;
  const block = new Uint8Array(BLOCK);
  block.set(short);
  const inner = digestBytes(
    algorithm,
    concat(
      block.map((byte) => byte ^ 0x36),
      utf8(text),
    ),
  );
  return digestBytes(
    algorithm,
    concat(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
