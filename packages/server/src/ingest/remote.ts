import type { LookupAddress } from 'node:dns';
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { lookup as mimeOf } from 'mime-types';
import { Agent, type Dispatcher, request } from 'undici';
import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import { ERRORS, SignetError } from '../errors.ts';
import { AddressRefused, guardedAgent } from './guard.ts';
import { spoolStream } from './pour.ts';
import { filenameOf } from './remote-filename.ts';
import { inFolder, onServer, readStandIns, type StandIn } from './stand-ins.ts';

export interface RemoteOptions {
  readonly store: Pick<BlobStore, 'spool'>;
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
  /** Default `Signet`. */
  readonly userAgent?: string;
}

export interface RemoteRequest {
  readonly maxBytes: number;
  /** Added to the request; not sent on to another origin by a redirect. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface RemoteFile {
  readonly file: SpooledFile;
  /** Where the bytes came from after redirects, without credentials. */
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

/** What the client gets to read; the rest could tell it about the network it must not see. */
const REASONS: Readonly<Record<string, string>> = {
  ADDRESS_REFUSED: 'address is not public',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed early',
  UND_ERR_CONNECT_TIMEOUT: 'timed out',
  UND_ERR_HEADERS_TIMEOUT: 'timed out',
  UND_ERR_BODY_TIMEOUT: 'timed out',
  UND_ERR_HEADERS_OVERFLOW: 'headers are too large',
  ETIMEDOUT: 'timed out',
};
/** For the log, and for whoever tries the server on their own machine. */
const OPENED_BY = '`signet serve --allow-private-sources` lets loopback and private addresses through, for development';
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Hop-by-hop and framing headers belong to the connection, not to the caller (RFC 9110, section 7.6.1). */
const NOT_FOR_CALLERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*)$/i;
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

const withoutCredentials = (url: URL): string => {
  if (url.username === '' && url.password === '') return url.href;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
};

/** The address in error texts is the caller's own spelling, unless it holds a password. */
const shown = (given: string, url: URL): string =>
  url.username === '' && url.password === '' ? given : withoutCredentials(url);

const header = (response: Dispatcher.ResponseData, name: string): string | undefined => {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const codeOf = (error: unknown): string => {
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (code !== undefined && code in REASONS) return code;
  // With several addresses Node gathers the errors of all attempts.
  const inner = cause ?? (error as AggregateError).errors?.[0];
  return inner instanceof Error ? codeOf(inner) : (code ?? '');
};

const reasonFor = (error: unknown, deadline: AbortSignal): string => {
  if (deadline.aborted) return 'timed out';
  return REASONS[codeOf(error)] ?? 'connection failed';
};

class RemoteLoader implements Remote {
  readonly #options: RemoteOptions;
  readonly #agent: Agent;
  /** For stand-ins, which are local by intention. */
  readonly #localAgent = new Agent({ keepAliveTimeout: 1000 });
  readonly #standIns: ReadonlyMap<string, StandIn>;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#standIns = readStandIns(options.hosts ?? {});
    this.#agent = guardedAgent(options);
  }

  async load(given: string, { maxBytes, headers = {}, signal }: RemoteRequest): Promise<RemoteFile> {
    const { maxRedirects = 5, timeout = 60_000, production = false, allowPrivate = false } = this.#options;
    const deadline = AbortSignal.timeout(timeout);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const first = this.#parse(given, given);
    const fail = (reason: string, cause?: unknown) => {
      const hint = reason === REASONS.ADDRESS_REFUSED && !production && !allowPrivate ? OPENED_BY : undefined;
      const error = ERRORS.LoadFailed(shown(given, first), reason, hint);
      return cause === undefined ? error : Object.assign(error, { cause });
    };
    let url = first;
    for (let hops = 0; ; hops++) {
      const standIn = this.#standIns.get(url.host) ?? this.#standIns.get(url.hostname);
      if (standIn?.kind === 'folder') return this.#fromFolder(standIn.folder, url, maxBytes, fail);
      let response: Dispatcher.ResponseData;
      try {
        response = await this.#ask(url, standIn, url.origin === first.origin ? headers : {}, stop);
      } catch (error) {
        throw fail(reasonFor(error, deadline), error);
      }
      const location = header(response, 'location');
      if (REDIRECTS.has(response.statusCode) && location !== undefined) {
        discard(response);
        if (hops >= maxRedirects) throw fail('too many redirects');
        url = this.#follow(url, location, given, fail);
        continue;
      }
      if (response.statusCode < 200 || response.statusCode > 299) {
        discard(response);
        throw fail(`${response.statusCode} ${STATUS_CODES[response.statusCode] ?? ''}`.trim());
      }
      return this.#take(response, url, maxBytes, (error) => fail(reasonFor(error, deadline), error));
    }
  }

  #parse(text: string, given: string): URL {
    const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
    if (url === undefined) throw ERRORS.BadRequest('Invalid URL for upload');
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw ERRORS.UnsupportedSource(given.slice(0, 200));
    return url;
  }

  #follow(from: URL, location: string, given: string, fail: (reason: string) => SignetError): URL {
    if (!URL.canParse(location, from)) throw fail('redirected to an invalid address');
    const next = new URL(location, from);
    if (next.protocol !== 'http:' && next.protocol !== 'https:') throw fail(`redirected to ${next.protocol}`);
    // RFC 9110, section 15.4: a redirect to the same origin is asked with the same credentials.
    if (next.origin === from.origin && next.username === '') {
      next.username = from.username;
      next.password = from.password;
    }
    return this.#parse(next.href, given);
  }

  #ask(
    url: URL,
    standIn: Extract<StandIn, { kind: 'server' }> | undefined,
    extra: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { headersTimeout = 15_000, userAgent = 'Signet' } = this.#options;
    const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': userAgent };
    for (const [name, value] of Object.entries(extra))
      if (!NOT_FOR_CALLERS.test(name)) headers[name.toLowerCase()] = value;
    if (url.username !== '' || url.password !== '') {
      const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    const target = standIn ? onServer(standIn.origin, url) : new URL(withoutCredentials(url));
    if (standIn) headers.host = url.host;
    return request(target, {
      dispatcher: standIn ? this.#localAgent : this.#agent,
      headers,
      signal,
      headersTimeout,
      bodyTimeout: headersTimeout,
    });
  }

  async #take(
    response: Dispatcher.ResponseData,
    url: URL,
    maxBytes: number,
    failed: (error: unknown) => SignetError,
  ): Promise<RemoteFile> {
    const announced = Number(header(response, 'content-length') ?? 0);
    if (announced > maxBytes) {
      discard(response);
      throw ERRORS.FileTooLarge(announced, maxBytes);
    }
    try {
      const body = decoded(response.body, header(response, 'content-encoding'));
      return {
        file: await spoolStream(this.#options.store, body, maxBytes),
        url: withoutCredentials(url),
        filename: filenameOf(header(response, 'content-disposition'), url),
        contentType: header(response, 'content-type'),
        etag: header(response, 'etag'),
        lastModified: header(response, 'last-modified'),
      };
    } catch (error) {
      discard(response);
      if (error instanceof SignetError || (error as NodeJS.ErrnoException).syscall === 'write') throw error;
      throw failed(error);
    }
  }

  async #fromFolder(
    folder: string,
    url: URL,
    maxBytes: number,
    fail: (reason: string) => SignetError,
  ): Promise<RemoteFile> {
    const found = await inFolder(folder, url);
    if (found === undefined) throw fail('404 Not Found');
    if (found.bytes > maxBytes) throw ERRORS.FileTooLarge(found.bytes, maxBytes);
    return {
      file: await spoolStream(this.#options.store, found.open(), maxBytes),
      url: withoutCredentials(url),
      filename: filenameOf(undefined, url),
      contentType: mimeOf(found.path) || undefined,
      etag: undefined,
      lastModified: undefined,
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#localAgent.destroy()]);
  }
}

/** Gives a body up without reading it. */
const discard = (response: Dispatcher.ResponseData): void => {
  response.body.on('error', () => {});
  response.body.destroy();
};

/** Some servers compress although they were asked not to; the limit counts what comes out. */
const decoded = (body: Readable, encoding: string | undefined): Readable => {
  const decoder = DECODERS[encoding?.trim().toLowerCase() ?? '']?.();
  if (decoder === undefined) return body;
  const output = decoder as unknown as Readable;
  body.once('error', (error) => output.destroy(error));
  output.once('close', () => {
    body.on('error', () => {});
    body.destroy();
  });
  body.pipe(decoder);
  return output;
};

/** @throws {TypeError} when stand-ins or private addresses are asked for in production */
export function createRemote(options: RemoteOptions): Remote {
  if (options.production && Object.keys(options.hosts ?? {}).length > 0)
    throw new TypeError('Offline stand-ins for remote hosts cannot be used in production mode');
  if (options.production && options.allowPrivate)
    throw new TypeError('Private addresses as remote sources cannot be allowed in production mode');
  return new RemoteLoader(options);
}

export { AddressRefused };
