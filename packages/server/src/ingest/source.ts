import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import type { FileParameter } from './form.ts';
import type { Remote } from './remote.ts';

/** The bytes of an upload, wherever they came from. */
export interface Source {
  readonly kind: 'bytes' | 'data-uri' | 'remote';
  readonly file: SpooledFile;
  /** `undefined` when the source has none (data URIs never do, so they get no `original_filename`). */
  readonly filename: string | undefined;
  /** What the sender claims; never to be trusted. */
  readonly contentType: string | undefined;
  /** The address it was loaded from, as given by the caller. */
  readonly url: string | undefined;
}

export interface SourceContext {
  readonly store: BlobStore;
  readonly remote: Remote;
  /** @throws `File size too large. Got …` above it */
  readonly maxBytes: number;
  /** Headers added to a remote request (the `headers` parameter). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Opens the `file` parameter. @throws 400 with the cloud's text when it cannot be had */
export declare function openSource(parameter: FileParameter | string, context: SourceContext): Promise<Source>;
