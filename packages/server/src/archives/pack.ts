import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import yazl from 'yazl';
import type { ArchiveEntry } from './entries.ts';

export type ArchiveFormat = 'zip' | 'tgz';

export const ARCHIVE_TYPES: Readonly<Record<ArchiveFormat, string>> = {
  zip: 'application/zip',
  tgz: 'application/gzip',
};

/** Compressing what is compressed already costs time and gains nothing. */
const COMPRESSIBLE = /\.(?:svg|bmp|tiff?|psd|txt|csv|json|xml|html?|css|js|vtt|srt|md|ai|eps|wav)$/i;

function zip(entries: readonly ArchiveEntry[]): Readable {
  const file = new yazl.ZipFile();
  const output = new PassThrough();
  file.on('error', (error: Error) => output.destroy(error));
  for (const { name, modified, open } of entries)
    file.addReadStreamLazy(name, { mtime: new Date(modified), compress: COMPRESSIBLE.test(name) }, (done) => {
      // A reader that went away stops the work: nothing more is opened or rendered.
      if (output.destroyed) return done(new Error('The reader went away'), undefined as never);
      open().then(
        ({ stream }) => done(null, stream),
        (error: Error) => done(error, undefined as never),
      );
    });
  file.end();
  pipeline(file.outputStream, output).catch((error: Error) => output.destroy(error));
  return output;
}

function tgz(entries: readonly ArchiveEntry[]): Readable {
  const pack = tar.pack();
  const output = new PassThrough();
  const fill = async (): Promise<void> => {
    for (const { name, modified, open } of entries) {
      if (output.destroyed) throw new Error('The reader went away');
      const { bytes, stream } = await open();
      const entry = pack.entry({ name, size: bytes, mtime: new Date(modified) });
      await pipeline(stream, entry);
    }
    pack.finalize();
  };
  pipeline(pack, createGzip(), output).catch((error: Error) => output.destroy(error));
  fill().catch((error: Error) => pack.destroy(error));
  return output;
}

const PACKERS: Readonly<Record<ArchiveFormat, (entries: readonly ArchiveEntry[]) => Readable>> = { zip, tgz };

/** The bytes of an archive, made while they are read: one entry is open at a time. */
export const packArchive = (format: ArchiveFormat, entries: readonly ArchiveEntry[]): Readable =>
  PACKERS[format](entries);
