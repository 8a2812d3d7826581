import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { ERRORS, SignetError } from '../errors.ts';
import { dataDecoder, looksLikeDataUri, MAX_HEAD, parseDataUriHead } from './data-uri.ts';
import type { FormBuilder } from './form-builder.ts';
import { limitTo, pour } from './pour.ts';

const WINDOW = 64 * 1024;
/** Addresses are shorter; what is longer and no data URI cannot be loaded anyway. */
const MAX_ADDRESS = 16_384;

const truncatedBody = () => ERRORS.BadRequest('The request ended before its body was complete');

const boundaryOf = (contentType: string): string | undefined => {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
};

interface Part {
  readonly field: string;
  readonly stream: Readable;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

const takeBytes = async (form: FormBuilder, { stream, ...about }: Part, announced: number | undefined) => {
  const { sink, done } = form.openSink();
  try {
    await pour(stream, sink, limitTo(form.limits.fileBytes, announced));
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await done({ ...about, dataUri: false });
};

/** A part `file` without a file name: an address, or a data URI, which is decoded while it comes in. */
const takeText = async (form: FormBuilder, { stream, field }: Part) => {
  let head = '';
  let bytes = 0;
  let decoder: ReturnType<typeof dataDecoder> | undefined;
  const spool = form.options.store.spool();
  let mime: string | undefined;
  const checked = limitTo(form.limits.fileBytes);
  const keep = (decoded: Buffer) => {
    checked(decoded);
    return decoded.length === 0 ? undefined : spool.write(decoded);
  };
  const take = (chunk: Uint8Array): Promise<void> | undefined => {
    bytes += chunk.byteLength;
    if (bytes > form.limits.fileTextBytes) throw ERRORS.FileTooLarge(bytes, form.limits.fileTextBytes);
    // Base64 and addresses are ASCII; percent-encoded data of other characters is read as UTF-8 by the slower way below.
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    if (decoder) return keep(decoder.write(text));
    head += text;
    const found = parseDataUriHead(head);
    if (found?.base64) {
      decoder = dataDecoder(found);
      mime = found.mime;
      return keep(decoder.write(head.slice(found.offset)));
    }
    const limit = found ? form.limits.fileTextBytes : looksLikeDataUri(head) ? MAX_HEAD + WINDOW : MAX_ADDRESS + WINDOW;
    if (head.length > limit) throw ERRORS.UnsupportedSource(`${head.slice(0, 100)}…`);
    return undefined;
  };
  try {
    await pour(stream, { write: take });
    if (decoder) {
      await keep(decoder.end());
      const file = await spool.end();
      form.setFile({ kind: 'bytes', field, file, filename: undefined, contentType: mime, dataUri: true });
      return;
    }
  } catch (error) {
    await spool.abort();
    throw error;
  }
  await spool.abort();
  const text = Buffer.from(head, 'latin1').toString('utf8');
  if (text.trim() !== '') form.setFile({ kind: 'text', field, text });
};

const isText = (part: Part): boolean =>
  part.filename === undefined && (part.contentType === undefined || part.contentType === 'text/plain');

/** RFC 7578, parts in any order. At most one part is a file; others with a file name are not for us and thrown away. */
export function readMultipart(request: IncomingMessage, contentType: string, form: FormBuilder): Promise<void> {
  const { limits } = form;
  const boundary = boundaryOf(contentType);
  if (boundary === undefined || boundary.length > limits.boundary)
    throw ERRORS.BadRequest(
      `Expected a multipart boundary of 1 to ${limits.boundary} characters but received ${boundary?.length ?? 'none'}`,
    );
  const length = request.headers['content-length'];
  const announced = length === undefined ? undefined : Number(length);
  return new Promise<void>((resolve, reject) => {
    let work: Promise<void> | undefined;
    let over = false;
    let busboy: InstanceType<typeof Busboy>;
    const fail = (error: unknown): void => {
      if (over) return;
      over = true;
      request.unpipe(busboy);
      request.removeListener('data', count);
      request.pause();
      const refused =
        error instanceof SignetError
          ? error
          : ERRORS.BadRequest(`Invalid multipart body: ${error instanceof Error ? error.message : String(error)}`);
      // A transfer under way ends with its stream, and has cleaned up when its promise settles.
      current?.destroy();
      const settle = () => reject(isOurs(error) ? error : refused);
      if (work) work.then(settle, settle);
      else settle();
    };
    const guarded = (action: () => void): void => {
      if (over) return;
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };
    const count = (chunk: Buffer) => guarded(() => form.count(chunk.length));
    let current: Readable | undefined;

    const takeFile = async (part: Part): Promise<void> => {
      await form.judgeBeforeFile();
      if (isText(part)) await takeText(form, part);
      else await takeBytes(form, part, announced);
    };

    try {
      busboy = new Busboy({
        headers: { 'content-type': contentType },
        highWaterMark: WINDOW,
        fileHwm: WINDOW,
        isPartAFile: (name, _type, filename) => filename !== undefined || (name !== undefined && isFileName(name)),
        limits: {
          fieldSize: limits.fieldBytes,
          fields: limits.fields,
          parts: limits.parts,
          headerSize: limits.headerBytes,
          headerPairs: 32,
        },
      });
    } catch (error) {
      reject(ERRORS.BadRequest(`Invalid multipart body: ${(error as Error).message}`));
      return;
    }
    const isFileName = (name: string): boolean => {
      try {
        return form.isFile(name);
      } catch {
        return true;
      }
    };
    busboy.on('field', (name, value, _nameTruncated, valueTruncated) =>
      guarded(() => {
        if (valueTruncated) throw form.tooLong(name);
        form.add({ name: name ?? '', value, from: 'body' });
      }),
    );
    busboy.on('file', (field, stream, filename: string | undefined, _encoding, type) => {
      stream.on('error', () => {});
      if (over) return stream.resume();
      guarded(() => {
        if (!form.isFile(field ?? '')) {
          stream.resume();
          return;
        }
        form.fileBegins();
        current = stream;
        work = takeFile({ field, stream, filename: filename || undefined, contentType: type });
        work.catch(fail);
      });
    });
    busboy.on('partsLimit', () => fail(ERRORS.BadRequest(`Too many parts. Maximum is ${limits.parts}`)));
    busboy.on('fieldsLimit', () => fail(form.tooMany()));
    busboy.on('error', (error) => fail(/end of/i.test(String(error)) ? truncatedBody() : error));
    busboy.on('finish', () => {
      if (over) return;
      const finish = () => {
        if (over) return;
        over = true;
        resolve();
      };
      if (work) work.then(finish, fail);
      else finish();
    });
    request.once('error', () => fail(truncatedBody()));
    request.once('close', () => {
      if (!request.complete) fail(truncatedBody());
    });
    request.on('data', count);
    request.pipe(busboy);
  });
}

/** Errors of the disk keep their own name; everything else that is not ours is the body's fault. */
const isOurs = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
