import type { Focus, Rect } from '@signet/transformation';
import { fromSharp, type Raster, toSharp } from './raster.ts';

const SIDE = 96;

/**
 * Where a picture draws the eye, as one box: local contrast against the surroundings at two scales (a centre-surround
 * difference in brightness and colour), edges, saturation and skin tones, weighted towards the middle. The box holds the
 * strongest 60 % of it. Our own measure; the cloud's algorithm is not public.
 */
export async function salientAreas(picture: Raster, avoid: readonly Rect[] = []): Promise<Focus[]> {
  const small = await fromSharp(toSharp(picture).resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true }));
  const map = await saliencyMap(small);
  const sx = picture.width / small.width;
  const sy = picture.height / small.height;
  for (const { x, y, width, height } of avoid) {
    for (let row = Math.floor(y / sy); row < Math.min(small.height, (y + height) / sy); row++) {
      for (let column = Math.floor(x / sx); column < Math.min(small.width, (x + width) / sx); column++) {
        map[row * small.width + column] = map[row * small.width + column]! * 0.1;
      }
    }
  }
  const box = strongestBox(map, small.width, small.height);
  if (!box) return [];
  const x = Math.floor(box.x * sx);
  const y = Math.floor(box.y * sy);
  return [
    {
      x,
      y,
      width: Math.max(1, Math.min(picture.width, Math.ceil((box.x + box.width) * sx)) - x),
      height: Math.max(1, Math.min(picture.height, Math.ceil((box.y + box.height) * sy)) - y),
      weight: 1,
    },
  ];
}

/** One value per pixel, 0 (dull) upwards. */
async function saliencyMap(raster: Raster): Promise<Float32Array> {
  const { data, width, height } = raster;
  const blurred = await Promise.all([3, 12].map((sigma) => fromSharp(toSharp(raster).blur(sigma))));
  const map = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * width + x;
      const i = p * 4;
      let value = 0;
      for (const { data: around } of blurred) {
        const [r, g, b] = [data[i]! - around[i]!, data[i + 1]! - around[i + 1]!, data[i + 2]! - around[i + 2]!];
        value += Math.sqrt(0.5 * r * r + g * g + 0.4 * b * b);
      }
      value += colorAppeal(data[i]!, data[i + 1]!, data[i + 2]!);
      const dx = (x + 0.5) / width - 0.5;
      const dy = (y + 0.5) / height - 0.5;
      map[p] = value * (1 - 0.9 * (dx * dx + dy * dy)) * (data[i + 3]! / 255);
    }
  }
  return map;
}

/** Strong colours and skin attract. */
function colorAppeal(r: number, g: number, b: number): number {
  const high = Math.max(r, g, b);
  const saturation = high === 0 ? 0 : (high - Math.min(r, g, b)) / high;
  const skin =
    r > 80 &&
    g > 40 &&
    b > 20 &&
    r > g &&
    g > b * 0.8 &&
    r - g > 12 &&
    r - g < 110 &&
    saturation < 0.68 &&
    saturation > 0.12;
  return saturation * (high / 255) * 22 + (skin ? 14 : 0);
}

/** Trims rows and columns from the side that loses least, until 60 % of what stands out is left. */
function strongestBox(map: Float32Array, width: number, height: number): Rect | undefined {
  let mean = 0;
  for (const value of map) mean += value;
  mean /= map.length;
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  let total = 0;
  for (let p = 0; p < map.length; p++) {
    const value = Math.max(0, map[p]! - mean * 1.15);
    columns[p % width]! += value;
    rows[Math.floor(p / width)]! += value;
    total += value;
  }
  if (total < map.length * 0.3) return undefined;
  const [left, right] = keepShare(columns, total, 0.75);
  const [top, bottom] = keepShare(rows, total, 0.75);
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function keepShare(values: Float64Array, total: number, share: number): [number, number] {
  let [low, high, rest] = [0, values.length - 1, total];
  while (low < high) {
    const [a, b] = [values[low]!, values[high]!];
    const cut = Math.min(a, b);
    if (rest - cut < total * share) break;
    rest -= cut;
    if (a <= b) low++;
    else high--;
  }
  return [low, high];
}
