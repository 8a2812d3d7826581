import type { Readable } from 'node:stream';
import type { BlobStore, SpooledFile } from '../blobs/store.ts';
import { ERRORS } from '../errors.ts';
import type { FileSink } from './form.ts';

/**
 * Moves a stream into a sink with back-pressure, without a promise for every piece.
 *
 * @param each called before a piece is written; what it throws ends the transfer
 */
export function pour(
  stream: Readable,
  sink: Pick<FileSink, 'write'>,
  each: (chunk: Uint8Array) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed) {
      reject(new Error('The stream was closed before its end'));
      return;
    }
    const fail = (error: unknown) => {
      stream.removeListener('data', take);
      reject(error);
    };
    const take = (chunk: Uint8Array) => {
      try {
        each(chunk);
        const wait = sink.write(chunk);
        if (wait === undefined) return;
        stream.pause();
        wait.then(() => stream.resume(), fail);
      } catch (error) {
        fail(error);
      }
    };
    stream.on('data', take);
    stream.once('end', resolve);
    stream.once('error', fail);
    stream.once('close', () => fail(new Error('The stream was closed before its end')));
  });
}

/** Refuses what outgrows a limit. `announced` is the size the sender gave, for the error text. */
export const limitTo = (maxBytes: number, announced?: number): ((chunk: Uint8Array) => void) => {
  let bytes = 0;
  return (chunk) => {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw ERRORS.FileTooLarge(Math.max(bytes, announced ?? 0), maxBytes);
  };
};

/** Spools a stream within a limit. @throws 400 `File size too large…`; nothing is left behind then */
export async function spoolStream(
  store: Pick<BlobStore, 'spool'>,
  stream: Readable,
  maxBytes: number,
  announced?: number,
): Promise<SpooledFile> {
  const spool = store.spool();
  try {
    await pour(stream, spool, limitTo(maxBytes, announced));
  } catch (error) {
    stream.on('error', () => {});
    stream.destroy();
    await spool.abort();
    throw error;
  }
  return spool.end();
}
