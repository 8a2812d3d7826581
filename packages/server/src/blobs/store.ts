import type { Readable } from 'node:stream';

/** What one pass over the bytes tells. Digests are lower-case hexadecimal. */
export interface Digests {
  readonly bytes: number;
  /** The address of the bytes in a blob store. */
  readonly sha256: string;
  /** The `etag` of the upload answer. */
  readonly md5: string;
}

/** Bytes from `start` to `end`, both counted from 0 and both inclusive, as in an HTTP range. */
export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}

/**
 * Bytes that have arrived and are kept nowhere yet: in memory while small, in a temporary file of the store's own file
 * system otherwise. Whoever holds one either gives it to {@link BlobStore.put} or calls {@link SpooledFile.discard}.
 */
export interface SpooledFile {
  readonly bytes: number;
  /** Made when first asked for. Not to be asked for once `put` has the file: it answers them. */
  digests(): Promise<Digests>;
  /** All the bytes, when they are few enough to have stayed in memory. Gone when `put` has taken them. */
  readonly memory: Buffer | undefined;
  /** The first bytes, for sniffing: at most `length`, fewer when the file is shorter. */
  head(length: number): Promise<Buffer>;
  /** A local file with the bytes, for tools that need one; written on the first call when the bytes are in memory. */
  path(): Promise<string>;
  openRead(range?: ByteRange): Readable;
  /** Removes what is on disk. Harmless after `put` and when called twice. */
  discard(): Promise<void>;
}

/** Takes bytes in, hashes them in the same pass, and moves to disk once they outgrow memory. */
export interface Spool {
  readonly bytes: number;
  /** Answers a promise when the writer should wait before it sends more. Takes ownership of `chunk`. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** @throws what went wrong while writing (`ENOSPC` …) */
  end(): Promise<SpooledFile>;
  /** Leaves nothing behind. Harmless after `end`, and when called twice. */
  abort(): Promise<void>;
}

export interface BlobStat {
  readonly bytes: number;
  /** Milliseconds since 1970 of the last time somebody stored these bytes. */
  readonly storedAt: number;
}

export interface StoredBlob {
  /** SHA-256. */
  readonly hash: string;
  readonly md5: string;
  readonly bytes: number;
  /** Whether the bytes were there before. */
  readonly existed: boolean;
}

/**
 * Where bytes lie, addressed by the SHA-256 of their content, so identical originals are stored once and no path is
 * ever made from a public id. Every store passes `contract.ts` unchanged.
 */
export interface BlobStore {
  /** A place for bytes on their way in, from which `put` is cheap. */
  spool(): Spool;
  /**
   * Stores bytes for good: when this resolves they survive a power cut. A spooled file is used up by it.
   * Storing what is already there renews {@link BlobStat.storedAt}.
   */
  put(source: SpooledFile | Uint8Array | Readable): Promise<StoredBlob>;
  /**
   * @param options.anew ask the store itself, whatever this server knows: another one may have deleted the blob
   * @returns `undefined` when there is no such blob
   */
  stat(hash: string, options?: { readonly anew?: boolean }): Promise<BlobStat | undefined>;
  /** @throws {BlobMissing} before the first byte when there is no such blob */
  openRead(hash: string, range?: ByteRange): Promise<Readable>;
  /** All the bytes. @throws {BlobMissing} */
  read(hash: string): Promise<Buffer>;
  /**
   * A local file for renderers: of the store itself when it is local (never write to it), else a copy that `release`
   * removes. @throws {BlobMissing}
   */
  local(hash: string): Promise<{ readonly path: string; release(): Promise<void> }>;
  /**
   * @param options.storedBefore keep it when it was stored again at or after this time (milliseconds since 1970): an upload
   *   of the same bytes may be between `put` and its catalog entry
   * @returns whether the blob is gone because of this call
   */
  delete(hash: string, options?: { readonly storedBefore?: number }): Promise<boolean>;
  /** Every hash, in no order that means anything. */
  list(): AsyncIterable<string>;
  /** Deletes what nobody refers to any more and was last stored before `storedBefore`. @returns what was removed */
  sweep(options: {
    readonly storedBefore: number;
    readonly isReferenced: (hash: string) => boolean | Promise<boolean>;
    /** Does the deletion; default {@link BlobStore.delete} with `storedBefore`. */
    readonly remove?: (hash: string) => Promise<boolean>;
  }): Promise<{ readonly blobs: number; readonly bytes: number }>;
  /** Reads the blob again: `false` when its bytes no longer have its hash. @throws {BlobMissing} */
  verify(hash: string): Promise<boolean>;
  /** Asks whether the store can be used, without changing it. @throws {BlobStoreFailure} when it cannot */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The catalog knows of bytes that the store does not have (any more). */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  readonly hash: string;
  constructor(hash: string, options?: ErrorOptions) {
    super(`Expected a blob ${hash} but the store has none`, options);
    this.hash = hash;
  }
}

/** The store has the blob and could not read it, or the store itself is out of order. */
export class BlobUnreadable extends Error {
  override readonly name = 'BlobUnreadable';
  readonly hash: string;
  constructor(hash: string, reason: string, options?: ErrorOptions) {
    super(`Expected to read the blob ${hash} but ${reason}`, options);
    this.hash = hash;
  }
}

/** The store itself is out of order: it does not answer, refuses us, or has no room. Says what was asked of it. */
export class BlobStoreFailure extends Error {
  override readonly name = 'BlobStoreFailure';
}

/** The loop of every {@link BlobStore.sweep}. */
export async function sweepEach(
  blobs: AsyncIterable<BlobStat & { readonly hash: string }>,
  { storedBefore, isReferenced, remove }: Required<Parameters<BlobStore['sweep']>[0]>,
): ReturnType<BlobStore['sweep']> {
  const swept = { blobs: 0, bytes: 0 };
  for await (const { hash, bytes, storedAt } of blobs) {
    if (storedAt >= storedBefore || (await isReferenced(hash))) continue;
    if (!(await remove(hash))) continue;
    swept.blobs += 1;
    swept.bytes += bytes;
  }
  return swept;
}

const HASH = /^[0-9a-f]{64}$/;

export const isHash = (text: string): boolean => HASH.test(text);

/** @throws {TypeError} for anything that is not 64 lower-case hexadecimal digits: a hash becomes part of a path */
export function assertHash(hash: string): void {
  if (!isHash(hash)) throw new TypeError(`Expected 64 lower-case hexadecimal digits but received ${hash}`);
}
