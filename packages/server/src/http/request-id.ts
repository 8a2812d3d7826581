import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
/** One call into the random generator costs as much as a hundred slices of its result. */
const pool = Buffer.allocUnsafe(256 * ID_BYTES);
let next = pool.length;

/** The `X-Request-Id` of an answer: 32 hexadecimal digits. */
export function newRequestId(): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += ID_BYTES;
  return pool.toString('hex', next - ID_BYTES, next);
}
