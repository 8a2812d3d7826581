import type { Raster } from './raster.ts';

/**
 * Distance in pixels from every pixel to the nearest covered one (exact Euclidean, Felzenszwalb and Huttenlocher's two
 * passes of lower envelopes), with antialiased edges taken into account by their coverage. 0 inside.
 */
export function distanceToInk(raster: Raster, inverse = false): Float32Array {
  const { data, width, height } = raster;
  const size = width * height;
  const grid = new Float64Array(size);
  const FAR = 1e12;
  for (let p = 0; p < size; p++) {
    const alpha = data[p * 4 + 3]!;
    const cover = inverse ? 255 - alpha : alpha;
    const gap = 1 - cover / 255;
    grid[p] = cover < 8 ? FAR : gap * gap;
  }
  const longest = Math.max(width, height);
  const line = new Float64Array(longest);
  const out = new Float64Array(longest);
  const hull = new Int32Array(longest);
  const bounds = new Float64Array(longest + 1);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) line[y] = grid[y * width + x]!;
    envelope(line, out, hull, bounds, height);
    for (let y = 0; y < height; y++) grid[y * width + x] = out[y]!;
  }
  const result = new Float32Array(size);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) line[x] = grid[y * width + x]!;
    envelope(line, out, hull, bounds, width);
    for (let x = 0; x < width; x++) result[y * width + x] = Math.sqrt(out[x]!);
  }
  return result;
}

function envelope(f: Float64Array, out: Float64Array, hull: Int32Array, bounds: Float64Array, n: number): void {
  let k = 0;
  hull[0] = 0;
  bounds[0] = -Infinity;
  bounds[1] = Infinity;
  for (let q = 1; q < n; q++) {
    let s = 0;
    for (;;) {
      const v = hull[k]!;
      s = (f[q]! + q * q - (f[v]! + v * v)) / (2 * q - 2 * v);
      if (s > bounds[k]!) break;
      k--;
    }
    k++;
    hull[k] = q;
    bounds[k] = s;
    bounds[k + 1] = Infinity;
  }
  k = 0;
  for (let q = 0; q < n; q++) {
    while (bounds[k + 1]! < q) k++;
    const v = hull[k]!;
    out[q] = (q - v) * (q - v) + f[v]!;
  }
}

/** Coverage (0–255) of everything within `reach` pixels of the ink, the ink itself included. */
export function strokeMask(raster: Raster, reach: number): Uint8Array {
  const distance = distanceToInk(raster);
  const mask = new Uint8Array(distance.length);
  for (let p = 0; p < mask.length; p++) {
    const cover = reach + 0.5 - distance[p]!;
    mask[p] = cover >= 1 ? 255 : cover <= 0 ? 0 : cover * 255;
  }
  return mask;
}
