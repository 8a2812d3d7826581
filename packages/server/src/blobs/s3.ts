import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import QuickLRU from 'quick-lru';
import { createSingleFlight } from '../single-flight.ts';
import type { Bucket, Source } from './bucket.ts';
import { type LocalFiles, openLocalFiles, type Pinned } from './local-files.ts';
import { createSpool, spooled, temporaryPath } from './spool.ts';
import {
  assertHash,
  BlobMissing,
  type BlobStat,
  type BlobStore,
  type ByteRange,
  type Digests,
  isHash,
  type SpooledFile,
  type StoredBlob,
  sweepEach,
} from './store.ts';
import { Turns } from './turns.ts';

const FOLDER = 'sha256/';
/**
 * A blob that is stored again is renewed in the bucket once it is so old, in milliseconds: well before a sweep (of this
 * server or another, with a clock of its own) may take it for forgotten, and not at every upload.
 */
const RENEW = 20 * 60_000;
/** Milliseconds an upload in parts may take before a sweep ends it; counted from where the sweep's own limit is. */
const PATIENCE = 24 * 3_600_000;
const MOST_KNOWN = 20_000;

const keyOf = (hash: string): string => {
  assertHash(hash);
  return FOLDER + hash;
};

class S3Store implements BlobStore {
  readonly #bucket: Bucket;
  readonly #temporary: string;
  readonly #files: LocalFiles;
  readonly #turns = new Turns();
  readonly #flights = createSingleFlight<void>();
  /** What the bucket has said of blobs: a hash names its bytes for ever, so only a deletion makes this untrue. */
  readonly #known = new QuickLRU<string, BlobStat>({ maxSize: MOST_KNOWN });

  readonly #clock: () => number;

  constructor(bucket: Bucket, temporary: string, files: LocalFiles, clock: () => number) {
    this.#bucket = bucket;
    this.#temporary = temporary;
    this.#files = files;
    this.#clock = clock;
  }

  spool() {
    return createSpool(this.#temporary);
  }

  async put(source: SpooledFile | Uint8Array | Readable): Promise<StoredBlob> {
    const file = await spooled(source, this.#temporary);
    try {
      const digests = await file.digests();
      return await this.#turns.take(digests.sha256, () => this.#store(file, digests));
    } finally {
      await file.discard();
    }
  }

  async #store(file: SpooledFile, { sha256: hash, md5, bytes }: Digests): Promise<StoredBlob> {
    const existed = await this.#storeObject(hash, { sha256: hash, md5, ...file });
    this.#known.set(hash, { bytes, storedAt: this.#clock() });
    if (!existed) await this.#keep(hash, file);
    return { hash, md5, bytes, existed };
  }

  /** @returns whether it was there before */
  async #storeObject(hash: string, source: Source): Promise<boolean> {
    const key = keyOf(hash);
    // Most uploads are new: one call stores them.
    if (!this.#known.has(hash) && (await this.#bucket.putNew(key, source))) return false;
    const known = await this.#bucket.head(key);
    const existed = known?.bytes === source.bytes;
    if (existed && known.storedAt > this.#clock() - RENEW) return true;
    if (!existed || !(await this.#bucket.renew(key, known))) await this.#bucket.put(key, source);
    return existed;
  }

  /** What has just come in is likely to be rendered next. */
  async #keep(hash: string, file: SpooledFile): Promise<void> {
    const path = temporaryPath(this.#temporary);
    try {
      if (file.memory) await writeFile(path, file.memory, { flag: 'wx', mode: 0o640 });
      else await rename(await file.path(), path);
      await this.#files.adopt(hash, file.bytes, path);
      await this.#files.keepBudget();
    } catch {
      // It is stored, and a copy can be fetched.
      await rm(path, { force: true });
    }
  }

  async stat(hash: string, { anew = false } = {}): Promise<BlobStat | undefined> {
    const key = keyOf(hash);
    if (anew) this.#known.delete(hash);
    if (anew) return this.#bucket.head(key);
    const copy = this.#files.facts(hash);
    const known =
      this.#known.get(hash) ?? (copy ? { bytes: copy.bytes, storedAt: copy.keptAt } : await this.#bucket.head(key));
    if (known !== undefined) this.#known.set(hash, known);
    return known;
  }

  async openRead(hash: string, range: ByteRange = {}): Promise<Readable> {
    const key = keyOf(hash);
    const copy = this.#files.pin(hash);
    if (copy !== undefined) return readCopy(copy, range);
    const found = await this.#bucket.openRead(key, range);
    if (found === undefined) throw this.#missing(hash);
    return found.body;
  }

  async read(hash: string): Promise<Buffer> {
    const copy = this.#files.pin(hash);
    if (copy === undefined) return buffer(await this.openRead(hash));
    try {
      return await readFile(copy.path);
    } finally {
      await copy.release();
    }
  }

  async local(hash: string): Promise<Pinned> {
    const key = keyOf(hash);
    for (;;) {
      const copy = this.#files.pin(hash);
      if (copy !== undefined) return copy;
      await this.#flights(hash, () => this.#fetch(hash, key));
    }
  }

  async #fetch(hash: string, key: string): Promise<void> {
    const path = temporaryPath(this.#temporary);
    try {
      const found = await this.#bucket.download(key, path);
      if (found === undefined) throw this.#missing(hash);
      await this.#files.adopt(hash, found.bytes, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  #missing(hash: string): BlobMissing {
    this.#known.delete(hash);
    return new BlobMissing(hash);
  }

  delete(hash: string, { storedBefore = Number.POSITIVE_INFINITY } = {}): Promise<boolean> {
    const key = keyOf(hash);
    return this.#turns.take(hash, async () => {
      const known = await this.#bucket.head(key);
      if (known === undefined || known.storedAt >= storedBefore) return false;
      this.#known.delete(hash);
      await this.#bucket.delete(key);
      await this.#files.remove(hash);
      return true;
    });
  }

  async *#listed() {
    for await (const { key, ...stat } of this.#bucket.list(FOLDER)) {
      const hash = key.slice(FOLDER.length);
      if (isHash(hash)) yield { hash, ...stat };
    }
  }

  async *list(): AsyncIterable<string> {
    for await (const { hash } of this.#listed()) yield hash;
  }

  async sweep(options: Parameters<BlobStore['sweep']>[0]) {
    const { storedBefore } = options;
    const remove = options.remove ?? ((hash: string) => this.delete(hash, { storedBefore }));
    const swept = await sweepEach(this.#listed(), { ...options, remove });
    await this.#bucket.abortUnfinished(storedBefore - PATIENCE);
    return swept;
  }

  async verify(hash: string): Promise<boolean> {
    const found = await this.#bucket.openRead(keyOf(hash));
    if (found === undefined) throw this.#missing(hash);
    const digest = createHash('sha256');
    for await (const chunk of found.body) digest.update(chunk as Buffer);
    return digest.digest('hex') === hash;
  }

  check(): Promise<void> {
    return this.#bucket.check();
  }

  async close(): Promise<void> {}
}

/** A stream of a copy. The file is open before it is released, so that an eviction takes its name only. */
async function readCopy(copy: Pinned, range: ByteRange): Promise<Readable> {
  try {
    const file = await open(copy.path);
    return file.createReadStream({ ...range, highWaterMark: 256 * 1024 });
  } finally {
    await copy.release();
  }
}

export interface S3StoreOptions {
  readonly bucket: Bucket;
  /** For spooling, and for local copies in the use of renderers; belongs to one server. */
  readonly folder: string;
  /** Bytes of local copies. */
  readonly budget: number;
  readonly clock?: () => number;
}

/**
 * Blobs as objects `sha256/<hash>` of a bucket, which several servers may share. Storing is: put if there is none, with the
 * SHA-256 for the bucket to compare; otherwise ask how old it is → renew. Deleting is: ask how old it is → delete. Within a
 * server both take turns. Between servers a renewed blob looks young to another one's sweep; the moment between its
 * question and its deletion, for which S3 has no condition, is what the catalog is asked for (jobs/swept.ts).
 */
export async function openS3Store({ bucket, folder, budget, clock = Date.now }: S3StoreOptions): Promise<BlobStore> {
  const temporary = join(folder, 'tmp');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o750 });
  return new S3Store(bucket, temporary, await openLocalFiles(join(folder, 'copies'), budget), clock);
}
