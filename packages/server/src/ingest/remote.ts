import type { LookupAddress } from 'node:dns';
import type { BlobStore, SpooledFile } from '../blobs/store.ts';

export interface RemoteOptions {
  readonly store: BlobStore;
  /** Lets loopback and private addresses through: development only. Default `false`. */
  readonly allowPrivate?: boolean;
  /** Offline stand-ins: host name → local folder or `http://…` of a server. Refused when `production`. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly production?: boolean;
  /** Ports that are never connected to. Default none. */
  readonly blockedPorts?: readonly number[];
  /** Default 5. */
  readonly maxRedirects?: number;
  /** Milliseconds until the status line and the headers of one hop must be there. Default 15,000. */
  readonly headersTimeout?: number;
  /** Milliseconds for everything. Default 60,000. */
  readonly timeout?: number;
  /** Resolves names; a test's can lie. Default the system's resolver. */
  readonly lookup?: (host: string) => Promise<LookupAddress[]>;
  readonly userAgent?: string;
}

export interface RemoteRequest {
  readonly maxBytes: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface RemoteFile {
  readonly file: SpooledFile;
  /** Where the bytes came from after redirects. */
  readonly url: string;
  /** From `Content-Disposition`, else the last part of the path; `undefined` when neither names one. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** Loads files from other servers, and only from the public internet. */
export interface Remote {
  /** @throws 400 `Error in loading <url> - <reason>`, 400 `File size too large. Got <n>. Maximum is <max>.` */
  load(url: string, request: RemoteRequest): Promise<RemoteFile>;
  close(): Promise<void>;
}

/** @throws {TypeError} when stand-ins or private addresses are asked for in production */
export declare function createRemote(options: RemoteOptions): Remote;
