import { hash } from 'node:crypto';
import type { Algorithm } from './types.ts';

/** The digest for Node: one call into OpenSSL, no hash object. */
export function digestHex(algorithm: Algorithm, data: string | Uint8Array): string {
  return hash(algorithm, data, 'hex');
}

export function digestBytes(algorithm: Algorithm, data: string | Uint8Array): Uint8Array {
  return hash(algorithm, data, 'buffer');
}
