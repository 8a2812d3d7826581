import type { Decode } from '@signet/transformation';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { ERRORS } from '../../errors.ts';
import { clipToPath } from './clipping-path.ts';
import { decodeApng, readApngHeader } from './formats/apng-decode.ts';
import { readAvifSequence } from './formats/avif-sequence.ts';
import type { ImageLimits } from './limits.ts';
import { refuse } from './problem.ts';
import { type Canvas, fromSharp, isOpaque, type Raster, TRANSPARENT, toRgba, toSharp } from './raster.ts';
import { type Pixels, readAll, readHead, type SourceBytes, sniff } from './source.ts';
import { sanitizeSvg } from './svg.ts';

/**
 * Brings pictures that libvips cannot read (PDF, PSD, JXL, JPEG 2000, HEIC, BMP, moving AVIF, a video's frame …): pixels, or
 * bytes in a format libvips reads. When all pages are wanted the frames lie below one another, each as high as `height`.
 * `undefined`: not one of its formats either.
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
  /** Pages of the result. Default 1: of several pages that were asked for, the first is read. */
  pages?: number;
  /** Leave colours as they are and forget the profile. */
  ignoreProfile: boolean;
  extraDecoder?: ExtraDecoder | undefined;
  /** See `RenderInput`. */
  pixels?: Pixels;
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
  if (context.pixels) return fromPixels(context.pixels, context);
  const kind = sniff(await readHead(source));
  const options: SharpOptions = {
    failOn: 'error',
    limitInputPixels: animated ? limits.totalPixels : limits.inputPixels,
    autoOrient: decode.autoOrient,
    ignoreIcc: context.ignoreProfile,
    sequentialRead: true,
  };
  let input: SourceBytes = source;
  // Camera files are TIFFs, too: libvips would show the stamp-sized picture at their head.
  const mayBeForeign = kind === undefined || kind === 'avis' || kind === 'tiff';
  const foreign = mayBeForeign
    ? await context.extraDecoder?.(source, decode, { signal: context.signal, maxPixels: limits.inputPixels })
    : undefined;
  if (kind === undefined && foreign === undefined) throw ERRORS.InvalidImageFile();
  if (foreign instanceof Uint8Array) input = foreign;
  else if (foreign !== undefined) return fromPixels(foreign, context);
  if (kind === 'svg') {
    input = Buffer.from(sanitizeSvg(await readAll(source), limits.svgBytes));
    if (decode.density !== undefined) options.density = decode.density;
  } else if (animated) {
    options.pages = -1;
  } else if (decode.pages.kind === 'list' && (kind === 'gif' || kind === 'webp' || kind === 'tiff')) {
    const page = (decode.pages.pages[0] ?? 1) - 1;
    if (page > 0) options.page = page;
  }
  if (animated && options.pages === -1) await checkFrames(input, options, limits);
  return timed(sharp(input, options), context);
}

const fromPixels = ({ data, width, height, channels }: Pixels, context: DecodeContext): Sharp =>
  timed(sharp(data, { raw: { width, height, channels }, limitInputPixels: context.limits.inputPixels }), context);

const timed = (pipeline: Sharp, context: DecodeContext): Sharp => pipeline.timeout({ seconds: context.seconds });

async function checkFrames(input: SourceBytes, options: SharpOptions, limits: ImageLimits): Promise<void> {
  const { pages = 1 } = await sharp(input, { ...options, pages: 1 }).metadata();
  if (pages > limits.frames) throw refuse(`Image has too many frames. Got ${pages}. Maximum is ${limits.frames}.`);
}

/**
 * Pixels that one pipeline of libvips cannot give: moving PNGs, several pages, what a clipping path leaves. `undefined`: it
 * can, see `openSource`.
 */
export async function assemble(
  source: SourceBytes,
  decode: Decode,
  context: DecodeContext,
): Promise<Canvas | undefined> {
  const { limits, animated } = context;
  const page = decode.pages.kind === 'list' ? (decode.pages.pages[0] ?? 1) : 1;
  if (animated || page > 1) {
    const header = await readApngHeader(source);
    if (header && animated && header.frames > limits.frames)
      throw refuse(`Image has too many frames. Got ${header.frames}. Maximum is ${limits.frames}.`);
    if (header) {
      const bytes = Buffer.from(await readAll(source));
      const canvas = await decodeApng(bytes, { ...limits, ...context, frames: animated ? limits.frames : page });
      return animated ? canvas : { frames: canvas.frames.slice(-1), opaque: canvas.opaque };
    }
  }
  const moving = animated ? await decodeAvifSequence(source, decode, context) : undefined;
  if (moving) return moving;
  const several = (context.pages ?? 1) > 1 && decode.pages.kind === 'list' ? decode.pages.pages : [];
  if (several.length > 1) return decodePages(source, decode, several, context);
  if (!decode.clip) return undefined;
  const canvas = await toCanvas(await openSource(source, decode, context), {});
  const { clip, clippingPath, autoOrient } = decode;
  return clipToPath(canvas, source, { clip, clippingPath, autoOrient });
}

async function decodeAvifSequence(
  source: SourceBytes,
  decode: Decode,
  { extraDecoder, limits, signal }: DecodeContext,
): Promise<Canvas | undefined> {
  if (sniff(await readHead(source)) !== 'avis') return undefined;
  const sequence = await readAvifSequence(source);
  if (sequence === undefined) return undefined;
  if (sequence.frames > limits.frames)
    throw refuse(`Image has too many frames. Got ${sequence.frames}. Maximum is ${limits.frames}.`);
  const decoded = await extraDecoder?.(source, decode, { signal, maxPixels: limits.totalPixels });
  if (decoded === undefined || decoded instanceof Uint8Array) return undefined;
  const { data, width, height, channels } = decoded;
  const frames = splitFrames(toRgba(data, channels), width, height, data.length / (width * height * channels));
  // A file that breaks off has fewer than it says.
  const delay = sequence.delays.slice(0, frames.length);
  return { frames, delay, loop: sequence.loop, opaque: frames.every(isOpaque) };
}

/** Pages as frames of one size: a page of another size is fitted into the first one's, on transparency. */
async function decodePages(
  source: SourceBytes,
  decode: Decode,
  pages: readonly number[],
  context: DecodeContext,
): Promise<Canvas> {
  const frames: Raster[] = [];
  for (const page of pages) {
    context.signal.throwIfAborted();
    const opened = await openSource(source, { ...decode, pages: { kind: 'list', pages: [page] } }, context);
    const frame = (await toCanvas(opened, {})).frames[0]!;
    const [first] = frames;
    if (frame.width * frame.height * pages.length > context.limits.totalPixels)
      throw refuse(`Image is too large. Got ${pages.length} pages of ${frame.width}x${frame.height}.`);
    frames.push(
      first && (first.width !== frame.width || first.height !== frame.height) ? await fit(frame, first) : frame,
    );
  }
  return { frames, opaque: frames.every(isOpaque) };
}

const fit = (frame: Raster, { width, height }: Raster): Promise<Raster> =>
  fromSharp(toSharp(frame).resize(width, height, { fit: 'contain', background: { ...TRANSPARENT } }));

/** Pixels of what the plan reads: all frames of an animation, all pages that were asked for. */
export async function decodeCanvas(source: SourceBytes, decode: Decode, context: DecodeContext): Promise<Canvas> {
  return (await assemble(source, decode, context)) ?? toCanvas(await openSource(source, decode, context), {});
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

function splitFrames(data: Uint8Array, width: number, height: number, pages: number): Raster[] {
  const size = width * height * 4;
  return Array.from({ length: pages }, (_, i) => ({ data: data.subarray(i * size, (i + 1) * size), width, height }));
}
