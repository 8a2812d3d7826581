import { randomFillSync } from 'node:crypto';

/** One call into the random generator costs as much as a hundred slices of its result. */
const pool = Buffer.allocUnsafe(4096);
let next = pool.length;

/** Random lower-case hexadecimal digits from the system's generator. @param bytes two digits each, 64 at most; default 16 */
export function randomHex(bytes = 16): string {
  if (next + bytes > pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += bytes;
  return pool.toString('hex', next - bytes, next);
}
