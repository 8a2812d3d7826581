import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { randomHex } from '../random-hex.ts';
import { type FileHash, hashBytes, hashFile } from './file-hash.ts';
import type { ByteRange, Digests, Spool, SpooledFile } from './store.ts';
import { WriteQueue } from './write-queue.ts';

/** Up to here bytes stay in memory: one write and one fsync store them, and nothing is left behind by an abort. */
export const MEMORY_BYTES = 1024 * 1024;
/** From here on digests are made on another thread; the way there and back costs less than they do. */
const HASH_ELSEWHERE = 32 * 1024;
/** Every so many bytes the disk is asked to write in the background, so that the last fsync has little left to do. */
const FLUSH_BYTES = 32 * 1024 * 1024;

const digestsOf = (bytes: Uint8Array): Digests => ({
  bytes: bytes.byteLength,
  sha256: hash('sha256', bytes, 'hex'),
  md5: hash('md5', bytes, 'hex'),
});

export const temporaryPath = (folder: string): string => join(folder, randomHex());

/** Bytes that lie in a temporary file; `discard` may have to remove more than the file. */
export function fileOnDisk(path: string, digests: Digests, discard: () => Promise<void>): SpooledFile {
  return {
    bytes: digests.bytes,
    digests: async () => digests,
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
function fileInMemory(memory: Buffer, folder: string): SpooledFile {
  let written: Promise<string> | undefined;
  let digests: Promise<Digests> | undefined;
  const bytes = memory.length;
  return {
    bytes,
    async digests() {
      if (memory.length !== bytes) throw new Error('Expected bytes to make digests of but a store has taken them');
      digests ??= memory.length < HASH_ELSEWHERE ? Promise.resolve(digestsOf(memory)) : hashBytes(memory);
      return digests;
    },
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
  readonly #queue: WriteQueue;
  /** Until the file outgrows memory. */
  #memory: Uint8Array[] | undefined = [];
  #position = 0;
  #path: string | undefined;
  #hash: FileHash | undefined;
  #flushing: Promise<void> | undefined;
  #unflushed = 0;
  #over = false;

  constructor(folder: string, memoryBytes: number) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
    this.#queue = new WriteQueue(
      () => this.#open(),
      (bytes, file) => this.#written(bytes, file),
    );
  }

  async #open(): Promise<FileHandle> {
    const path = temporaryPath(this.#folder);
    const file = await open(path, 'wx', 0o640);
    this.#path = path;
    this.#hash = hashFile(path);
    return file;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#over) return undefined;
    const at = this.bytes;
    this.bytes += chunk.byteLength;
    if (this.#memory === undefined) return this.#queue.add(chunk, at);
    this.#memory.push(chunk);
    if (this.bytes <= this.#memoryBytes) return undefined;
    let wait: Promise<void> | undefined;
    let position = 0;
    for (const piece of this.#memory) {
      wait = this.#queue.add(piece, position);
      position += piece.byteLength;
    }
    this.#memory = undefined;
    return wait;
  }

  /** Tells the hash, and now and then asks the disk for a head start, so that the fsync of the store has little to do. */
  #written(bytes: number, file: FileHandle): void {
    this.#position += bytes;
    this.#hash!.advance(this.#position);
    this.#unflushed += bytes;
    if (this.#unflushed < FLUSH_BYTES || this.#flushing) return;
    this.#unflushed = 0;
    // What goes wrong here is reported by the fsync of the store.
    this.#flushing = file
      .datasync()
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  async end(): Promise<SpooledFile> {
    if (this.#memory !== undefined) {
      this.#over = true;
      const bytes = Buffer.concat(this.#memory);
      this.#memory = undefined;
      return fileInMemory(bytes, this.#folder);
    }
    try {
      await this.#queue.idle();
      const digests = await this.#hash!.finish(this.#position);
      await this.#flushing;
      await this.#queue.file!.close();
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
    this.#memory = undefined;
    await this.#queue.stop();
    await this.#flushing;
    this.#hash?.close();
    await this.#queue.file?.close().catch(() => undefined);
    if (this.#path !== undefined) await rm(this.#path, { force: true });
  }
}

/**
 * @param folder for temporary files, on the file system of the store
 * @param memoryBytes up to which size a file stays in memory
 */
export const createSpool = (folder: string, memoryBytes = MEMORY_BYTES): Spool => new GrowingFile(folder, memoryBytes);

/** Whatever a store is given, as a spooled file. @throws what a stream fails with; nothing is left behind then */
export async function spooled(source: SpooledFile | Uint8Array | Readable, folder: string): Promise<SpooledFile> {
  if (source instanceof Uint8Array)
    return fileInMemory(Buffer.from(source.buffer, source.byteOffset, source.byteLength), folder);
  if (!(source instanceof Readable)) return source;
  const spool = createSpool(folder);
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      const wait = spool.write(chunk);
      if (wait) await wait;
    }
  } catch (error) {
    await spool.abort();
    throw error;
  }
  return spool.end();
}
