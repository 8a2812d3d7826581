import type { ImageOutput } from '@signet/transformation';
import { EncodingError } from './encoding.ts';
import { qualityLevel } from './quality.ts';
import type { ContainerSettings, VideoEncoding } from './settings.ts';

export interface AnimatedSpec {
  readonly encoder: string;
  readonly muxer: string;
  /** At most 256 colours, chosen from the film. */
  readonly palette: boolean;
  readonly pixelFormat: { readonly plain: string; readonly alpha: string };
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
} as const satisfies Record<string, AnimatedSpec>;

export type AnimatedFormat = keyof typeof ANIMATED;

export const isAnimatedFormat = (format: string): format is AnimatedFormat => Object.hasOwn(ANIMATED, format);

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

/**
 * Moving AVIF from pictures. The encoder takes even sides, and nothing transparent.
 *
 * @param quality 1–100, in AVIF's unit
 * @param loop repetitions, 0 for ever
 */
export const avifEncoding = (
  quality: number,
  loop: number,
): { video: VideoEncoding; container: ContainerSettings } => ({
  video: {
    encoder: 'libsvtav1',
    pixelFormat: 'yuv420p',
    options: { crf: String(Math.max(1, Math.round(63 - 0.63 * quality))), preset: '8' },
    keyframeInterval: null,
  },
  container: { muxer: 'avif', options: { loop: String(loop) } },
});

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
  // e_loop:n is n times more: what GIF counts; the others count every play. 0 is for ever in all.
  const repeats = loop ?? 0;
  const plays = format === 'gif' || repeats === 0 ? repeats : repeats + 1;
  return {
    video: {
      encoder,
      pixelFormat: alpha ? pixelFormat.alpha : pixelFormat.plain,
      options: format === 'webp' ? { quality: String(qualityLevel(quality)), compression_level: '3' } : {},
      keyframeInterval: null,
    },
    container: {
      muxer,
      options: { [format === 'png' ? 'plays' : 'loop']: String(plays) },
    },
  };
}
