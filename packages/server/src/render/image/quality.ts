import type { AutoQuality } from '@signet/transformation';
import sharp from 'sharp';
import { type Canvas, clamp, crop, luma, type Raster, toSharp } from './raster.ts';

/**
 * `q_auto`: the lowest quality at which a proof of the picture still looks like the original.
 *
 * The proof is a mosaic of tiles taken at full resolution (a shrunk picture would hide the artefacts of the real one). It
 * is encoded at a few qualities, and its structural similarity (SSIM on luma, Wang et al. 2004, 8×8 windows) is compared
 * with the target of the level. The search halves the range, so it encodes at most five proofs.
 */

/** Mean SSIM to reach, and the range to search, in JPEG quality units. */
const TARGETS: Readonly<Record<AutoQuality, { ssim: number; low: number; high: number }>> = {
  best: { ssim: 0.982, low: 70, high: 95 },
  good: { ssim: 0.965, low: 55, high: 88 },
  eco: { ssim: 0.95, low: 45, high: 80 },
  low: { ssim: 0.925, low: 30, high: 70 },
  sensitive: { ssim: 0.985, low: 75, high: 95 },
};

const TILE = 96;
const TILES = 3;
const STEPS = 5;

/** Picture quality of the format that looks like the JPEG quality. Measured on photographs: see `quality.test.ts`. */
const FROM_JPEG: Readonly<Record<string, (quality: number) => number>> = {
  jpg: (q) => q,
  webp: (q) => clamp(q - 2, 1, 100),
  avif: (q) => clamp(q * 0.82 - 12, 20, 90),
  jxl: (q) => q,
  jp2: (q) => q,
  heic: (q) => clamp(q * 0.82 - 12, 20, 90),
};

/**
 * The quality for one picture in one format.
 *
 * @returns 1–100, in the format's own unit.
 */
export async function chooseQuality(canvas: Canvas, level: AutoQuality, format: string): Promise<number> {
  const { ssim: target, low: floor, high: ceiling } = TARGETS[level];
  const proof = mosaic(canvas.frames[0]!);
  const reference = lumaPlane(proof);
  const native = format === 'webp' ? 'webp' : 'jpeg';
  let low = floor;
  let high = ceiling;
  let found = ceiling;
  for (let step = 0; step < STEPS && low <= high; step++) {
    const quality = Math.round((low + high) / 2);
    if ((await similarity(proof, reference, native, quality)) >= target) {
      found = quality;
      high = quality - 1;
    } else {
      low = quality + 1;
    }
  }
  if (native === 'webp') return found;
  return Math.round((FROM_JPEG[format] ?? FROM_JPEG.jpg!)(found));
}

async function similarity(
  proof: Raster,
  reference: Float32Array,
  format: 'jpeg' | 'webp',
  quality: number,
): Promise<number> {
  const picture = toSharp(proof).removeAlpha();
  const bytes = await (format === 'webp'
    ? picture.webp({ quality, effort: 2 })
    : picture.jpeg({ quality, chromaSubsampling: '4:2:0' })
  ).toBuffer();
  const { data } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const decoded = new Float32Array(proof.width * proof.height);
  for (let p = 0; p < decoded.length; p++)
    decoded[p] = 0.2126 * data[p * 3]! + 0.7152 * data[p * 3 + 1]! + 0.0722 * data[p * 3 + 2]!;
  return ssim(reference, decoded, proof.width, proof.height);
}

/** Small pictures whole; from larger ones a grid of tiles at full resolution. */
export function mosaic(raster: Raster): Raster {
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

function lumaPlane({ data, width, height }: Raster): Float32Array {
  const plane = new Float32Array(width * height);
  for (let p = 0; p < plane.length; p++) plane[p] = luma(data, p * 4);
  return plane;
}

/** Mean structural similarity of two luma planes (0–255): 8×8 windows every four pixels. 1 is equal. */
export function ssim(a: Float32Array, b: Float32Array, width: number, height: number): number {
  const [c1, c2] = [6.5025, 58.5225];
  const window = Math.min(8, width, height);
  const area = window * window;
  let total = 0;
  let count = 0;
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
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      count++;
    }
  }
  return count === 0 ? 1 : total / count;
}
