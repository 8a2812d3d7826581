import type { AutoQuality } from '@signet/transformation';
import sharp, { type Sharp } from 'sharp';
import { TUNED_JPEG } from './encode.ts';
import { type Canvas, crop, luma, type Raster, toSharp } from './raster.ts';

/**
 * `q_auto`: the lowest quality at which a proof of the picture still looks like the original.
 *
 * The proof is a mosaic of tiles taken at full resolution (a shrunk picture would hide the artefacts of the real one). The
 * encoder of the result itself, at its fastest, encodes it at a few qualities, and its likeness to the original (see
 * `likeness`) is compared with the target of the level. The search halves the range, so it encodes at most five proofs:
 * about 15 ms in all for JPEG, 20 for WebP, 50 for AVIF.
 */

/** Likeness to reach; what limits the search says the table of the format. */
export const TARGETS: Readonly<Record<AutoQuality, number>> = {
  best: 0.983,
  good: 0.968,
  eco: 0.952,
  low: 0.93,
  sensitive: 0.989,
};

/** Qualities closer than this look and weigh the same. */
const PRECISION = 2;

const TILE = 96;
const TILES = 3;

type Range = readonly [low: number, high: number];

interface Proof {
  readonly encode: (picture: Sharp, quality: number) => Sharp;
  /**
   * Qualities that are tried, in the encoder's unit. The lower end keeps flat pictures from visible ringing, the upper end
   * keeps grain, which no eye misses, from costing more than the picture.
   */
  readonly ranges: Readonly<Record<AutoQuality, Range>>;
}

/** The encoders whose results are measured, set as they are for the result or faster. */
const PROOFS: Readonly<Record<string, Proof>> = {
  jpg: {
    encode: (picture, quality) =>
      picture.jpeg({ quality, chromaSubsampling: '4:2:0', ...TUNED_JPEG, optimiseScans: false }),
    ranges: { best: [65, 95], good: [50, 90], eco: [40, 82], low: [30, 72], sensitive: [75, 97] },
  },
  webp: {
    encode: (picture, quality) => picture.webp({ quality, effort: 2 }),
    ranges: { best: [60, 93], good: [45, 85], eco: [35, 77], low: [25, 70], sensitive: [70, 96] },
  },
  avif: {
    encode: (picture, quality) => picture.avif({ quality, effort: 0 }),
    ranges: { best: [48, 90], good: [38, 80], eco: [30, 72], low: [24, 62], sensitive: [55, 92] },
  },
};

/** The qualities a level may choose from, in the unit of the format. */
export const qualityRange = (format: string, level: AutoQuality): Range =>
  (PROOFS[format] ?? PROOFS.jpg!).ranges[level];

/** Others are written elsewhere: their quality follows from JPEG's. JPEG XL's unit is JPEG's by design. */
const FROM_JPEG: Readonly<Record<string, (quality: number) => number>> = {
  jxl: (quality) => quality,
  jp2: (quality) => quality,
};

/**
 * The quality for one picture in one format.
 *
 * @returns 1–100, in the format's own unit.
 */
export async function chooseQuality(canvas: Canvas, level: AutoQuality, format: string): Promise<number> {
  const { encode, ranges } = PROOFS[format] ?? PROOFS.jpg!;
  const proof = mosaic(canvas.frames[0]!);
  const picture = toSharp(proof).removeAlpha();
  const reference = lumaPlane(proof);
  let [low, high] = ranges[level];
  let found = high;
  while (high - low >= PRECISION) {
    const quality = Math.round((low + high) / 2);
    const plane = await lumaOf(encode(picture.clone(), quality), proof);
    if (likeness(reference, plane, proof.width, proof.height) >= TARGETS[level]) {
      found = quality;
      high = quality - 1;
    } else low = quality + 1;
  }
  return FROM_JPEG[format]?.(found) ?? found;
}

async function lumaOf(encoded: Sharp, { width, height }: Raster): Promise<Float32Array> {
  const data = await sharp(await encoded.toBuffer())
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const plane = new Float32Array(width * height);
  for (let p = 0; p < plane.length; p++)
    plane[p] = 0.2126 * data[p * 3]! + 0.7152 * data[p * 3 + 1]! + 0.0722 * data[p * 3 + 2]!;
  return plane;
}

/** Small pictures whole; from larger ones a grid of tiles at full resolution. */
function mosaic(raster: Raster): Raster {
  const side = TILE * TILES;
  if (raster.width * raster.height <= side * side) return raster;
  const columns = Math.min(TILES, Math.max(1, Math.floor(raster.width / TILE)));
  const rows = Math.min(TILES, Math.max(1, Math.floor(raster.height / TILE)));
  const [tileWidth, tileHeight] = [Math.min(TILE, raster.width), Math.min(TILE, raster.height)];
  const out: Raster = {
    data: new Uint8Array(columns * tileWidth * rows * tileHeight * 4),
    width: columns * tileWidth,
    height: rows * tileHeight,
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x =
        columns === 1
          ? Math.floor((raster.width - tileWidth) / 2)
          : Math.floor(((raster.width - tileWidth) * column) / (columns - 1));
      const y =
        rows === 1
          ? Math.floor((raster.height - tileHeight) / 2)
          : Math.floor(((raster.height - tileHeight) * row) / (rows - 1));
      const tile = crop(raster, { x, y, width: tileWidth, height: tileHeight });
      for (let line = 0; line < tileHeight; line++) {
        out.data.set(
          tile.data.subarray(line * tileWidth * 4, (line + 1) * tileWidth * 4),
          ((row * tileHeight + line) * out.width + column * tileWidth) * 4,
        );
      }
    }
  }
  return out;
}

export function lumaPlane({ data, width, height }: Raster): Float32Array {
  const plane = new Float32Array(width * height);
  for (let p = 0; p < plane.length; p++) plane[p] = luma(data, p * 4);
  return plane;
}

/** Variance above which a window shows something: text on white paper is judged by its letters, not by the paper. */
const BUSY = 20;

/**
 * How much two luma planes (0–255) look alike, 1 for equal: mean structural similarity (SSIM, Wang et al. 2004) of 8×8 windows
 * every four pixels, over all of them or over those where the first picture shows something, whichever is lower.
 */
export function likeness(a: Float32Array, b: Float32Array, width: number, height: number): number {
  const all = { total: 0, count: 0 };
  const busy = { total: 0, count: 0 };
  for (const { similarity, variance } of windows(a, b, width, height)) {
    all.total += similarity;
    all.count++;
    if (variance <= BUSY) continue;
    busy.total += similarity;
    busy.count++;
  }
  if (all.count === 0) return 1;
  const mean = all.total / all.count;
  return busy.count === 0 ? mean : Math.min(mean, busy.total / busy.count);
}

/** Mean structural similarity of two luma planes (0–255). 1 is equal. */
export function ssim(a: Float32Array, b: Float32Array, width: number, height: number): number {
  let [total, count] = [0, 0];
  for (const { similarity } of windows(a, b, width, height)) {
    total += similarity;
    count++;
  }
  return count === 0 ? 1 : total / count;
}

function* windows(
  a: Float32Array,
  b: Float32Array,
  width: number,
  height: number,
): Generator<{ similarity: number; variance: number }> {
  const [c1, c2] = [6.5025, 58.5225];
  const window = Math.min(8, width, height);
  const area = window * window;
  for (let y = 0; y + window <= height; y += 4) {
    for (let x = 0; x + window <= width; x += 4) {
      let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
      for (let dy = 0; dy < window; dy++) {
        for (let p = (y + dy) * width + x, end = p + window; p < end; p++) {
          const [va, vb] = [a[p]!, b[p]!];
          sa += va;
          sb += vb;
          saa += va * va;
          sbb += vb * vb;
          sab += va * vb;
        }
      }
      const [ma, mb] = [sa / area, sb / area];
      const [va, vb, cov] = [saa / area - ma * ma, sbb / area - mb * mb, sab / area - ma * mb];
      const similarity = ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      yield { similarity, variance: va };
    }
  }
}
