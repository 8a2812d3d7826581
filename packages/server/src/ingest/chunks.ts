import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import type { ContentRange } from './content-range.ts';
import type { Field, FileSink } from './form.ts';

export interface ChunksOptions {
  readonly store: Pick<BlobStore, 'spool'>;
  /** A folder on the file system of the store, so that a finished upload is stored by a rename. */
  readonly folder: string;
  /** Bytes that every chunk but the last must have. Default 5,000,000. */
  readonly minBytes?: number;
  /** Unfinished uploads at the same time and per scope. Default 1,000. */
  readonly maxUploads?: number;
  readonly clock?: () => number;
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
  /** Everything is there. After it has been stored, call `remember` with the answer, so that a repeated last chunk gets it again. */
  | {
      readonly state: 'complete';
      readonly bytes: number;
      readonly first: FirstChunk;
      readonly file: SpooledFile;
      remember(answer: unknown): Promise<void>;
    }
  /** A chunk of an upload that was finished before: what `remember` was given. */
  | { readonly state: 'answered'; readonly answer: unknown };

export interface ChunkWriter {
  /** Give it to `readForm` as `sink`. */
  readonly sink: FileSink;
  /** Counts the chunk in, after its form was read and its signature verified. @throws 400 when it has not the bytes its range announced */
  commit(first: FirstChunk): Promise<ChunkProgress>;
  /** Forgets the chunk; the upload goes on. Harmless after `commit`. */
  abort(): Promise<void>;
}

export interface Chunks {
  /**
   * Checks the range and reserves it. A chunk that overlaps one still being received takes its place: the client has
   * given up on the older connection.
   *
   * @throws 400 `All parts except EOF-chunk must be larger than 5mb`, 400 when total or range contradict earlier chunks, 400 too large
   */
  begin(request: ChunkRequest): Promise<ChunkWriter>;
  /** Removes uploads that received nothing since `before` (milliseconds since 1970). @returns how many */
  sweep(before: number): Promise<number>;
  close(): Promise<void>;
}

export declare function createChunks(options: ChunksOptions): Chunks;
