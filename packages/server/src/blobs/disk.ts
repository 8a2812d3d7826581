import {
  close as closeDescriptor,
  constants,
  createReadStream,
  open as openDescriptor,
  read as readDescriptor,
  renameSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { access, copyFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncPath } from '../sync-path.ts';
import { Thread, wholeMemory } from '../thread.ts';
import { hashFile } from './file-hash.ts';
import { createSpool, spooled, temporaryPath } from './spool.ts';
import {
  assertHash,
  BlobMissing,
  type BlobStore,
  BlobStoreFailure,
  BlobUnreadable,
  type Digests,
  type SpooledFile,
  type StoredBlob,
  sweepEach,
} from './store.ts';
import { Turns } from './turns.ts';

const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const mapped = (hash: string, error: unknown): Error =>
  codeOf(error) === 'ENOENT'
    ? new BlobMissing(hash, { cause: error })
    : new BlobUnreadable(hash, String(codeOf(error) ?? error), { cause: error });

/** What is asked of the thread that changes the blobs of a folder; each path is on the file system of `blobs`. */
export type DiskOrder =
  /** Bytes, all of their `ArrayBuffer`, on their way through a temporary file. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly temporary: string; readonly blobs: string }
  | { readonly kind: 'delete'; readonly path: string; readonly storedBefore: number }
  /** Lets go of the folder. */
  | { readonly kind: 'close'; readonly blobs: string };

export type DiskAnswer = StoredBlob | boolean | undefined;

/**
 * Small files are hashed and stored by a thread, all that are waiting at once: from the event loop each call of the file
 * system is its own trip to another thread. More threads store no more: they wait for the same journal. Blobs are deleted
 * there too, so a deletion is before or behind an upload of the same bytes, never in the middle of it; large files, whose
 * hash is known beforehand, take turns with deletions.
 */
const thread = new Thread<DiskOrder, DiskAnswer>(new URL('./disk-worker.js', import.meta.url), 'blobs');

class DiskStore implements BlobStore {
  readonly #blobs: string;
  readonly #temporary: string;
  readonly #turns = new Turns();
  /** Whether the thread may hold folders of this store. */
  #stored = false;

  constructor(folder: string) {
    this.#blobs = join(folder, 'sha256');
    this.#temporary = join(folder, 'tmp');
  }

  /**
   * Makes the folders and removes what a crash has left in the temporary one.
   *
   * @param leftBefore milliseconds since 1970: younger files may be on their way in another server
   *
   * One level of 256 folders, all made here: with two levels nearly every upload would make a folder of its own and pay
   * two more fsyncs for it, until there are 65,536 of them.
   */
  async open(leftBefore: number): Promise<void> {
    await mkdir(this.#blobs, { recursive: true, mode: 0o750 });
    await mkdir(this.#temporary, { recursive: true, mode: 0o750 });
    for (const name of await readdir(this.#temporary)) {
      const path = join(this.#temporary, name);
      const left = statSync(path, { throwIfNoEntry: false });
      if (left !== undefined && left.mtimeMs < leftBefore) await rm(path, { force: true, recursive: true });
    }
    const there = new Set(await readdir(this.#blobs));
    const missing = SHARDS.filter((shard) => !there.has(shard));
    if (missing.length === 0) return;
    await Promise.all(missing.map((shard) => mkdir(join(this.#blobs, shard), { recursive: true, mode: 0o750 })));
    await syncPath(this.#blobs);
    await syncPath(join(this.#blobs, '..'));
  }

  spool() {
    return createSpool(this.#temporary);
  }

  #path(hash: string): string {
    assertHash(hash);
    return `${this.#blobs}/${hash.slice(0, 2)}/${hash}`;
  }

  async put(source: SpooledFile | Uint8Array | Readable): Promise<StoredBlob> {
    const file = await spooled(source, this.#temporary);
    try {
      if (!file.memory) return await this.#place(await file.path(), await file.digests());
      this.#stored = true;
      const blobs = this.#blobs;
      // Bytes that are somebody else's stay his.
      const bytes = source instanceof Uint8Array ? new Uint8Array(file.memory) : wholeMemory(file.memory);
      const order: DiskOrder = { kind: 'bytes', bytes, temporary: temporaryPath(this.#temporary), blobs };
      return (await thread.ask(order, [bytes.buffer])) as StoredBlob;
    } finally {
      await file.discard();
    }
  }

  /** Gives a file its name among the blobs. */
  async #place(path: string, { sha256: hash, md5, bytes }: Digests): Promise<StoredBlob> {
    const settled = await this.#settle(path);
    try {
      return await this.#turns.take(hash, async () => {
        const to = this.#path(hash);
        const existed = statSync(to, { throwIfNoEntry: false })?.size === bytes;
        // A sweep takes what was stored long ago: from now on, and not when a long upload has written its last byte.
        const now = new Date();
        utimesSync(existed ? to : settled, now, now);
        if (!existed) renameSync(settled, to);
        // Of what was there as well: whoever stored it may have been killed between rename and fsync.
        await syncPath(dirname(to));
        return { hash, md5, bytes, existed };
      });
    } finally {
      if (settled !== path) await rm(settled, { force: true });
    }
  }

  /** Makes the bytes of a file durable, and brings it to this file system when it comes from another. */
  async #settle(path: string): Promise<string> {
    const here = await stat(this.#temporary);
    let settled = path;
    if ((await stat(path)).dev !== here.dev) {
      settled = temporaryPath(this.#temporary);
      await copyFile(path, settled);
    }
    const file = await open(settled, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    return settled;
  }

  async stat(hash: string) {
    try {
      // A look into the kernel's cache of names; a trip through the thread pool takes ten times as long.
      const found = statSync(this.#path(hash), { throwIfNoEntry: false });
      return found && { bytes: found.size, storedAt: found.mtimeMs };
    } catch (error) {
      throw error instanceof TypeError ? error : mapped(hash, error);
    }
  }

  async openRead(hash: string, range: { start?: number; end?: number } = {}): Promise<Readable> {
    const path = this.#path(hash);
    const descriptor = await new Promise<number>((resolve, reject) =>
      openDescriptor(path, 'r', (error, opened) => (error ? reject(mapped(hash, error)) : resolve(opened))),
    );
    const read: typeof readDescriptor = ((...args: unknown[]) => {
      const done = args.pop() as (error: Error | null, bytes: number, buffer: Buffer) => void;
      (readDescriptor as (...all: unknown[]) => void)(...args, (error: Error | null, bytes: number, buffer: Buffer) =>
        done(error ? mapped(hash, error) : null, bytes, buffer),
      );
    }) as typeof readDescriptor;
    return createReadStream(path, {
      ...range,
      fd: descriptor,
      highWaterMark: 256 * 1024,
      fs: { open: openDescriptor, read, close: closeDescriptor },
    });
  }

  async read(hash: string): Promise<Buffer> {
    const path = this.#path(hash);
    return readFile(path).catch((error) => {
      throw mapped(hash, error);
    });
  }

  async local(hash: string) {
    if ((await this.stat(hash)) === undefined) throw new BlobMissing(hash);
    return { path: this.#path(hash), release: async () => {} };
  }

  delete(hash: string, { storedBefore = Number.POSITIVE_INFINITY } = {}): Promise<boolean> {
    const path = this.#path(hash);
    return this.#turns.take(hash, () => thread.ask({ kind: 'delete', path, storedBefore }) as Promise<boolean>);
  }

  async *list(): AsyncIterable<string> {
    for (const shard of SHARDS) yield* await readdir(join(this.#blobs, shard));
  }

  async *#listed() {
    for await (const hash of this.list()) {
      const known = await this.stat(hash);
      if (known !== undefined) yield { hash, ...known };
    }
  }

  sweep(options: Parameters<BlobStore['sweep']>[0]) {
    const { storedBefore } = options;
    const remove = options.remove ?? ((hash: string) => this.delete(hash, { storedBefore }));
    return sweepEach(this.#listed(), { ...options, remove });
  }

  async verify(hash: string): Promise<boolean> {
    const known = await this.stat(hash);
    if (known === undefined) throw new BlobMissing(hash);
    try {
      return (await hashFile(this.#path(hash)).finish(known.bytes)).sha256 === hash;
    } catch (error) {
      throw mapped(hash, error);
    }
  }

  async check(): Promise<void> {
    await access(this.#temporary, constants.W_OK).catch((error) => {
      throw new BlobStoreFailure(`Expected a folder ${this.#temporary} to write to but received ${codeOf(error)}`, {
        cause: error,
      });
    });
  }

  async close(): Promise<void> {
    if (this.#stored) await thread.ask({ kind: 'close', blobs: this.#blobs });
  }
}

/** The blobs of a folder for reading: nothing is made or removed, so a server may be at work there. */
export const readDiskStore = (folder: string): BlobStore => new DiskStore(folder);

/** Milliseconds after which nobody writes to a temporary file any more. */
const ABANDONED = 24 * 3_600_000;

export interface DiskStoreOptions {
  /** Other servers mount the same folder. Default false. */
  readonly shared?: boolean;
}

/**
 * Blobs as files `<folder>/sha256/<first two digits>/<hash>`. Storing is: temporary file → fsync → rename → fsync of the
 * folder. Temporary files lie in `<folder>/tmp`; those of a former process are removed here, in a shared folder once they
 * are a day old.
 */
export async function openDiskStore(folder: string, { shared = false }: DiskStoreOptions = {}): Promise<BlobStore> {
  const store = new DiskStore(folder);
  await store.open(shared ? Date.now() - ABANDONED : Number.POSITIVE_INFINITY);
  return store;
}
