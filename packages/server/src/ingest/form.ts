import type { IncomingMessage } from 'node:http';
import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import { ERRORS } from '../errors.ts';
import { FormBuilder } from './form-builder.ts';
import { readMultipart } from './form-multipart.ts';
import { readTextBody, readUrlencoded } from './form-text.ts';
import { lingerAndClose } from './linger.ts';

/** One parameter as it came: nothing parsed, nothing renamed. */
export interface Field {
  /** With its `[]` or `[n]`, when the client sent it so. */
  readonly name: string;
  /** The raw text; of a JSON body, what JavaScript's `String` makes of a scalar, and JSON of an object. */
  readonly value: string;
  /** Only of a JSON body: the value before it became text. One item, when the member was an array. */
  readonly json?: unknown;
  readonly from: 'query' | 'body';
}

/** What came under the name `file`. */
export type FileParameter =
  | {
      readonly kind: 'bytes';
      readonly field: string;
      readonly file: SpooledFile;
      /** As the client gave it, without folders; `undefined` when it gave none. */
      readonly filename: string | undefined;
      readonly contentType: string | undefined;
      /** The bytes came as the text of a data URI (and were decoded on the way). */
      readonly dataUri: boolean;
    }
  /** The bytes went to {@link ReadFormOptions.sink}. */
  | {
      readonly kind: 'written';
      readonly field: string;
      readonly bytes: number;
      readonly filename: string | undefined;
      readonly contentType: string | undefined;
    }
  /** An address or a data URI, to be opened by `openSource`. */
  | { readonly kind: 'text'; readonly field: string; readonly text: string };

/** Where the bytes of a file go when they are not to be spooled: a chunk of a larger upload. */
export interface FileSink {
  /** Answers a promise when the writer should wait before it sends more. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  end(): Promise<unknown>;
  abort(): Promise<void>;
}

export interface Form {
  /** Query string first, then the body, each in the order received; without the file. */
  readonly fields: readonly Field[];
  readonly file: FileParameter | undefined;
  /** How many of `fields` were known when the file began; all of them when there was no file. */
  readonly fieldsBeforeFile: number;
  /** Removes the spooled file, if any. Harmless when it has been stored. */
  discard(): Promise<void>;
}

/** Every limit is on. Bytes unless said otherwise. */
export interface FormLimits {
  /** The file; above it {@link ERRORS.FileTooLarge}. Default 20 GB. */
  readonly fileBytes: number;
  /** The whole request; above it {@link ERRORS.RequestTooLarge}. Default 20 GB + 100 MB. */
  readonly requestBytes: number;
  /** A file given as text (data URI or address): default 100 MB; the cloud takes about 60 MB. */
  readonly fileTextBytes: number;
  /** One parameter's value. Default 2 MB. */
  readonly fieldBytes: number;
  /** All parameters' values together. Default 16 MB. */
  readonly allFieldsBytes: number;
  /** Number of parameters (items of lists count). Default 2,000. */
  readonly fields: number;
  /** A parameter's name. Default 256. */
  readonly nameBytes: number;
  /** Parts of a multipart body. Default 2,048. */
  readonly parts: number;
  /** Headers of one part. Default 16 kB. */
  readonly headerBytes: number;
  /** Characters of the boundary: 70 by RFC 2046, section 5.1.1. */
  readonly boundary: number;
}

export interface ReadFormOptions {
  readonly store: Pick<BlobStore, 'spool'>;
  /** Takes the file's bytes in place of a spool of the store. */
  readonly sink?: FileSink;
  readonly limits?: Partial<FormLimits>;
  /** Names under which a file may come. Default `['file']`; visual search adds `image_file`. */
  readonly fileFields?: readonly string[];
  /**
   * Judges the parameters; throw to refuse the request. It is called
   * - with `moment` `before-file` when one of {@link ReadFormOptions.decisive} came before the file: before a byte of
   *   the file is read. When it throws and the body is long (or its length unknown) the request is refused there and
   *   then; a short body is read to its end first, in memory, because further parameters may follow the file;
   * - with `moment` `end` and the file when everything has arrived, unless it has already accepted exactly these fields.
   */
  readonly onFieldsComplete?: (
    fields: readonly Field[],
    moment: 'before-file' | 'end',
    file?: FileParameter,
  ) => void | Promise<void>;
  /** Parameters whose presence before the file makes an early judgement meaningful. Default `['signature']`. */
  readonly decisive?: readonly string[];
}

/** Whether a content type is that of parameters written as text: PHP's SDK names none, `fetch` calls a text plain. */
export const isTextBody = (type: string): boolean => type === '' || /urlencoded|\bjson\b|^text\/plain/i.test(type);

/**
 * Reads the parameters and the file of a request, whatever its encoding: multipart (parts in any order), urlencoded,
 * JSON, no content type at all (PHP; read as urlencoded). A body of another type is refused unread. The query string
 * comes on top, and a parameter that is in both is the body's.
 *
 * When the request is refused the rest of its body is read and thrown away for a moment, so that the client gets to see
 * the answer, and then the connection is closed.
 *
 * @throws 400/413 of the table of errors. Whatever had been spooled is gone by then.
 */
export async function readForm(request: IncomingMessage, options: ReadFormOptions): Promise<Form> {
  const form = new FormBuilder(request, options);
  try {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > form.limits.requestBytes) throw ERRORS.RequestTooLarge();
    const query = (request.url ?? '').indexOf('?');
    if (query >= 0) readUrlencoded(form, request.url!.slice(query + 1), 'query');
    const type = (request.headers['content-type'] ?? '').trim();
    if (/^multipart\//i.test(type)) await readMultipart(request, type, form);
    else if (isTextBody(type)) await readTextBody(request, type, form);
    else if (announced > 0 || request.headers['transfer-encoding'] !== undefined) throw ERRORS.UnsupportedBody(type);
    await form.judgeAtEnd();
    return form.result();
  } catch (error) {
    await form.discard();
    lingerAndClose(request);
    throw error;
  }
}
