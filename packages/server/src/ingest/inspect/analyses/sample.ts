import type { Sharp } from 'sharp';

/** Pixels for an analysis: sRGB with alpha, 8 bit, upright. */
export interface Sample {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** Longest side of the sample that the analyses share. Larger adds time and hardly changes their answers. */
const SAMPLE_SIDE = 1024;

export async function takeSample(picture: Sharp, side = SAMPLE_SIDE): Promise<Sample> {
  const { data, info } = await picture
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Rec. 601 brightness, 0–255, of every pixel on white. */
export function luma({ data, width, height }: Sample): Float32Array {
  const out = new Float32Array(width * height);
  for (let i = 0, p = 0; i < out.length; i++, p += 4) {
    const alpha = data[p + 3]! / 255;
    out[i] = alpha * (0.299 * data[p]! + 0.587 * data[p + 1]! + 0.114 * data[p + 2]!) + (1 - alpha) * 255;
  }
  return out;
}

/** Runs sharp on a sample. */
export const rawOptions = ({ width, height }: Sample) => ({ raw: { width, height, channels: 4 as const } });

/** Rounds to a number of decimals, for answers people read. */
export const round = (value: number, decimals = 3) => Math.round(value * 10 ** decimals) / 10 ** decimals;

export const clamp = (value: number) => Math.min(1, Math.max(0, value));
