import type { Size } from '@signet/transformation';
import { resizeRaster } from './geometry.ts';
import { refuse } from './problem.ts';
import { luma, type Raster } from './raster.ts';

/** Pixels times seams that one carving may cost; about a second of work. */
const MAX_WORK = 150_000_000;

/**
 * `g_liquid`: removes the least noticeable connected lines of pixels (Avidan and Shamir 2007) until the sides have the
 * wanted ratio, then resizes. Enlarging scales first so that seams only ever have to be removed.
 *
 * @throws 400 when the picture is too large for it.
 */
export async function seamCarve(raster: Raster, out: Size): Promise<Raster> {
  const scale = Math.max(out.width / raster.width, out.height / raster.height);
  const start = {
    width: Math.max(out.width, Math.round(raster.width * scale)),
    height: Math.max(out.height, Math.round(raster.height * scale)),
  };
  const work = start.width * start.height * (start.width - out.width + (start.height - out.height));
  if (work > MAX_WORK) throw refuse('Image is too large for liquid rescaling: ask for a smaller width and height');
  let picture =
    start.width === raster.width && start.height === raster.height ? raster : await resizeRaster(raster, start);
  for (let n = start.width - out.width; n > 0; n--) picture = removeColumnSeam(picture);
  if (start.height > out.height) {
    picture = transpose(picture);
    for (let n = start.height - out.height; n > 0; n--) picture = removeColumnSeam(picture);
    picture = transpose(picture);
  }
  return picture;
}

const transpose = ({ data, width, height }: Raster): Raster => {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = (x * height + y) * 4;
      for (let c = 0; c < 4; c++) out[to + c] = data[from + c]!;
    }
  }
  return { data: out, width: height, height: width };
};

/** What is noticed of every pixel: how much its neighbours differ. */
function energyOf({ data, width, height }: Raster): Float32Array {
  const gray = new Float32Array(width * height);
  for (let p = 0; p < gray.length; p++) gray[p] = luma(data, p * 4);
  const energy = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * width + x;
      const left = gray[x > 0 ? p - 1 : p]!;
      const right = gray[x < width - 1 ? p + 1 : p]!;
      const up = gray[y > 0 ? p - width : p]!;
      const down = gray[y < height - 1 ? p + width : p]!;
      energy[p] = Math.abs(right - left) + Math.abs(down - up);
    }
  }
  return energy;
}

/** The cheapest of the up to three pixels at and beside column `x` in the row that starts at `row`. */
function cheapest(cost: Float32Array, row: number, x: number, width: number): number {
  let best = x;
  if (x > 0 && cost[row + x - 1]! < cost[row + best]!) best = x - 1;
  if (x < width - 1 && cost[row + x + 1]! < cost[row + best]!) best = x + 1;
  return best;
}

function removeColumnSeam(raster: Raster): Raster {
  const { data, width, height } = raster;
  // Energy becomes the cost of the best seam from the top down to each pixel.
  const cost = energyOf(raster);
  for (let y = 1; y < height; y++) {
    const above = (y - 1) * width;
    for (let x = 0; x < width; x++)
      cost[y * width + x] = cost[y * width + x]! + cost[above + cheapest(cost, above, x, width)]!;
  }
  let x = 0;
  const last = (height - 1) * width;
  for (let i = 1; i < width; i++) if (cost[last + i]! < cost[last + x]!) x = i;
  const out = new Uint8Array((width - 1) * height * 4);
  for (let y = height - 1; y >= 0; y--) {
    const from = y * width * 4;
    const to = y * (width - 1) * 4;
    out.set(data.subarray(from, from + x * 4), to);
    out.set(data.subarray(from + (x + 1) * 4, from + width * 4), to + x * 4);
    if (y > 0) x = cheapest(cost, (y - 1) * width, x, width);
  }
  return { data: out, width: width - 1, height };
}
