import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Log } from '../observe/log.ts';
import { createHot } from './hot.ts';

/**
 * Derived results on disk, each under the key that holds its content: nothing in here can be stale, everything can be
 * made again. A file ends with a trailer of fixed length that holds its meta data, so one file is one whole entry, whoever
 * reads the bytes from the path finds them at its beginning, and a half-written one (it lies under another name until it
 * is renamed) is never seen. The budget is kept by deleting the files used longest ago; "used" is the modification time,
 * renewed at most once an hour.
 */
const TRAILER = 512;
const HOT_ENTRY = 256 * 1024;
/** Bytes read at a time. */
const COPY = 1024 * 1024;
const RENEW = 3_600_000;
/** An eviction goes below the budget by this part, so that it does not run at every write. */
const SLACK = 0.1;

export interface CacheEntry<M> {
  readonly meta: M;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  /** Small ones come whole. */
  readonly data: Buffer | undefined;
  /** The file, with the trailer after the bytes; an eviction may delete it. */
  readonly path: string;
  openRead(range: { readonly start: number; readonly end: number }): Readable;
}

interface Trailer {
  readonly bytes: number;
  readonly meta: unknown;
}

export interface CacheOptions {
  readonly folder: string;
  /** Bytes on disk. */
  readonly budget: number;
  /** Bytes in memory. */
  readonly hotBytes: number;
  /** Entries up to so many bytes come whole. Default 256 kB. */
  readonly hotEntry?: number;
  readonly log: Log;
  readonly clock?: () => number;
}

export function createCache({ folder, budget, hotBytes, hotEntry = HOT_ENTRY, log, clock = Date.now }: CacheOptions) {
  const hot = createHot<CacheEntry<unknown>>(hotBytes, ({ bytes }) => bytes + 1024);
  const run = randomBytes(6).toString('hex');
  let writes = 0;
  let total = 0;
  let scanned = false;
  let evicting: Promise<void> | undefined;

  const pathOf = (key: string): string => {
    if (!/^[0-9a-f]{64}$/.test(key))
      throw new TypeError(`Expected 64 lower-case hexadecimal digits but received ${key}`);
    return join(folder, key.slice(0, 2), key);
  };

  async function* files(): AsyncGenerator<{ path: string; bytes: number; usedAt: number }> {
    for (const shard of await readdir(folder).catch(() => [])) {
      for (const name of await readdir(join(folder, shard)).catch(() => [])) {
        const path = join(folder, shard, name);
        const facts = await stat(path).catch(() => undefined);
        if (facts === undefined) continue;
        // Left behind by a process that was killed while writing.
        if (name.includes('.') && clock() - facts.mtimeMs > RENEW) await rm(path, { force: true });
        else yield { path, bytes: facts.size, usedAt: facts.mtimeMs };
      }
    }
  }

  const scan = async (): Promise<void> => {
    let sum = 0;
    for await (const { bytes } of files()) sum += bytes;
    total = sum;
    scanned = true;
  };

  const evict = async (): Promise<void> => {
    if (!scanned) await scan();
    if (total <= budget) return;
    const all: { path: string; bytes: number; usedAt: number }[] = [];
    for await (const file of files()) all.push(file);
    all.sort((a, b) => a.usedAt - b.usedAt);
    total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    let removed = 0;
    for (const { path, bytes } of all) {
      if (total <= budget * (1 - SLACK)) break;
      await rm(path, { force: true });
      total -= bytes;
      removed++;
    }
    log.info({ removed, bytes: total }, 'derived results evicted');
  };

  const evictLater = (): void => {
    if (scanned && total <= budget) return;
    evicting ??= evict()
      .catch((error: Error) => log.warn({ err: error }, 'eviction of derived results failed'))
      .finally(() => {
        evicting = undefined;
      });
  };

  const entryOf = (
    path: string,
    meta: unknown,
    bytes: number,
    storedAt: number,
    data: Buffer | undefined,
  ): CacheEntry<unknown> => ({
    meta,
    bytes,
    storedAt,
    data,
    path,
    openRead: (range) => createReadStream(path, { ...range, highWaterMark: 256 * 1024 }),
  });

  const load = async (handle: FileHandle, path: string): Promise<CacheEntry<unknown>> => {
    const { size, mtimeMs } = await handle.stat();
    const length = size - TRAILER;
    const small = length <= hotEntry;
    const buffer = Buffer.allocUnsafe(small ? size : TRAILER);
    await handle.read(buffer, 0, buffer.length, size - buffer.length);
    const { meta, bytes } = JSON.parse(buffer.toString('utf8', buffer.length - TRAILER).trimEnd()) as Trailer;
    // Nothing here is synced: after a power cut a file may be shorter than what was written to it.
    if (bytes !== length) throw new Error(`Expected ${bytes} bytes but the file has ${length}`);
    if (clock() - mtimeMs > RENEW) {
      const now = clock() / 1000;
      await utimes(path, now, now).catch(() => {});
    }
    return entryOf(path, meta, length, mtimeMs, small ? buffer.subarray(0, length) : undefined);
  };

  const create = (path: string): Promise<FileHandle> =>
    open(path, 'wx').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true });
      return open(path, 'wx');
    });

  const trailerOf = (bytes: number, meta: unknown): Buffer => {
    const trailer = Buffer.alloc(TRAILER, ' ');
    if (trailer.write(JSON.stringify({ bytes, meta } satisfies Trailer)) >= TRAILER)
      throw new RangeError('Expected meta data below 512 bytes');
    return trailer;
  };

  /** Writes beside the entry, which takes its place in one step. */
  const replace = async (key: string, write: (handle: FileHandle) => Promise<unknown>): Promise<string> => {
    const path = pathOf(key);
    const temporary = `${path}.${run}${writes++}`;
    const handle = await create(temporary);
    try {
      await write(handle);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    return path;
  };

  /** The same as `put` for a result that comes as a stream of `size` bytes. */
  const putStream = async (key: string, stream: Readable, size: number, meta: unknown): Promise<void> => {
    const trailer = trailerOf(size, meta);
    await replace(key, async (handle) => {
      for await (const chunk of stream) await handle.writeFile(chunk as Buffer);
      await handle.writeFile(trailer);
    });
    hot.delete(key);
    total += size + TRAILER;
    evictLater();
  };

  return {
    /** @returns `undefined` when it is not there (any more) */
    async get<M>(key: string): Promise<CacheEntry<M> | undefined> {
      const known = hot.get(key);
      if (known !== undefined) return known as CacheEntry<M>;
      const path = pathOf(key);
      // Most misses are of what was never made: asking the kernel costs a tenth of an attempt in the thread pool.
      const handle = existsSync(path) ? await open(path, 'r').catch(() => undefined) : undefined;
      if (handle === undefined) return undefined;
      try {
        const entry = await load(handle, path);
        if (entry.data !== undefined) hot.set(key, entry);
        return entry as CacheEntry<M>;
      } catch (error) {
        log.warn({ err: error, key }, 'a derived result cannot be read and is made again');
        await rm(path, { force: true });
        return undefined;
      } finally {
        await handle.close();
      }
    },

    /** Keeps a result; an older one of the same key is replaced in one step. */
    async put(key: string, data: Buffer, meta: unknown): Promise<void> {
      const trailer = trailerOf(data.length, meta);
      const path = await replace(key, (handle) => handle.writev([data, trailer]));
      total += data.length + TRAILER;
      if (data.length <= hotEntry) hot.set(key, entryOf(path, meta, data.length, clock(), data));
      evictLater();
    },

    /** The same for a result in a file, which is copied and stays where it is. */
    async putFile(key: string, file: string, meta: unknown): Promise<void> {
      const { size } = await stat(file);
      await putStream(key, createReadStream(file, { highWaterMark: COPY }), size, meta);
    },

    putStream,

    async delete(key: string): Promise<void> {
      hot.delete(key);
      await rm(pathOf(key), { force: true });
    },

    /** Bytes on disk (known once the folder has been scanned) and in memory. */
    usage: () => ({ disk: total, hot: hot.bytes, scanned }),

    /** Waits for a running eviction. */
    async close(): Promise<void> {
      await evicting;
    },
  };
}

export type Cache = ReturnType<typeof createCache>;
