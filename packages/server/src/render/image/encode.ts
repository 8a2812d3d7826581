import type { ImageOutput } from '@signet/transformation';
import sharp, { type Sharp } from 'sharp';
import { encodeApng } from './formats/apng-encode.ts';
import { encodeBmp } from './formats/bmp.ts';
import { encodeIco } from './formats/ico.ts';
import { encodePdf } from './formats/pdf.ts';
import { encodeTga } from './formats/tga.ts';
import { refuse } from './problem.ts';
import { type Canvas, delaysOf, type Raster, toSharp } from './raster.ts';

/** How much time an encoder may take: `fast` answers now, `best` is for a job that replaces the bytes later. */
export type Effort = 'fast' | 'best';

/** Writes what libvips cannot (JXL, JPEG 2000, HEIC, animated AVIF …). `undefined`: not one of its formats either. */
export type ExtraEncoder = (
  canvas: Canvas,
  output: ImageOutput,
  context: { quality: number; effort: Effort; signal: AbortSignal },
) => Promise<Uint8Array | undefined>;

/** What one encoder is told. Quality is 1–100, already decided. */
export interface EncodeSettings {
  quality: number;
  effort: Effort;
  /** Chosen by `q_auto`: smaller files for the same look are worth some time. */
  tuned: boolean;
}

/** Encoder quality when the URL asks for none. The cloud's are not documented; these look alike across formats. */
const DEFAULT_QUALITY: Readonly<Record<string, number>> = {
  jpg: 80,
  webp: 80,
  avif: 52,
  jxl: 80,
  jp2: 80,
  gif: 100,
  png: 100,
  tiff: 90,
  heic: 55,
};

/**
 * AVIF's quality that looks like JPEG's, at the JPEG qualities of the first column: what `q_auto` chose for both on
 * photographs. Without it `q_80,f_auto` would give browsers with AVIF the larger file.
 */
const AVIF_LIKE_JPEG: readonly (readonly [jpeg: number, avif: number])[] = [
  [1, 10],
  [30, 34],
  [50, 44],
  [65, 50],
  [75, 56],
  [80, 60],
  [85, 65],
  [90, 75],
  [95, 86],
  [100, 100],
];

/** The encoder's own unit for `q_<n>`, which counts as JPEG does. */
export function encoderQuality(format: string, quality: number): number {
  if (format !== 'avif') return quality;
  const upper = Math.max(
    1,
    AVIF_LIKE_JPEG.findIndex(([jpeg]) => jpeg >= quality),
  );
  const [[j0, a0], [j1, a1]] = [AVIF_LIKE_JPEG[upper - 1]!, AVIF_LIKE_JPEG[upper]!];
  return Math.round(a0 + ((a1 - a0) * (quality - j0)) / (j1 - j0));
}

export const defaultQuality = (format: string): number => DEFAULT_QUALITY[format] ?? 80;

const NO_ALPHA = new Set(['jpg', 'bmp', 'pdf']);

/** True when the format can hold transparency. */
export const holdsAlpha = (format: string): boolean => !NO_ALPHA.has(format);

/** Trellis quantisation and optimised scans cost about three times the time and save about 8 % of the bytes. */
export const TUNED_JPEG = { trellisQuantisation: true, overshootDeringing: true, quantisationTable: 3 } as const;

type Encoder = (pipeline: Sharp, output: ImageOutput, settings: EncodeSettings) => Sharp;

/** Formats that libvips writes, by canonical extension. */
const ENCODERS: Readonly<Record<string, Encoder>> = {
  jpg: (pipeline, output, { quality, tuned }) => {
    const { progressive } = output;
    const scans = progressive === 'default' ? tuned : progressive !== 'none';
    return pipeline.jpeg({
      quality,
      progressive: scans,
      ...(tuned ? { ...TUNED_JPEG, optimiseScans: scans } : {}),
      chromaSubsampling: output.chroma === '444' ? '4:4:4' : '4:2:0',
    });
  },
  png: (pipeline, output, { quality, effort }) => {
    const palette = output.pngBits === 8 || (output.pngBits === null && quality < 100);
    return pipeline.png({
      progressive: output.progressive === 'semi' || output.progressive === 'steep',
      compressionLevel: effort === 'best' ? 9 : 6,
      ...(palette ? { palette: true, quality: Math.max(1, quality), effort: effort === 'best' ? 10 : 4 } : {}),
    });
  },
  webp: (pipeline, output, { quality, effort, tuned }) =>
    pipeline.webp({
      quality,
      effort: effort === 'best' ? 6 : tuned ? 5 : 4,
      lossless: output.lossless,
      ...(output.chroma === '444' ? { smartSubsample: true } : {}),
    }),
  avif: (pipeline, output, { quality, effort }) =>
    pipeline.avif({
      quality,
      effort: effort === 'best' ? 6 : 2,
      lossless: output.lossless,
      chromaSubsampling: output.chroma === '444' || output.lossless ? '4:4:4' : '4:2:0',
    }),
  gif: (pipeline, output, { quality, effort }) =>
    pipeline.gif({
      effort: effort === 'best' ? 10 : 4,
      // `fl_lossy` defaults to quality 80; lower values allow more difference between frames and to the palette.
      ...(output.lossy ? lossyGif(output.quality.mode === 'fixed' ? quality : 80) : {}),
    }),
  tiff: (pipeline, output, { quality }) => {
    if (output.tiff?.group4)
      return pipeline.threshold(128).toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 });
    if (output.tiff?.lzw8) return pipeline.tiff({ compression: 'lzw', predictor: 'horizontal' });
    return output.quality.mode === 'default'
      ? pipeline.tiff({ compression: 'deflate', predictor: 'horizontal' })
      : pipeline.tiff({ compression: 'jpeg', quality });
  },
};

const lossyGif = (quality: number) => ({
  interFrameMaxError: Math.min(32, (100 - quality) * 0.4),
  interPaletteMaxError: Math.min(256, (100 - quality) * 0.8),
  dither: 0.6,
});

/** Formats written from pixels by code of our own, one frame. */
const FROM_PIXELS: Readonly<Record<string, (canvas: Canvas, output: ImageOutput) => Promise<Uint8Array> | Uint8Array>> =
  {
    bmp: ({ frames }) => encodeBmp(frames[0]!),
    tga: ({ frames }) => encodeTga(frames[0]!),
    ico: ({ frames }) => encodeIco(frames[0]!),
    pdf: ({ frames }, output) => encodePdf(frames, { density: output.density ?? 72, quality: 90 }),
  };

/** True when libvips itself writes the output: a pipeline can end in the encoder without pixels in between. */
export const isNative = (output: ImageOutput): boolean =>
  ENCODERS[output.format] !== undefined && !(output.animated && (output.format === 'avif' || output.format === 'png'));

/** Adds the encoder, the profile and the metadata to a pipeline that ends in an image of the output's size. */
export function encodeWith(pipeline: Sharp, output: ImageOutput, settings: EncodeSettings): Sharp {
  const encoder = ENCODERS[output.format];
  if (!encoder) throw unwritable(output.format);
  let result = pipeline;
  if (output.colorSpace === 'cmyk') result = result.toColourspace('cmyk');
  if (output.profile === 'tiny') result = result.withIccProfile('srgb');
  if (output.density !== null) result = result.withDensity(output.density);
  return encoder(result, output, settings);
}

const unwritable = (format: string): Error => refuse(`Invalid extension in transformation: ${format}`);

/** Bytes from pixels, by whoever writes the format. The canvas is already flattened when the format needs it. */
export async function encodeCanvas(
  canvas: Canvas,
  output: ImageOutput,
  settings: EncodeSettings,
  context: {
    signal: AbortSignal;
    seconds: number;
    extraEncoder?: ExtraEncoder | undefined;
    finish?: (pipeline: Sharp) => Sharp;
  },
): Promise<Uint8Array> {
  const animated = (output.animated || output.pages > 1) && canvas.frames.length > 1;
  if (isNative(output) || (output.format === 'avif' && !animated) || (output.format === 'png' && !animated)) {
    let pipeline = canvasToSharp(canvas, animated).timeout({ seconds: context.seconds });
    if (context.finish) pipeline = context.finish(pipeline);
    return encodeWith(withTiming(pipeline, canvas, output, animated), output, settings).toBuffer();
  }
  if (output.format === 'png') return encodeApng(canvas, output);
  const own = FROM_PIXELS[output.format];
  if (own) return own(canvas, output);
  const extra = await context.extraEncoder?.(canvas, output, {
    quality: settings.quality,
    effort: settings.effort,
    signal: context.signal,
  });
  if (!extra) throw unwritable(output.format);
  return extra;
}

/** All frames below one another, as libvips keeps animated pictures; three channels when nothing is transparent. */
function canvasToSharp(canvas: Canvas, animated: boolean): Sharp {
  const [first] = canvas.frames as [Raster, ...Raster[]];
  const still = !animated || canvas.frames.length === 1;
  const pipeline = still
    ? toSharp(first)
    : sharp(Buffer.concat(canvas.frames.map((frame) => frame.data)), {
        raw: { width: first.width, height: first.height * canvas.frames.length, channels: 4, pageHeight: first.height },
        limitInputPixels: false,
      });
  return canvas.opaque ? pipeline.removeAlpha() : pipeline;
}

/** Sets delays and repetitions on GIF and WebP output. */
function withTiming(pipeline: Sharp, canvas: Canvas, output: ImageOutput, animated: boolean): Sharp {
  if (!animated || (output.format !== 'gif' && output.format !== 'webp')) return pipeline;
  const timing = timingOf(canvas, output);
  return output.format === 'gif' ? pipeline.gif(timing) : pipeline.webp(timing);
}

/** Delay per frame in milliseconds (default 100) and repetitions (default for ever), the URL's wishes first. */
export function timingOf(
  canvas: Canvas,
  output: Pick<ImageOutput, 'delay' | 'loop'>,
): { delay: number[]; loop: number } {
  return {
    delay: delaysOf(canvas).map((delay) => output.delay ?? delay),
    loop: output.loop ?? canvas.loop ?? 0,
  };
}
