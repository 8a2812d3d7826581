import { hash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpooledFile } from '../blobs/store.ts';
import { ERRORS } from '../errors.ts';
import { ChunkJournal } from './chunk-journal.ts';
import { ChunkedUpload } from './chunk-upload.ts';
import type { ContentRange } from './content-range.ts';
import type { Field, FileSink } from './form.ts';

export interface ChunksOptions {
  /** A folder on the file system of the store, so that a finished upload is stored by a rename. */
  readonly folder: string;
  /** Bytes that every chunk but the last must have. Default 5,000,000. */
  readonly minBytes?: number;
  /** Uploads under way at the same time and per scope. Default 1,000. */
  readonly maxUploads?: number;
  /** Milliseconds without progress after which a repeated chunk takes the place of the one under way. Default 5,000. */
  readonly stallMs?: number;
}

export interface ChunkRequest {
  /** Uploads of different scopes never meet: the cloud's name. */
  readonly scope: string;
  /** `X-Unique-Upload-Id` */
  readonly uploadId: string;
  readonly range: ContentRange;
  /** Limit of the whole file. */
  readonly maxBytes: number;
}

/** What the first chunk said; later chunks cannot change it. */
export interface FirstChunk {
  readonly fields: readonly Field[];
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

export type ChunkProgress =
  /** More is to come; `bytes` are all that have been received so far. */
  | { readonly state: 'partial'; readonly bytes: number; readonly first: FirstChunk }
  /**
   * Everything is there. Store `file`, then call `remember` with the answer, so that a repeated last chunk gets it
   * again. When it cannot be stored (not an image, too large …) call `forget`, or the writer's `abort`.
   */
  | {
      readonly state: 'complete';
      readonly bytes: number;
      readonly first: FirstChunk;
      readonly file: SpooledFile;
      /** @param answer anything JSON can hold */
      remember(answer: unknown): Promise<void>;
      /** Removes the whole upload. Harmless after `remember`. */
      forget(): Promise<void>;
    }
  /** A chunk of an upload that was finished before: what `remember` was given. */
  | { readonly state: 'answered'; readonly answer: unknown };

export interface ChunkWriter {
  /** Give it to `readForm` as `sink`. */
  readonly sink: FileSink;
  /** Counts the chunk in, after its form was read and its signature verified. @throws 400 when it has not the bytes its range announced */
  commit(first: FirstChunk): Promise<ChunkProgress>;
  /**
   * Forgets the chunk; the upload goes on. Harmless after `commit`, unless that completed an upload which nobody has
   * remembered: then it forgets the upload.
   */
  abort(): Promise<void>;
}

export interface Chunks {
  /**
   * Checks the range and reserves it. A chunk that overlaps one still being received waits for that one, and takes its
   * place when it makes no progress: the client has given up on the older connection.
   *
   * @throws 400 `All parts except EOF-chunk must be larger than 5mb`, 400 when total or range contradict earlier chunks, 400 too large
   */
  begin(request: ChunkRequest): Promise<ChunkWriter>;
  /** Removes uploads that received nothing since `before` (milliseconds since 1970). @returns how many */
  sweep(before: number): Promise<number>;
  close(): Promise<void>;
}

/** Room for what clients use: the Node SDK sends 16 characters, others a UUID. */
const MAX_ID = 256;

const answered = (answer: unknown): ChunkWriter => ({
  sink: { write: () => undefined, end: async () => {}, abort: async () => {} },
  commit: async () => ({ state: 'answered', answer }),
  abort: async () => {},
});

class ChunkedUploads implements Chunks {
  readonly #options: ChunksOptions;
  readonly #uploads = new Map<string, Promise<ChunkedUpload | { readonly answer: unknown }>>();
  readonly #scopes = new Map<string, string>();

  constructor(options: ChunksOptions) {
    this.#options = options;
  }

  async begin({ scope, uploadId, range, maxBytes }: ChunkRequest): Promise<ChunkWriter> {
    const { minBytes = 5_000_000 } = this.#options;
    if (uploadId === '' || uploadId.length > MAX_ID)
      throw ERRORS.BadRequest(
        `Expected 1 to ${MAX_ID} characters in X-Unique-Upload-Id but received ${uploadId.length}`,
      );
    const extent = range.total ?? range.end + 1;
    if (extent > maxBytes) throw ERRORS.FileTooLarge(extent, maxBytes);
    const isLast = range.total !== undefined && range.end + 1 === range.total;
    if (!isLast && range.end + 1 - range.start < minBytes) throw ERRORS.ChunkTooSmall();
    const upload = await this.#upload(scope, uploadId);
    return upload instanceof ChunkedUpload ? upload.begin(range) : answered(upload.answer);
  }

  #upload(scope: string, uploadId: string): Promise<ChunkedUpload | { readonly answer: unknown }> {
    const key = hash('sha256', `${scope}\0${uploadId}`, 'hex');
    const known = this.#uploads.get(key);
    if (known) return known;
    const { maxUploads = 1000 } = this.#options;
    if ([...this.#scopes.values()].filter((other) => other === scope).length >= maxUploads)
      throw ERRORS.BadRequest(`Too many unfinished uploads. Maximum is ${maxUploads}`);
    const opened = this.#open(key);
    this.#uploads.set(key, opened);
    this.#scopes.set(key, scope);
    opened.then(
      (upload) => upload instanceof ChunkedUpload || this.#drop(key),
      () => this.#drop(key),
    );
    return opened;
  }

  async #open(key: string): Promise<ChunkedUpload | { readonly answer: unknown }> {
    const { folder, stallMs = 5000 } = this.#options;
    const journal = new ChunkJournal(join(folder, key));
    const before = await journal.answer();
    if (before) return before;
    return new ChunkedUpload(journal, await journal.load(), stallMs, () => this.#drop(key));
  }

  #drop(key: string): void {
    this.#uploads.delete(key);
    this.#scopes.delete(key);
  }

  async sweep(before: number): Promise<number> {
    const { folder } = this.#options;
    let swept = 0;
    for (const key of await readdir(folder).catch(() => [])) {
      const path = join(folder, key);
      const upload = await this.#uploads.get(key);
      if ((upload instanceof ChunkedUpload && upload.busy) || (await newest(path)) >= before) continue;
      if (upload instanceof ChunkedUpload) await upload.remove();
      await rm(path, { recursive: true, force: true });
      swept += 1;
    }
    // Uploads whose first chunk never was counted in have no folder.
    for (const [key, opened] of [...this.#uploads]) {
      const upload = await opened.catch(() => undefined);
      if (upload instanceof ChunkedUpload && !upload.busy && (await newest(join(folder, key))) < before)
        await upload.remove();
    }
    return swept;
  }

  async close(): Promise<void> {
    for (const opened of [...this.#uploads.values()]) {
      const upload = await opened.catch(() => undefined);
      if (upload instanceof ChunkedUpload) await upload.close();
    }
    this.#uploads.clear();
    this.#scopes.clear();
  }
}

/** When something was last written to a folder or one of its files, in milliseconds since 1970; 0 when there is none. */
const newest = async (folder: string): Promise<number> => {
  const names = await readdir(folder).catch(() => []);
  const times = await Promise.all(
    [folder, ...names.map((name) => join(folder, name))].map((path) =>
      stat(path).then(
        (found) => found.mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
};

/** Uploads in chunks: `<folder>/<hash of scope and id>/` holds a sparse file and a journal, and survives a restart. */
export const createChunks = (options: ChunksOptions): Chunks => new ChunkedUploads(options);
