import type { Log } from '../observe/log.ts';
import { createSingleFlight } from '../single-flight.ts';
import type { Bucket } from './bucket.ts';
import type { Cache, CacheEntry } from './cache.ts';

const FOLDER = 'derived/';
/** Results that wait to be sent; more than these are not kept in the bucket and can be made again. */
const MOST_WAITING = 1000;
const SENDERS = 4;
/** Milliseconds between two looks at the whole folder. */
const TRIM_EVERY = 3_600_000;
/** Trimming goes below the budget by this part, as an eviction on disk does. */
const SLACK = 0.1;
/** Results of so many milliseconds are counted together when the oldest are looked for. */
const STEP = 600_000;

const encodeMeta = (meta: unknown): Record<string, string> => ({ meta: encodeURIComponent(JSON.stringify(meta)) });
const decodeMeta = ({ meta }: Readonly<Record<string, string>>): unknown => JSON.parse(decodeURIComponent(meta ?? ''));

export interface SharedCacheOptions {
  readonly local: Cache;
  readonly bucket: Bucket;
  /** Bytes in the bucket. */
  readonly budget: number;
  readonly log: Log;
  readonly clock?: () => number;
}

/**
 * Derived results that several servers share, as objects `derived/<key>` with their meta data, behind the cache on this
 * server's disk. A result is sent to the bucket after it has been kept here, while its visitor is answered: one that is lost
 * is only made again. A bucket does not know what was used last, so its budget is kept by deleting what was made longest
 * ago; what is in use lies on the disks.
 */
export function createSharedCache({ local, bucket, budget, log, clock = Date.now }: SharedCacheOptions): Cache {
  const waiting = new Set<string>();
  const sending = new Set<Promise<void>>();
  const flights = createSingleFlight<CacheEntry<unknown> | undefined>();
  let trimming: Promise<void> | undefined;
  let trimmedAt = Number.NEGATIVE_INFINITY;

  const send = async (key: string): Promise<void> => {
    const entry = await local.get(key);
    if (entry === undefined) return;
    const { bytes, data: memory, openRead, meta } = entry;
    const source = { bytes, memory, openRead: () => openRead({ start: 0, end: bytes - 1 }) };
    await bucket.put(FOLDER + key, source, encodeMeta(meta));
  };

  const trim = async (): Promise<void> => {
    const made = new Map<number, number>();
    let total = 0;
    for await (const { bytes, storedAt } of bucket.list(FOLDER)) {
      const step = Math.floor(storedAt / STEP);
      made.set(step, (made.get(step) ?? 0) + bytes);
      total += bytes;
    }
    if (total <= budget) return;
    const steps = [...made].sort(([a], [b]) => a - b);
    let before = 0;
    for (let left = total; left > budget * (1 - SLACK); ) {
      const [step, bytes] = steps.shift()!;
      left -= bytes;
      before = (step + 1) * STEP;
    }
    let removed = 0;
    for await (const { key, storedAt } of bucket.list(FOLDER)) {
      if (storedAt >= before) continue;
      await bucket.delete(key);
      removed++;
    }
    log.info({ removed }, 'derived results evicted from the bucket');
  };

  const trimLater = (): void => {
    if (trimming !== undefined || clock() - trimmedAt < TRIM_EVERY) return;
    trimmedAt = clock();
    trimming = trim()
      .catch((error: Error) => log.warn({ err: error }, 'eviction of derived results from the bucket failed'))
      .finally(() => {
        trimming = undefined;
      });
  };

  const sender = async (): Promise<void> => {
    for (const key of waiting) {
      waiting.delete(key);
      await send(key).catch((error: Error) =>
        log.warn({ err: error, key }, 'a derived result could not be kept in the bucket'),
      );
    }
    trimLater();
  };

  const sendLater = (key: string): void => {
    if (waiting.size >= MOST_WAITING) return;
    waiting.add(key);
    if (sending.size >= SENDERS) return;
    const run = sender().finally(() => sending.delete(run));
    sending.add(run);
  };

  const fetch = async (key: string): Promise<CacheEntry<unknown> | undefined> => {
    try {
      const found = await bucket.openRead(FOLDER + key);
      if (found === undefined) return undefined;
      const { body, bytes, metadata } = found;
      await local.putStream(key, body, bytes, decodeMeta(metadata));
    } catch (error) {
      log.warn({ err: error, key }, 'a derived result cannot be fetched from the bucket and is made again');
      return undefined;
    }
    return local.get(key);
  };

  return {
    async get<M>(key: string) {
      const found = (await local.get(key)) ?? (await flights(key, () => fetch(key)));
      return found as CacheEntry<M> | undefined;
    },
    async put(key, data, meta) {
      await local.put(key, data, meta);
      sendLater(key);
    },
    async putFile(key, file, meta) {
      await local.putFile(key, file, meta);
      sendLater(key);
    },
    putStream: local.putStream,
    async delete(key) {
      waiting.delete(key);
      await local.delete(key);
      await bucket.delete(FOLDER + key);
    },
    usage: local.usage,
    async close() {
      await Promise.all(sending);
      await trimming;
      await local.close();
    },
  };
}
