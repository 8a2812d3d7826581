import { hash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type FileHash, hashFile } from './file-hash.ts';
import type { ByteRange, Digests, Spool, SpooledFile } from './store.ts';

/** Up to here bytes stay in memory: one write and one fsync store them, and nothing is left behind by an abort. */
export const MEMORY_BYTES = 1024 * 1024;
/** Bytes that may wait for the disk before the writer is asked to wait. */
const BACKLOG_BYTES = 2 * 1024 * 1024;
/** Every so many bytes the disk is asked to write in the background, so that the last fsync has little left to do. */
const FLUSH_BYTES = 32 * 1024 * 1024;

export const digestsOf = (bytes: Uint8Array): Digests => ({
  bytes: bytes.byteLength,
  sha256: hash('sha256', bytes, 'hex'),
  md5: hash('md5', bytes, 'hex'),
});

export const temporaryPath = (folder: string): string => join(folder, randomBytes(16).toString('hex'));

/** Writes all of `pieces` at `position`; a single `writev` may write less than it was given. */
export async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<number> {
  const total = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  let { bytesWritten } = await file.writev(pieces, position);
  if (bytesWritten === total) return total;
  const rest = Buffer.concat(pieces);
  while (bytesWritten < total)
    bytesWritten += (await file.write(rest, bytesWritten, total - bytesWritten, position + bytesWritten)).bytesWritten;
  return total;
}

/** Bytes that lie in a temporary file; `discard` may have to remove more than the file. */
export function fileOnDisk(path: string, digests: Digests, discard: () => Promise<void>): SpooledFile {
  return {
    ...digests,
    memory: undefined,
    async head(length) {
      const file = await open(path, 'r');
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(length, digests.bytes)), 0, undefined, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    path: async () => path,
    openRead: (range: ByteRange = {}) => createReadStream(path, { ...range, highWaterMark: 256 * 1024 }),
    discard,
  };
}

/** Bytes in memory as a spooled file; `folder` is where {@link SpooledFile.path} writes them. */
export function fileInMemory(memory: Buffer, folder: string): SpooledFile {
  let written: Promise<string> | undefined;
  return {
    ...digestsOf(memory),
    memory,
    head: async (length) => memory.subarray(0, length),
    path() {
      written ??= (async () => {
        const path = temporaryPath(folder);
        await writeFile(path, memory, { flag: 'wx', mode: 0o640 });
        return path;
      })();
      return written;
    },
    openRead: ({ start = 0, end = memory.length - 1 }: ByteRange = {}) => {
      const piece = memory.subarray(start, end + 1);
      return piece.length === 0 ? Readable.from([]) : Readable.from([piece], { objectMode: false });
    },
    async discard() {
      const path = await written?.catch(() => undefined);
      written = undefined;
      if (path !== undefined) await rm(path, { force: true });
    },
  };
}

class GrowingFile implements Spool {
  bytes = 0;
  readonly #folder: string;
  readonly #memoryBytes: number;
  #path: string | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #position = 0;
  #hash: FileHash | undefined;
  #file: FileHandle | undefined;
  #writing: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #unflushed = 0;
  #failure: unknown;
  #over = false;

  constructor(folder: string, memoryBytes: number) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#over) return undefined;
    this.bytes += chunk.byteLength;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (this.#path === undefined && this.bytes <= this.#memoryBytes) return undefined;
    if (this.#writing === undefined) {
      this.#writing = this.#drain();
      // Reported by the next write or by end(), also when nobody waits for this one.
      this.#writing.catch(() => undefined);
    }
    return this.#waitingBytes > BACKLOG_BYTES ? this.#writing : undefined;
  }

  /** Writes until nothing waits. One at a time: whatever comes meanwhile goes out with the next `writev`. */
  async #drain(): Promise<void> {
    try {
      if (this.#path === undefined) {
        const path = temporaryPath(this.#folder);
        this.#path = path;
        this.#file = await open(path, 'wx', 0o640);
        this.#hash = hashFile(path);
      }
      while (this.#waiting.length > 0 && !this.#over) {
        const pieces = this.#waiting;
        this.#waiting = [];
        this.#waitingBytes = 0;
        const written = await writeAll(this.#file!, pieces, this.#position);
        this.#position += written;
        this.#hash!.advance(this.#position);
        this.#flush(written);
      }
    } catch (error) {
      this.#failure = error;
      this.#waiting = [];
      this.#waitingBytes = 0;
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Asks the disk for a head start, so that the fsync of the store has little left to do. */
  #flush(written: number): void {
    this.#unflushed += written;
    if (this.#unflushed < FLUSH_BYTES || this.#flushing) return;
    this.#unflushed = 0;
    // What goes wrong here is reported by the fsync of the store.
    this.#flushing = this.#file!.datasync()
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async end(): Promise<SpooledFile> {
    if (this.#path === undefined && this.#failure === undefined) {
      this.#over = true;
      const memory = this.#waiting.length === 1 ? Buffer.from(this.#waiting[0]!) : Buffer.concat(this.#waiting);
      this.#waiting = [];
      return fileInMemory(memory, this.#folder);
    }
    try {
      await this.#writing;
      if (this.#failure !== undefined) throw this.#failure;
      const digests = await this.#hash!.finish(this.#position);
      await this.#flushing;
      await this.#file!.close();
      this.#file = undefined;
      this.#over = true;
      const path = this.#path!;
      return fileOnDisk(path, digests, () => rm(path, { force: true }));
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = [];
    await this.#writing?.catch(() => undefined);
    await this.#flushing;
    this.#hash?.close();
    await this.#file?.close().catch(() => undefined);
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }
}

/**
 * @param folder for temporary files, on the file system of the store
 * @param memoryBytes up to which size a file stays in memory
 */
export const createSpool = (folder: string, memoryBytes = MEMORY_BYTES): Spool => new GrowingFile(folder, memoryBytes);
