import type { Decode } from '@signet/transformation';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { ERRORS } from '../../errors.ts';
import type { ImageLimits } from './limits.ts';
import { refuse } from './problem.ts';
import { type Canvas, isOpaque, type Raster, toRgba } from './raster.ts';
import { readAll, readHead, type SourceBytes, sniff } from './source.ts';
import { sanitizeSvg } from './svg.ts';

/**
 * Brings pictures that libvips cannot read (PDF, PSD, JXL, JPEG 2000, HEIC, BMP, a video's frame …): pixels, or bytes in a
 * format libvips reads. `undefined`: not one of its formats either.
 */
export type ExtraDecoder = (
  source: SourceBytes,
  decode: Decode,
  context: { signal: AbortSignal; maxPixels: number },
) => Promise<{ data: Uint8Array; width: number; height: number; channels: 1 | 2 | 3 | 4 } | Uint8Array | undefined>;

export interface DecodeContext {
  limits: ImageLimits;
  signal: AbortSignal;
  /** Seconds libvips may spend on one pipeline. */
  seconds: number;
  /** Read every frame. */
  animated: boolean;
  /** Leave colours as they are and forget the profile. */
  ignoreProfile: boolean;
  extraDecoder?: ExtraDecoder | undefined;
}

/** The upright first picture of a source, whatever it is. */
export const FIRST_PICTURE: Decode = { pages: { kind: 'first' }, autoOrient: true, out: { width: 0, height: 0 } };

/**
 * A pipeline over the source with every bound set; nothing is decoded yet.
 *
 * @throws 400 `Invalid image file` when the bytes are none of the known kinds.
 */
export async function openSource(source: SourceBytes, decode: Decode, context: DecodeContext): Promise<Sharp> {
  const { limits, animated } = context;
  const kind = sniff(await readHead(source));
  const options: SharpOptions = {
    failOn: 'error',
    limitInputPixels: animated ? limits.totalPixels : limits.inputPixels,
    autoOrient: decode.autoOrient,
    ignoreIcc: context.ignoreProfile,
    sequentialRead: true,
  };
  let input: SourceBytes = source;
  if (kind === 'svg') {
    input = Buffer.from(sanitizeSvg(await readAll(source), limits.svgBytes));
    if (decode.density !== undefined) options.density = decode.density;
  } else if (kind === undefined || decode.pages.kind === 'names' || decode.pages.kind === 'embedded') {
    const found = await context.extraDecoder?.(source, decode, {
      signal: context.signal,
      maxPixels: limits.inputPixels,
    });
    if (!found) throw ERRORS.InvalidImageFile();
    if (found instanceof Uint8Array) input = found;
    else {
      const { width, height, channels } = found;
      return timed(
        sharp(found.data, { raw: { width, height, channels }, limitInputPixels: limits.inputPixels }),
        context,
      );
    }
  } else if (animated) {
    options.pages = -1;
  } else if (decode.pages.kind === 'list' && (kind === 'gif' || kind === 'webp' || kind === 'tiff')) {
    const page = (decode.pages.pages[0] ?? 1) - 1;
    if (page > 0) options.page = page;
  }
  if (animated && options.pages === -1) await checkFrames(input, options, limits);
  return timed(sharp(input, options), context);
}

const timed = (pipeline: Sharp, context: DecodeContext): Sharp => pipeline.timeout({ seconds: context.seconds });

async function checkFrames(input: SourceBytes, options: SharpOptions, limits: ImageLimits): Promise<void> {
  const { pages = 1 } = await sharp(input, { ...options, pages: 1 }).metadata();
  if (pages > limits.frames) throw refuse(`Image has too many frames. Got ${pages}. Maximum is ${limits.frames}.`);
}

/** Runs a pipeline to pixels: one frame, or all with their timing. */
export async function toCanvas(
  pipeline: Sharp,
  timing: { delay?: number[] | undefined; loop?: number | undefined },
): Promise<Canvas> {
  const { data, info } = await pipeline
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pages = info.pages && info.pages > 1 ? info.pages : 1;
  const height = pages > 1 ? (info.pageHeight ?? info.height / pages) : info.height;
  const frames = splitFrames(toRgba(data, info.channels), info.width, height, pages);
  const canvas: Canvas = { frames, opaque: frames.every(isOpaque) };
  if (pages > 1 && timing.delay) canvas.delay = timing.delay;
  if (pages > 1 && timing.loop !== undefined) canvas.loop = timing.loop;
  return canvas;
}

export function splitFrames(data: Uint8Array, width: number, height: number, pages: number): Raster[] {
  const size = width * height * 4;
  return Array.from({ length: pages }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), width, height }));
}
