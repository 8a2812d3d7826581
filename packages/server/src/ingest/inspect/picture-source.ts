import { readFile } from 'node:fs/promises';
import type { Sharp, SharpInput, SharpOptions } from 'sharp';
import sharp from 'sharp';
import { readAvifSequence } from '../../render/image/formats/avif-sequence.ts';
import type { RawPicture, VideoWorkers } from '../../render/video/video-workers.ts';
import { readCameraPreview } from './camera-raw.ts';
import type { Format } from './formats.ts';
import { bytesOrPath, type InspectInput } from './input.ts';

/** A picture that sharp can take in, whatever the file's format. */
export interface PictureSource {
  readonly input: SharpInput;
  readonly options: SharpOptions;
  /** EXIF orientation that the file asks for and `open` applies, when sharp cannot see it in `input`. */
  readonly orientation?: number;
  /** The decoded pixels, when a worker has decoded them. */
  readonly raw?: RawPicture;
}

export interface PictureSourceOptions {
  /** Width × height at most. */
  readonly pixelLimit: number;
  /** Dots per inch for formats without pixels (PDF). Default 150. */
  readonly dpi?: number;
  /** Page, from 1. Default 1. */
  readonly page?: number;
}

const fromRaw = (raw: RawPicture): PictureSource => {
  const { width, height, channels } = raw;
  return { input: raw.data, options: { raw: { width, height, channels } }, raw };
};

/**
 * Prepares a picture for sharp: directly, or through a media worker for formats libvips cannot read.
 *
 * @throws WorkerError from the workers; Error when a camera file has no preview
 */
export async function pictureSource(
  file: InspectInput,
  format: Format,
  workers: VideoWorkers,
  { pixelLimit, dpi, page = 1 }: PictureSourceOptions,
): Promise<PictureSource> {
  const options: SharpOptions = { limitInputPixels: pixelLimit, failOn: 'none' };
  if (format.name === 'avif') {
    const moving = await readAvifSequence(await bytesOrPath(file));
    if (moving !== undefined) {
      const { color, alpha } = moving;
      const first = { path: await file.path(), color, alpha, first: 0, count: 1, pixelLimit };
      return fromRaw(await workers.decodeSequence(first));
    }
  }
  if (format.decode === 'av') return fromRaw(await workers.decodeStill(await file.path(), format.name));
  if (format.decode === 'pdfium') return fromRaw(await workers.pdfPage(await file.path(), page, { dpi }));
  if (format.decode === 'own') {
    const preview = await readCameraPreview(await file.path());
    if (preview === undefined) throw new Error('the camera file has no preview picture');
    const { jpeg: input, orientation } = preview;
    return { input, options, ...(orientation === undefined ? {} : { orientation }) };
  }
  // From a buffer an SVG has no base address: librsvg then cannot read files that lie beside it.
  const input = file.memory ?? (format.name === 'svg' ? await readFile(await file.path()) : await file.path());
  return { input, options: page > 1 ? { ...options, page: page - 1 } : options };
}

const TURN: Readonly<Record<number, { angle: number; mirror: boolean }>> = {
  2: { angle: 0, mirror: true },
  3: { angle: 180, mirror: false },
  4: { angle: 180, mirror: true },
  5: { angle: 270, mirror: true },
  6: { angle: 90, mirror: false },
  7: { angle: 90, mirror: true },
  8: { angle: 270, mirror: false },
};

/** A sharp pipeline that begins with the upright picture. */
export function openPicture({ input, options, orientation }: PictureSource): Sharp {
  const picture = sharp(input, options);
  const turn = orientation === undefined ? undefined : TURN[orientation];
  if (orientation === undefined) return picture.autoOrient();
  if (turn === undefined) return picture;
  // EXIF mirrors before it turns: flop, then rotate.
  return turn.mirror ? picture.flop().rotate(turn.angle) : picture.rotate(turn.angle);
}
