import type { Quality } from '@signet/transformation';

/**
 * `q_` → constant rate factor. The cloud's figures are not published; chosen so that 70 is what each encoder's community
 * calls visually good, 100 nearly lossless and 1 barely watchable. Inferred.
 */
const AUTOMATIC = { best: 75, sensitive: 75, good: 62, eco: 52, low: 42 } as const;
const DEFAULT = 70;

/** 1–100. */
export const qualityLevel = (quality: Quality): number =>
  quality.mode === 'fixed' ? quality.value : quality.mode === 'auto' ? AUTOMATIC[quality.level] : DEFAULT;

/** Factor at quality 0 and the fall per point of quality, and the encoder's own range. */
const SCALES = {
  libx264: { at0: 51, slope: 0.4, min: 0, max: 51 },
  libx265: { at0: 54, slope: 0.4, min: 0, max: 51 },
  'libvpx-vp9': { at0: 63, slope: 0.45, min: 0, max: 63 },
  libvpx: { at0: 63, slope: 0.57, min: 4, max: 63 },
  libsvtav1: { at0: 63, slope: 0.4, min: 1, max: 63 },
} as const satisfies Record<string, { at0: number; slope: number; min: number; max: number }>;

/** Constant rate factor for encoders that have one. */
export function rateFactor(encoder: string, quality: Quality): number | undefined {
  if (!Object.hasOwn(SCALES, encoder)) return undefined;
  const { at0, slope, min, max } = SCALES[encoder as keyof typeof SCALES];
  return Math.min(max, Math.max(min, Math.round(at0 - slope * qualityLevel(quality))));
}

/** Quantiser 1 (best) – 31 of the encoders that predate rate factors. */
export const quantiser = (quality: Quality): number =>
  Math.min(31, Math.max(1, Math.round(31 - 0.37 * qualityLevel(quality))));

/** Of a codec's usual bit rate, for a result that is sound only. In a film the quality is the picture's. Inferred. */
export const rateShare = (quality: Quality): number => Math.min(1.5, Math.max(0.4, qualityLevel(quality) / DEFAULT));
