import type { Rect } from '@signet/transformation';
import { clamp, createRaster, crop, drawOver, fromSharp, type Raster, toSharp } from '../raster.ts';
import { type Effect, type EffectArgs, number, rect } from './effect.ts';

/** Blurring, sharpening, pixels. */

/** Gaussian sigma in pixels for the cloud's strength 1–2000: 100 is a soft veil, 2000 leaves only areas of colour. */
export const blurSigma = (strength: number): number => Math.max(0.3, strength / 25);

const blurRaster = (raster: Raster, sigma: number): Promise<Raster> =>
  fromSharp(toSharp(raster).blur(Math.min(1000, sigma)));

/** Squares of one colour; the grid starts at the top left. */
export async function pixelate(raster: Raster, side: number): Promise<Raster> {
  const block = Math.max(1, Math.round(side));
  const columns = Math.ceil(raster.width / block);
  const rows = Math.ceil(raster.height / block);
  const out = createRaster(raster.width, raster.height);
  const { data, width, height } = raster;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x1 = Math.min(width, (column + 1) * block);
      const y1 = Math.min(height, (row + 1) * block);
      const color = meanOf(data, width, column * block, row * block, x1, y1);
      for (let y = row * block; y < y1; y++) {
        for (let x = column * block; x < x1; x++) out.data.set(color, (y * width + x) * 4);
      }
    }
  }
  return out;
}

function meanOf(data: Uint8Array, width: number, x0: number, y0: number, x1: number, y1: number): number[] {
  let [r, g, b, a] = [0, 0, 0, 0];
  for (let y = y0; y < y1; y++) {
    for (let i = (y * width + x0) * 4, end = (y * width + x1) * 4; i < end; i += 4) {
      const alpha = data[i + 3]!;
      r += data[i]! * alpha;
      g += data[i + 1]! * alpha;
      b += data[i + 2]! * alpha;
      a += alpha;
    }
  }
  if (a === 0) return [0, 0, 0, 0];
  return [r / a, g / a, b / a, a / ((x1 - x0) * (y1 - y0))].map(Math.round);
}

/** Side of the squares when none is given: about 25 of them along the shorter side. */
const autoSide = (size: { width: number; height: number }): number =>
  clamp(Math.round(Math.min(size.width, size.height) / 25), 2, 200);

/** Applies an effect to parts of the picture. Without a region: to all of it. */
async function onRegions(
  raster: Raster,
  regions: readonly Rect[],
  change: (part: Raster) => Promise<Raster>,
): Promise<Raster> {
  for (const region of regions) {
    const x = clamp(Math.round(region.x), 0, raster.width);
    const y = clamp(Math.round(region.y), 0, raster.height);
    const width = Math.min(raster.width, Math.round(region.x + region.width)) - x;
    const height = Math.min(raster.height, Math.round(region.y + region.height)) - y;
    if (width < 1 || height < 1) continue;
    const part = await change(crop(raster, { x, y, width, height }));
    replace(raster, part, x, y);
  }
  return raster;
}

function replace(raster: Raster, part: Raster, x: number, y: number): void {
  for (let row = 0; row < part.height; row++) {
    raster.data.set(
      part.data.subarray(row * part.width * 4, (row + 1) * part.width * 4),
      ((y + row) * raster.width + x) * 4,
    );
  }
}

const regionOf = (raster: Raster, args: EffectArgs): Rect[] => [
  rect(args, 'region') ?? { x: 0, y: 0, width: raster.width, height: raster.height },
];

/** A blurred face may not be guessed from its outline: the box grows a little, and its rim fades into the picture. */
async function blurFaces(raster: Raster, faces: readonly Rect[], sigma: number): Promise<Raster> {
  for (const face of faces) {
    const grow = 0.2;
    const box = {
      x: Math.round(face.x - face.width * grow),
      y: Math.round(face.y - face.height * grow),
      width: Math.round(face.width * (1 + 2 * grow)),
      height: Math.round(face.height * (1 + 2 * grow)),
    };
    const x = clamp(box.x, 0, raster.width);
    const y = clamp(box.y, 0, raster.height);
    const width = clamp(box.x + box.width, 0, raster.width) - x;
    const height = clamp(box.y + box.height, 0, raster.height) - y;
    if (width < 1 || height < 1) continue;
    const soft = await blurRaster(crop(raster, { x, y, width, height }), Math.max(sigma, face.width / 8));
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const dx = (column + 0.5) / (width / 2) - 1;
        const dy = (row + 0.5) / (height / 2) - 1;
        const inside = clamp((1.08 - Math.hypot(dx, dy)) / 0.12, 0, 1);
        soft.data[(row * width + column) * 4 + 3] = soft.data[(row * width + column) * 4 + 3]! * inside;
      }
    }
    drawOver(raster, soft, x, y);
  }
  return raster;
}

/** Adds `amount` times the difference to a blurred copy, above a small threshold. */
async function unsharp(raster: Raster, sigma: number, amount: number, threshold: number): Promise<Raster> {
  const soft = await blurRaster(raster, sigma);
  const { data } = raster;
  for (let i = 0; i < data.length; i++) {
    if ((i & 3) === 3) continue;
    const detail = data[i]! - soft.data[i]!;
    if (Math.abs(detail) > threshold) data[i] = clamp(data[i]! + detail * amount + 0.5, 0, 255);
  }
  return raster;
}

export const BLUR: Readonly<Record<string, Effect>> = {
  blur: { apply: (raster, args) => blurRaster(raster, blurSigma(number(args, 'strength', 100))) },
  blur_region: {
    apply: (raster, args) =>
      onRegions(raster, regionOf(raster, args), (part) => blurRaster(part, blurSigma(number(args, 'strength', 100)))),
  },
  blur_faces: {
    needs: 'faces',
    apply: (raster, args, { faces = [] }) => blurFaces(raster, faces, blurSigma(number(args, 'strength', 500))),
  },
  pixelate: { apply: (raster, args) => pixelate(raster, number(args, 'size', autoSide(raster))) },
  pixelate_region: {
    apply: (raster, args) =>
      onRegions(raster, regionOf(raster, args), (part) => pixelate(part, number(args, 'size', autoSide(part)))),
  },
  pixelate_faces: {
    needs: 'faces',
    apply: (raster, args, { faces = [] }) =>
      onRegions(raster, faces, (part) => pixelate(part, number(args, 'size', Math.max(4, part.width / 8)))),
  },
  sharpen: {
    apply: (raster, args) => unsharp(raster, 0.9, number(args, 'strength', 100) / 100, 0),
  },
  unsharp_mask: {
    apply: (raster, args) => unsharp(raster, 2, (number(args, 'strength', 100) / 100) * 0.6, 3),
  },
};
