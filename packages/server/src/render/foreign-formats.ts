import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decode } from '@signet/transformation';
import { readCameraPreview } from '../ingest/inspect/camera-raw.ts';
import { isBitmap } from '../ingest/inspect/formats.ts';
import { inputAt } from '../ingest/inspect/input.ts';
import { openPicture } from '../ingest/inspect/picture-source.ts';
import { sniff } from '../ingest/inspect/sniff.ts';
import type { ExtraDecoder } from './image/decode.ts';
import { type ExtraEncoder, timingOf } from './image/encode.ts';
import { readAvifSequence } from './image/formats/avif-sequence.ts';
import { refuse } from './image/problem.ts';
import type { Raster } from './image/raster.ts';
import { checkAvifSize } from './video/encoding/animated.ts';
import { EncodingError } from './video/encoding/encoding.ts';
import type { RawPicture, VideoWorkers } from './video/video-workers.ts';

const page = ({ pages }: Decode): number => (pages.kind === 'list' ? (pages.pages[0] ?? 1) : 1);

/** A film's frame: a given second, or the middle when nothing is asked (delivery reference, `so`). */
const moment = ({ at }: Decode) =>
  at === undefined ? ({ percent: 50 } as const) : at === 'auto' ? ('auto' as const) : ({ seconds: at } as const);

/** Frames of a moving AVIF: all, or the page that is wanted. `undefined`: it does not move after all. */
async function avifFrames(
  workers: VideoWorkers,
  path: string,
  decode: Decode,
  { signal, maxPixels: pixelLimit }: { signal: AbortSignal; maxPixels: number },
): Promise<RawPicture | undefined> {
  const sequence = await readAvifSequence(path);
  if (sequence === undefined) return undefined;
  const { frames, color, alpha } = sequence;
  const [first, count] = decode.pages.kind === 'all' ? [0, frames] : [page(decode) - 1, 1];
  return workers.decodeSequence({ path, color, alpha, first, count, pixelLimit }, { signal });
}

/** The picture inside of a smart object of a PSD: pixels, or bytes that libvips reads. */
const embeddedPicture = (workers: VideoWorkers, path: string, number: number, { signal }: { signal: AbortSignal }) =>
  workers.psdEmbedded(
    path,
    number,
    async (inner) => {
      const { format } = await sniff(inputAt(inner));
      if (format?.kind !== 'image' || !isBitmap(format))
        throw refuse('Invalid page in transformation: the embedded file is no picture that this server reads');
      return format.decode === 'av' ? workers.decodeStill(inner, format.name, { signal }) : readFile(inner);
    },
    { signal },
  );

/** The finished picture in a camera file, as the camera was held; the JPEG inside seldom says how that was. */
async function cameraPicture(path: string, { autoOrient }: Decode) {
  const { jpeg, orientation = 1 } = (await readCameraPreview(path)) ?? {};
  if (jpeg === undefined || orientation === 1 || !autoOrient) return jpeg;
  const picture = openPicture({ input: jpeg, options: {}, orientation });
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/**
 * Brings the renderer pictures that libvips cannot read: frames of films, PDF pages, HEIC, JPEG XL, JPEG 2000, PSD,
 * camera files. The work is done in the media worker processes.
 */
export const foreignDecoder =
  (workers: VideoWorkers, scratchFolder: string): ExtraDecoder =>
  async (source, decode, { signal, maxPixels }) => {
    let scratch: string | undefined;
    try {
      let path: string;
      if (typeof source === 'string') path = source;
      else {
        scratch = await mkdtemp(join(scratchFolder, 'source-'));
        path = join(scratch, 'source');
        await writeFile(path, source);
      }
      // A stored file has no name; inspection has believed it, and only a TGA is told by its name alone.
      const { format } = await sniff(inputAt(path), 'stored.tga');
      if (format?.decode === 'own') return await cameraPicture(path, decode);
      if (format?.name === 'avif') return await avifFrames(workers, path, decode, { signal, maxPixels });
      if (format?.name === 'psd' && decode.pages.kind === 'embedded')
        return await embeddedPicture(workers, path, decode.pages.number, { signal });
      let picture: RawPicture | undefined;
      if (format?.decode === 'pdfium')
        picture = await workers.pdfPage(path, page(decode), { dpi: decode.density, signal });
      else if (format?.name === 'psd' && decode.pages.kind === 'list')
        picture = await workers.psdPicture(path, decode.pages.pages, { signal });
      else if (format?.decode === 'av' && format.kind === 'image')
        picture = await workers.decodeStill(path, format.name, { signal });
      else if (format?.kind === 'video' && format.demuxer !== undefined)
        picture = await workers.frame(path, format.demuxer, moment(decode), { signal });
      return picture;
    } finally {
      if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
    }
  };

const WRITTEN = ['jxl', 'jp2', 'psd', 'bmp', 'tga'] as const;
const isWritten = (format: string): format is (typeof WRITTEN)[number] =>
  (WRITTEN as readonly string[]).includes(format);

const bytesOf = ({ data }: Raster): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Writes what libvips cannot: JPEG XL, JPEG 2000, PSD, BMP, TGA, moving AVIF. */
export const foreignEncoder =
  (workers: VideoWorkers): ExtraEncoder =>
  async (canvas, output, { quality, signal }) => {
    const { format } = output;
    const frame = canvas.frames[0]!;
    const { width, height } = frame;
    if (format === 'avif') {
      try {
        checkAvifSize(frame);
      } catch (error) {
        throw error instanceof EncodingError ? refuse(error.message) : error;
      }
      const animation = { width, height, quality, alpha: !canvas.opaque, ...timingOf(canvas, output) };
      return workers.framesToAvif(canvas.frames.map(bytesOf), animation, { signal });
    }
    if (!isWritten(format)) return undefined;
    return workers.encodeStill(
      { picture: { data: bytesOf(frame), width, height, channels: 4 }, format, quality },
      { signal },
    );
  };
