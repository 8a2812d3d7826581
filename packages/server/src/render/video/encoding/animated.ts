import type { ImageOutput, Quality } from '@signet/transformation';
import { EncodingError } from './encoding.ts';
import { qualityLevel, rateFactor } from './quality.ts';
import type { ContainerSettings, VideoEncoding } from './settings.ts';

export interface AnimatedSpec {
  readonly encoder: string;
  readonly muxer: string;
  /** At most 256 colours, chosen from the film. */
  readonly palette: boolean;
  /** `alpha` null: what is transparent has to be put on a colour first. */
  readonly pixelFormat: { readonly plain: string; readonly alpha: string | null };
}

/** Animated pictures made from films, as data. */
export const ANIMATED = {
  gif: { encoder: 'gif', muxer: 'gif', palette: true, pixelFormat: { plain: 'pal8', alpha: 'pal8' } },
  webp: {
    encoder: 'libwebp_anim',
    muxer: 'webp',
    palette: false,
    pixelFormat: { plain: 'yuv420p', alpha: 'yuva420p' },
  },
  png: { encoder: 'apng', muxer: 'apng', palette: false, pixelFormat: { plain: 'rgb24', alpha: 'rgba' } },
  avif: { encoder: 'libsvtav1', muxer: 'avif', palette: false, pixelFormat: { plain: 'yuv420p', alpha: null } },
} as const satisfies Record<string, AnimatedSpec>;

export type AnimatedFormat = keyof typeof ANIMATED;

const isAnimatedFormat = (format: string): format is AnimatedFormat => Object.hasOwn(ANIMATED, format);

/** One JPEG. */
const SHEET = {
  video: {
    encoder: 'mjpeg',
    pixelFormat: 'yuvj420p',
    options: { flags: '+qscale', global_quality: String(5 * 118) },
    keyframeInterval: null,
  },
  container: { muxer: 'mjpeg', options: {} },
} as const;

/** Rate factor of a transparency: its edges are seen more than colours, and it is small. */
const ALPHA_RATE = 14;

/** SVT-AV1 3.1 never returns from narrower pictures. */
const LEAST_AVIF = { width: 32, height: 16 } as const;

/** @throws EncodingError for a size that moving AVIF cannot have here */
export function checkAvifSize({ width, height }: { width: number; height: number }): void {
  if (width < LEAST_AVIF.width || height < LEAST_AVIF.height)
    throw new EncodingError(
      `A moving AVIF has at least ${LEAST_AVIF.width}x${LEAST_AVIF.height} pixels. Got ${width}x${height}.`,
    );
}

const avifTrack = (rate: number): VideoEncoding => ({
  encoder: 'libsvtav1',
  pixelFormat: 'yuv420p',
  options: { crf: String(rate), preset: '8' },
  keyframeInterval: null,
});

/**
 * Moving AVIF from pictures of even sides.
 *
 * @param quality 1–100, in AVIF's unit
 * @param loop plays, 0 for ever
 * @param alpha a second track keeps the transparency
 */
export const avifEncoding = (
  quality: number,
  loop: number,
  alpha: boolean,
): { video: VideoEncoding; container: ContainerSettings; alpha?: VideoEncoding } => ({
  video: avifTrack(Math.max(1, Math.round(63 - 0.63 * quality))),
  container: { muxer: 'avif', options: { loop: String(loop) } },
  ...(alpha ? { alpha: { ...avifTrack(ALPHA_RATE), onePlane: true } } : {}),
});

const optionsOf = (encoder: string, quality: Quality): VideoEncoding['options'] => {
  if (encoder === 'libwebp_anim') return { quality: String(qualityLevel(quality)), compression_level: '3' };
  return encoder === 'libsvtav1' ? { crf: String(rateFactor(encoder, quality)), preset: '8' } : {};
};

/** @throws EncodingError for formats that no film can become */
export function animatedEncoding(
  output: ImageOutput,
  alpha: boolean,
): { video: VideoEncoding; container: ContainerSettings } {
  const { format, loop, quality, sprite } = output;
  if (sprite !== undefined) return SHEET;
  if (!isAnimatedFormat(format))
    throw new EncodingError(`Invalid extension in transformation: ${format} cannot be made from a video`);
  const { encoder, muxer, pixelFormat }: AnimatedSpec = ANIMATED[format];
  if (alpha && pixelFormat.alpha === null)
    throw new EncodingError(`A moving ${format} of a video cannot be transparent here: put b_<colour> behind it`);
  // e_loop:n is n times more: what GIF counts; the others count every play. 0 is for ever in all.
  const repeats = loop ?? 0;
  const plays = format === 'gif' || repeats === 0 ? repeats : repeats + 1;
  return {
    video: {
      encoder,
      pixelFormat: (alpha && pixelFormat.alpha) || pixelFormat.plain,
      options: optionsOf(encoder, quality),
      keyframeInterval: null,
    },
    container: {
      muxer,
      options: { [format === 'png' ? 'plays' : 'loop']: String(plays) },
    },
  };
}
