import { stat } from 'node:fs/promises';
import type { ImageOutput, Plan } from '@signet/transformation';
import type { Sharp } from 'sharp';
import { type RenderContext, sizeOf } from './context.ts';
import {
  defaultQuality,
  type Effort,
  type EncodeSettings,
  encodeCanvas,
  encoderQuality,
  holdsAlpha,
} from './encode.ts';
import { carryMetadata } from './metadata.ts';
import { refuse } from './problem.ts';
import { chooseQuality } from './quality.ts';
import { type Canvas, crop, type Raster } from './raster.ts';
import { readAll, readHead, sniff } from './source.ts';
import { cleanSvg } from './svg.ts';

export interface Rendered {
  data: Buffer;
  /** Canonical extension of what `data` really is. */
  format: string;
  contentType: string;
  width: number;
  height: number;
  /** Frames or pages. */
  pages: number;
  /** Encoder quality, where the format has one. */
  quality: number;
  /** False when the encoder was told to be fast and a better result of the same picture can be made with `effort: 'best'`. */
  best: boolean;
}

/** The result's bytes: the picture as its format can hold it, encoded. */
export async function encodeResult(start: Canvas, wanted: ImageOutput, context: RenderContext): Promise<Rendered> {
  let canvas = start;
  const png = { format: 'png', contentType: 'image/png' } as const;
  let output = wanted;
  if (wanted.preserveTransparency && !canvas.opaque && !holdsAlpha(wanted.format)) output = { ...wanted, ...png };
  else if (wanted.drawingAsPng && isDrawing(canvas.frames[0]!))
    output = { ...wanted, ...png, pngBits: fewColors(canvas.frames[0]!) ? 8 : null };
  if (output.format === 'svg') return describe(svgOf(canvas), output, sizeOf(canvas), 1, 100, 'best');
  const keepFrames = output.animated || output.pages > 1;
  if (!keepFrames && canvas.frames.length > 1) canvas = { ...canvas, frames: canvas.frames.slice(0, 1) };
  if ((!holdsAlpha(output.format) || output.pngBits === 24) && !canvas.opaque) canvas = onColor(canvas, output);
  if (output.format === 'avif' && canvas.frames.length > 1) canvas = evenSides(canvas);
  if (output.pngBits === 32) canvas = { ...canvas, opaque: false };
  if (output.anyFormat && output.format === 'png' && output.quality.mode === 'auto' && fewColors(canvas.frames[0]!)) {
    output = { ...output, pngBits: 8 };
  }
  const settings = await settingsFor(canvas, output, context.effort);
  const carry = await carryMetadata(output, context.input.source);
  const profile = await profileOf(output, context);
  const finish = (pipeline: Sharp) => (profile ? carry(pipeline).withIccProfile(profile) : carry(pipeline));
  const data = await encodeCanvas(canvas, output, settings, {
    signal: context.signal,
    seconds: context.seconds(),
    extraEncoder: context.extraEncoder,
    finish,
  });
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const result = describe(bytes, output, sizeOf(canvas), canvas.frames.length, settings.quality, context.effort);
  return output.getinfo ? info(result, context) : result;
}

/** True when most pixels are exactly as their left neighbour: text, logos, screenshots, which JPEG blurs and inflates. */
function isDrawing({ data, width, height }: Raster): boolean {
  const pixels = new Uint32Array(new Uint8Array(data).buffer);
  let same = 0;
  for (let p = 1; p < pixels.length; p++) if (pixels[p] === pixels[p - 1]) same++;
  return same > width * height * 0.6;
}

/** True when a palette of 256 holds every colour: a smaller PNG with the same pixels. */
function fewColors({ data }: Raster): boolean {
  const pixels = new Uint32Array(new Uint8Array(data).buffer);
  const seen = new Set<number>();
  for (const pixel of pixels) if (seen.add(pixel).size > 256) return false;
  return true;
}

/** The path of the profile that `cs_icc:<id>` names. */
async function profileOf({ colorSpace }: ImageOutput, { input }: RenderContext): Promise<string | undefined> {
  if (typeof colorSpace === 'string') return undefined;
  const path = await input.openRaw?.(colorSpace.icc);
  if (typeof path !== 'string') throw refuse(`Unknown or invalid referenced icc profile ${colorSpace.icc}`);
  return path;
}

async function settingsFor(canvas: Canvas, output: ImageOutput, effort: Effort): Promise<EncodeSettings> {
  const { quality, format } = output;
  if (quality.mode === 'fixed') return { quality: encoderQuality(format, quality.value), effort, tuned: false };
  const lossless = format === 'png' || format === 'gif' || format === 'tiff' || format === 'bmp';
  if (quality.mode === 'default' || lossless)
    return { quality: defaultQuality(format), effort, tuned: quality.mode === 'auto' };
  return { quality: await chooseQuality(canvas, quality.level, format), effort, tuned: true };
}

/** The encoder of moving AVIF shares colours between two pixels and two rows: what is odd loses its last. */
function evenSides(canvas: Canvas): Canvas {
  const even = (side: number): number => Math.max(2, side & ~1);
  const [width, height] = [even(sizeOf(canvas).width), even(sizeOf(canvas).height)];
  return { ...canvas, frames: canvas.frames.map((frame) => crop(frame, { x: 0, y: 0, width, height })) };
}

/** Blends transparency with the colour of the output, in place: the canvas is ours. */
function onColor(canvas: Canvas, { background: { r, g, b } }: ImageOutput): Canvas {
  for (const { data } of canvas.frames) {
    for (let i = 0; i < data.length; i += 4) {
      const alpha = data[i + 3]!;
      if (alpha === 255) continue;
      const rest = 255 - alpha;
      data[i] = (data[i]! * alpha + r * rest + 127) / 255;
      data[i + 1] = (data[i + 1]! * alpha + g * rest + 127) / 255;
      data[i + 2] = (data[i + 2]! * alpha + b * rest + 127) / 255;
      data[i + 3] = 255;
    }
  }
  return { ...canvas, opaque: true };
}

export const describe = (
  data: Buffer,
  output: ImageOutput,
  size: { width: number; height: number },
  pages: number,
  quality: number,
  effort: Effort,
): Rendered => ({
  data,
  format: output.format,
  contentType: output.contentType,
  width: size.width,
  height: size.height,
  pages,
  quality,
  best: effort === 'best' || pages > 1 || (output.format !== 'avif' && output.format !== 'jxl'),
});

/** The vector result of `e_vectorize`, when it was the last thing that happened. */
function svgOf(canvas: Canvas): Buffer {
  const { svg } = canvas.frames[0]!;
  if (svg === undefined)
    throw refuse('Invalid extension in transformation: svg (a bitmap becomes SVG only by e_vectorize)');
  return Buffer.from(svg);
}

/** An SVG source asked for as SVG: the same document, cleaned. */
export async function renderSvg(plan: Plan, { input, limits, output }: RenderContext): Promise<Rendered> {
  if (sniff(await readHead(input.source)) !== 'svg')
    throw refuse('Invalid extension in transformation: svg (a bitmap becomes SVG only by e_vectorize)');
  const data = Buffer.from(cleanSvg(await readAll(input.source), limits.svgBytes));
  return describe(data, output, plan.decode.out, 1, 100, 'best');
}

/** `fl_getinfo`: JSON about input and output (documentation, flags). */
async function info(result: Rendered, { input, original }: RenderContext): Promise<Rendered> {
  const bytes = typeof input.source === 'string' ? (await stat(input.source)).size : input.source.length;
  const body = {
    input: { ...original, bytes },
    output: { format: result.format, width: result.width, height: result.height, bytes: result.data.length },
  };
  return { ...result, data: Buffer.from(JSON.stringify(body)), format: 'json', contentType: 'application/json' };
}
