import {
  close as closeDescriptor,
  constants,
  createReadStream,
  fsync,
  open as openDescriptor,
  read as readDescriptor,
  renameSync,
  statSync,
} from 'node:fs';
import { access, copyFile, mkdir, open, readdir, readFile, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { hashFile } from './file-hash.ts';
import { createSpool, spooled, temporaryPath } from './spool.ts';
import {
  assertHash,
  BlobMissing,
  type BlobStore,
  BlobStoreFailure,
  BlobUnreadable,
  type SpooledFile,
  type StoredBlob,
  sweepEach,
} from './store.ts';
import { Thread, wholeMemory } from './thread.ts';
import { Turns } from './turns.ts';

const SHARDS = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

const mapped = (hash: string, error: unknown): Error =>
  codeOf(error) === 'ENOENT'
    ? new BlobMissing(hash, { cause: error })
    : new BlobUnreadable(hash, String(codeOf(error) ?? error), { cause: error });

const syncDescriptor = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => fsync(descriptor, (error) => (error ? reject(error) : resolve())));

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/** One file for the thread that stores; `bytes` are all of their `ArrayBuffer`, which goes over to it. */
export interface StoreOrder {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Path on the file system of `folder`. */
  readonly temporary: string;
  readonly folder: string;
  readonly name: string;
}

/**
 * Small files are brought to the disk by a thread, all that are waiting at once: from the event loop each call of the file
 * system is its own trip to another thread. More threads store no more: they wait for the same journal.
 */
const storing = new Thread<StoreOrder, undefined>(new URL('./store-worker.js', import.meta.url), 'small files');

/**
 * Writes a file and makes it and its name durable: temporary file → fsync → rename → fsync of the folder.
 *
 * @param bytes used up, when they are all of their memory
 * @throws what the file system says, with its `code`; nothing is left behind then
 */
export function storeBytes(bytes: Uint8Array, place: Omit<StoreOrder, 'bytes'>): Promise<void> {
  const given = wholeMemory(bytes);
  return storing.ask({ bytes: given, ...place }, [given.buffer]);
}

/** Descriptors of the folders that blobs are renamed into, opened once: each store ends with an fsync of one of them. */
class FolderSync {
  readonly #descriptors = new Map<string, Promise<number>>();

  async sync(path: string): Promise<void> {
    let opened = this.#descriptors.get(path);
    if (opened === undefined) {
      opened = new Promise((resolve, reject) =>
        openDescriptor(path, 'r', (error, descriptor) => (error ? reject(error) : resolve(descriptor))),
      );
      this.#descriptors.set(path, opened);
      opened.catch(() => this.#descriptors.delete(path));
    }
    const descriptor = await opened;
    await syncDescriptor(descriptor);
  }

  async close(): Promise<void> {
    const descriptors = await Promise.allSettled(this.#descriptors.values());
    this.#descriptors.clear();
    for (const result of descriptors)
      if (result.status === 'fulfilled') await new Promise((resolve) => closeDescriptor(result.value, resolve));
  }
}

class DiskStore implements BlobStore {
  readonly #blobs: string;
  readonly #temporary: string;
  readonly #folders = new FolderSync();
  readonly #turns = new Turns();

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
    await syncFolder(this.#blobs);
    await syncFolder(join(this.#blobs, '..'));
  }

  spool() {
    return createSpool(this.#temporary);
  }

  #folder(hash: string): string {
    return join(this.#blobs, hash.slice(0, 2));
  }

  path(hash: string): string {
    assertHash(hash);
    return `${this.#blobs}/${hash.slice(0, 2)}/${hash}`;
  }

  async put(source: SpooledFile | Uint8Array | Readable): Promise<StoredBlob> {
    const file = await spooled(source, this.#temporary);
    try {
      // Bytes that are somebody else's stay his.
      const mayTake = !(source instanceof Uint8Array);
      return await this.#turns.take(file.sha256, () => this.#store(file, mayTake));
    } finally {
      await file.discard();
    }
  }

  async #store(file: SpooledFile, mayTake: boolean): Promise<StoredBlob> {
    const { sha256: hash, bytes } = file;
    const path = this.path(hash);
    const known = await this.stat(hash);
    // A blob of another size is what a power cut or a bad disk has left: it is written again.
    if (known?.bytes === bytes) {
      const now = new Date();
      await utimes(path, now, now);
      // Whoever stored it may have been killed between rename and fsync.
      await this.#folders.sync(this.#folder(hash));
      return { hash, bytes, existed: true };
    }
    const folder = this.#folder(hash);
    if (file.memory) {
      const bytes = mayTake ? file.memory : new Uint8Array(file.memory);
      await storeBytes(bytes, { temporary: temporaryPath(this.#temporary), folder, name: hash });
    } else {
      renameSync(await this.#settle(await file.path()), path);
      await this.#folders.sync(folder);
    }
    return { hash, bytes, existed: false };
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
      const found = statSync(this.path(hash), { throwIfNoEntry: false });
      return found && { bytes: found.size, storedAt: found.mtimeMs };
    } catch (error) {
      throw error instanceof TypeError ? error : mapped(hash, error);
    }
  }

  async openRead(hash: string, range: { start?: number; end?: number } = {}): Promise<Readable> {
    const path = this.path(hash);
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
    const path = this.path(hash);
    return readFile(path).catch((error) => {
      throw mapped(hash, error);
    });
  }

  async local(hash: string) {
    if ((await this.stat(hash)) === undefined) throw new BlobMissing(hash);
    return { path: this.path(hash), release: async () => {} };
  }

  delete(hash: string, { storedBefore = Number.POSITIVE_INFINITY } = {}): Promise<boolean> {
    const path = this.path(hash);
    return this.#turns.take(hash, async () => {
      const known = await this.stat(hash);
      if (known === undefined || known.storedAt >= storedBefore) return false;
      await unlink(path);
      return true;
    });
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
      return (await hashFile(this.path(hash)).finish(known.bytes)).sha256 === hash;
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

  close(): Promise<void> {
    return this.#folders.close();
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
