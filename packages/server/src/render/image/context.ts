import type { AssetRef, ImageOutput, Size, TextStyle } from '@signet/transformation';
import type { ExtraDecoder } from './decode.ts';
import type { EffectThreads } from './effect-threads.ts';
import type { Effort, ExtraEncoder } from './encode.ts';
import type { Detectors } from './focus.ts';
import type { ImageLimits } from './limits.ts';
import { refuse } from './problem.ts';
import type { Canvas, Raster } from './raster.ts';
import type { Pixels, SourceBytes } from './source.ts';

/** What a render may ask of the outside. */
export interface RenderInput {
  /** The original: a path, or its bytes. */
  source: SourceBytes;
  /** A copy of the original with enough pixels for the plan: read in place of `source`, which nothing looks at then. */
  pixels?: Pixels;
  /** Opens a layer, by the reference of the plan. Throws a client error when it does not exist or may not be read. */
  open?(ref: AssetRef): Promise<SourceBytes>;
  /** The style of a text asset, for `l_text:<preset>:`. */
  openTextStyle?(publicId: string): Promise<TextStyle & { color?: string }>;
  /** The path of a font file of the account (`my.ttf`); `undefined` when there is none. */
  openFont?(fileName: string): Promise<string | undefined>;
  /** A raw asset: colour table or ICC profile. */
  openRaw?(publicId: string): Promise<SourceBytes>;
  signal?: AbortSignal;
  /** Milliseconds; default `limits.deadline`. */
  deadline?: number;
  /** Default `fast`. */
  effort?: Effort;
}

/** Finds the subject: one byte per pixel, 255 = subject. */
export type ForegroundMask = (picture: Raster, options: { fine: boolean }, signal: AbortSignal) => Promise<Uint8Array>;

/** Everything that stays the same while one request is rendered. */
export interface RenderContext {
  readonly limits: ImageLimits;
  /** For the fonts of accounts. */
  readonly cacheFolder: string;
  readonly input: RenderInput;
  readonly output: ImageOutput;
  /** Of what the plan reads, upright. */
  readonly original: Size;
  readonly signal: AbortSignal;
  readonly threads: EffectThreads;
  readonly detectors: Detectors;
  readonly foregroundMask: ForegroundMask | undefined;
  readonly effort: Effort;
  readonly extraDecoder: ExtraDecoder | undefined;
  readonly extraEncoder: ExtraEncoder | undefined;
  /** Seconds left for one libvips pipeline, at least 1. */
  seconds(): number;
  /** Counts towards the limits of the request. */
  countStep(): void;
  countLayer(): void;
}

/** Refuses pictures over the limits before their memory is asked for. */
export function checkSize(size: { width: number; height: number }, frames: number, limits: ImageLimits): void {
  const { width, height } = size;
  const pixels = width * height;
  if (width > limits.outputSide || height > limits.outputSide) {
    throw refuse(`Image is too large. Got ${width}x${height}. Maximum side is ${limits.outputSide}.`);
  }
  if (pixels > limits.outputPixels)
    throw refuse(`Image is too large. Got ${pixels} pixels. Maximum is ${limits.outputPixels}.`);
  if (pixels * frames > limits.totalPixels) {
    throw refuse(`Image is too large. Got ${pixels * frames} pixels in all frames. Maximum is ${limits.totalPixels}.`);
  }
}

export const sizeOf = (canvas: Canvas): { width: number; height: number } => {
  const { width, height } = canvas.frames[0]!;
  return { width, height };
};
