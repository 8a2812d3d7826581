import { createHash } from 'node:crypto';

/**
 * Goes into every derived key: raise it when the renderer gives other bytes for the same plan, and old results are no
 * longer found.
 */
const ENGINE = '4';

/** @param original SHA-256 of the original's bytes @returns 64 hexadecimal digits */
export const derivedKey = (original: string, canonical: string): string =>
  createHash('sha256').update(`${ENGINE}\0${original}\0${canonical}`).digest('hex');
