import type { Cache } from '../blobs/cache.ts';
import type { Log } from '../observe/log.ts';

/** Bytes that may wait for a slow disk; beyond that, answers wait too. */
const MOST_WAITING = 64 * 1024 * 1024;

/**
 * Writes results that somebody waits for while they are being sent: a cache that cannot be written makes nobody's picture
 * fail, since what is lost is only made again.
 */
export function createWriteBehind(cache: Pick<Cache, 'put'>, log: Log) {
  const writes = new Map<string, Promise<void>>();
  let waiting = 0;

  const write = async (key: string, data: Buffer, meta: unknown, before: Promise<void> | undefined): Promise<void> => {
    waiting += data.length;
    try {
      await before;
      await cache.put(key, data, meta);
    } catch (error) {
      log.warn({ err: error, key }, 'a derived result could not be kept');
    } finally {
      waiting -= data.length;
    }
  };

  return {
    /**
     * Keeps a result; of one key the last wins. Waits only while too much waits already.
     *
     * @returns `kept` resolves when the cache has it, or never will; it does not reject
     */
    async put(key: string, data: Buffer, meta: unknown): Promise<{ readonly kept: Promise<void> }> {
      const kept = write(key, data, meta, writes.get(key)).finally(() => {
        if (writes.get(key) === kept) writes.delete(key);
      });
      writes.set(key, kept);
      if (waiting > MOST_WAITING) await kept;
      return { kept };
    },
    /** Waits until everything is written. */
    async close(): Promise<void> {
      await Promise.all(writes.values());
    },
  };
}

export type WriteBehind = ReturnType<typeof createWriteBehind>;
