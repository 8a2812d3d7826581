import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { lumaPlane, ssim } from '../quality.ts';
import { fromSharp, type Raster } from '../raster.ts';
import type { Rendered } from '../result.ts';
import type { Case } from './cases.ts';

/** Longer side of a stored picture. */
export const SIDE = 120;

/**
 * How like a result must be to its stored picture, both at most 120 px: mean structural similarity of the luma of 8×8
 * windows, and mean difference of a channel (0–255). Compression of the stored picture alone costs up to 0.02
 * and 1.8; another version of libvips, librsvg or Pango about as much again. A step left out, a colour turned or a layer moved
 * by two pixels costs more.
 */
export const THRESHOLD = { similarity: 0.96, difference: 4 } as const;

export interface Likeness {
  readonly similarity: number;
  readonly difference: number;
}

/** What is known of a result besides its looks. */
export interface Facts {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly pages: number;
}

export const factsOf = ({ format, width, height, pages }: Rendered): Facts => ({ format, width, height, pages });

/** File name of a case without extension: readable, and no two the same. */
export function nameOf({ transformation, source, format }: Case): string {
  const words = decodeURIComponent(transformation)
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const hash = createHash('sha256').update(`${source} ${format} ${transformation}`).digest('hex').slice(0, 6);
  return `${source}-${words}-${hash}`;
}

/** All frames side by side on a gray that shows transparency, small. */
export async function thumbnail(result: Rendered): Promise<Raster> {
  const frames: Buffer[] = [];
  const shown = Math.min(4, result.format === 'gif' || result.format === 'webp' ? result.pages : 1);
  for (let page = 0; page < shown; page++) {
    const fitted = await sharp(result.data, shown > 1 ? { page } : {})
      .toColourspace('srgb')
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#c9d4c9' })
      .png()
      .toBuffer();
    frames.push(fitted);
  }
  const [first] = frames;
  const { width, height } = await sharp(first).metadata();
  return fromSharp(
    sharp({ create: { width: width * shown, height, channels: 3, background: '#c9d4c9' } })
      .composite(frames.map((input, i) => ({ input, left: i * width, top: 0 })))
      .png(),
  );
}

export function compare(a: Raster, b: Raster): Likeness {
  if (a.width !== b.width || a.height !== b.height) return { similarity: 0, difference: 255 };
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return {
    similarity: ssim(lumaPlane(a), lumaPlane(b), a.width, a.height),
    difference: (sum * 4) / 3 / a.data.length,
  };
}

export const isAlike = ({ similarity, difference }: Likeness, threshold: Likeness): boolean =>
  similarity >= threshold.similarity && difference <= threshold.difference;
