import type { Raster, Rect } from '../raster.ts';

/** A pupil in the light of a flash: far more red than green or blue. Warm skin stays below this, lips mostly. */
const isRed = (data: Uint8Array, i: number): boolean =>
  data[i]! > 70 && data[i]! > 2.2 * Math.max(data[i + 1]!, data[i + 2]!);

/** Pupils are no wider than this share of the face, and about as high as wide. */
const MAX_PUPIL = 0.2;
const MAX_STRETCH = 2;

interface Spot extends Rect {
  readonly pixels: readonly number[];
}

/** The red pixels that hang together with the one at `start`; each is seen once. */
function spotAt(start: number, red: Uint8Array, width: number): Spot {
  const pixels = [start];
  red[start] = 0;
  let [left, right, top, bottom] = [width, 0, Number.POSITIVE_INFINITY, 0];
  for (let n = 0; n < pixels.length; n++) {
    const p = pixels[n]!;
    const [x, y] = [p % width, Math.floor(p / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    for (const next of [x > 0 ? p - 1 : -1, x < width - 1 ? p + 1 : -1, p - width, p + width]) {
      if (!red[next]) continue;
      red[next] = 0;
      pixels.push(next);
    }
  }
  return { pixels, x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

const isPupil = (spot: Spot, face: Rect): boolean =>
  Math.max(spot.width, spot.height) <= Math.max(3, face.width * MAX_PUPIL) &&
  Math.max(spot.width, spot.height) <= MAX_STRETCH * Math.min(spot.width, spot.height);

/** Small, round, strongly red spots in the upper half of faces lose their red, in place. */
export function redEye(raster: Raster, faces: readonly Rect[]): Raster {
  const { data, width, height } = raster;
  for (const face of faces) {
    const red = new Uint8Array(width * height);
    const bottom = Math.min(height, Math.ceil(face.y + face.height * 0.6));
    const right = Math.min(width, Math.ceil(face.x + face.width));
    for (let y = Math.max(0, Math.floor(face.y + face.height * 0.15)); y < bottom; y++)
      for (let x = Math.max(0, Math.floor(face.x)); x < right; x++)
        if (isRed(data, (y * width + x) * 4)) red[y * width + x] = 1;
    for (let p = 0; p < red.length; p++) {
      if (!red[p]) continue;
      const spot = spotAt(p, red, width);
      if (!isPupil(spot, face)) continue;
      for (const pixel of spot.pixels) data[pixel * 4] = (data[pixel * 4 + 1]! + data[pixel * 4 + 2]!) / 2;
    }
  }
  return raster;
}
