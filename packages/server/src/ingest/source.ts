import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import { ERRORS } from '../errors.ts';
import { dataDecoder, looksLikeDataUri, parseDataUriHead } from './data-uri.ts';
import type { FileParameter } from './form.ts';
import { limitTo } from './pour.ts';
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
  readonly store: Pick<BlobStore, 'spool'>;
  readonly remote: Remote;
  /** @throws `File size too large. Got …` above it */
  readonly maxBytes: number;
  /** Headers added to a remote request (the `headers` parameter). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What SDKs take for remote (`isRemoteUrl` of the Node SDK's `lib/utils`) and this server cannot load. */
const NOT_READ: Readonly<Record<string, string>> = {
  ftp: 'FTP is not read: give its https address',
  ftps: 'FTP is not read: give its https address',
  s3: 'S3 buckets are not read: give its https address, presigned',
  gs: 'Google Cloud Storage buckets are not read: give its https address, signed',
};

/** What is left of a data URI that was given to the wrong option of cURL. */
const CUT = ' (curl -F cuts a data URI at ";": use --form-string)';

/** Decoded piece by piece, so that neither the event loop nor memory notices a large one. */
const DECODE_CHARACTERS = 1024 * 1024;

async function fromDataUri(text: string, { store, maxBytes }: SourceContext): Promise<Source> {
  const head = parseDataUriHead(text);
  if (head === undefined) throw ERRORS.UnsupportedSource(`${text.slice(0, 100)}…${text.includes(',') ? '' : CUT}`);
  const spool = store.spool();
  try {
    const decoder = dataDecoder(head);
    const check = limitTo(maxBytes);
    for (let at = head.offset; at < text.length; at += DECODE_CHARACTERS) {
      const piece = decoder.write(text.slice(at, at + DECODE_CHARACTERS));
      check(piece);
      await spool.write(piece);
    }
    const last = decoder.end();
    check(last);
    await spool.write(last);
  } catch (error) {
    await spool.abort();
    throw error;
  }
  return { kind: 'data-uri', file: await spool.end(), filename: undefined, contentType: head.mime, url: undefined };
}

async function fromText(text: string, context: SourceContext): Promise<Source> {
  if (looksLikeDataUri(text)) return fromDataUri(text, context);
  const address = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') {
    const { file, filename, contentType } = await context.remote.load(address, context);
    return { kind: 'remote', file, filename, contentType, url: address };
  }
  const reason = scheme === undefined ? undefined : NOT_READ[scheme];
  if (reason !== undefined) throw ERRORS.LoadFailed(address.replace(/\/\/[^/@]*@/, '//'), reason);
  throw ERRORS.UnsupportedSource(address.length > 200 ? `${address.slice(0, 200)}…` : address);
}

/**
 * Opens the `file` parameter: bytes of the form, a data URI, or an address (Upload API, "The file parameter").
 *
 * @throws 400 with the cloud's text when it cannot be had
 */
export async function openSource(parameter: FileParameter | string, context: SourceContext): Promise<Source> {
  if (typeof parameter === 'string') return fromText(parameter, context);
  if (parameter.kind === 'text') return fromText(parameter.text, context);
  if (parameter.kind === 'written') throw new TypeError('A chunk is no source: take the file of the finished upload');
  const { file, filename, contentType, dataUri } = parameter;
  if (file.bytes > context.maxBytes) {
    await file.discard();
    throw ERRORS.FileTooLarge(file.bytes, context.maxBytes);
  }
  return { kind: dataUri ? 'data-uri' : 'bytes', file, filename, contentType, url: undefined };
}
