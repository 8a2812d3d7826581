import type { FastifyReply } from 'fastify';
import { SignetError } from '../errors.ts';

const HOUR = 3_600_000;
/** What is stated while there is no limit: the SDKs want numbers above zero (Node suite, "should include rate limits"). */
const UNLIMITED = 1_000_000;

/** Counts the Admin API calls of each environment by the hour. @param limit calls an hour; 0 switches the limit off */
export function createRateLimit(limit: number, clock: () => number) {
  let hour = 0;
  let counts = new Map<string, number>();
  return {
    /** Sets the three headers that every answer has. @throws 420 when the hour's calls are used up */
    count(cloud: string, reply: FastifyReply): void {
      const now = clock();
      if (Math.floor(now / HOUR) !== hour) {
        hour = Math.floor(now / HOUR);
        counts = new Map();
      }
      const used = (counts.get(cloud) ?? 0) + 1;
      counts.set(cloud, used);
      const allowed = limit || UNLIMITED;
      const reset = new Date((hour + 1) * HOUR);
      reply.headers({
        'X-FeatureRateLimit-Limit': String(allowed),
        'X-FeatureRateLimit-Remaining': String(Math.max(limit === 0 ? 1 : 0, allowed - used)),
        'X-FeatureRateLimit-Reset': reset.toUTCString(),
      });
      if (limit > 0 && used > limit)
        throw new SignetError(
          'RateLimited',
          420,
          `Rate Limit Exceeded. Limit of ${limit} api operations reached. Try again on ${reset.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
        );
    },
  };
}
