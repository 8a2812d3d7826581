import type { Blend } from '@signet/transformation';
import { clamp, crop, drawOver, luma, type Raster } from './raster.ts';

/** How a layer meets the base. Both rasters have the size of the canvas; the base is changed and returned. */
type Mix = (base: Raster, layer: Raster, args: Readonly<Record<string, number>>) => Raster;

/** Separable blend modes of the W3C compositing specification (https://www.w3.org/TR/compositing-1/, section 9.1). */
const separable =
  (f: (base: number, layer: number) => number): Mix =>
  (base, layer) => {
    const [b, l] = [base.data, layer.data];
    for (let i = 0; i < b.length; i += 4) {
      const la = l[i + 3]! / 255;
      if (la === 0) continue;
      const ba = b[i + 3]! / 255;
      const sum = la + ba * (1 - la);
      for (let c = 0; c < 3; c++) {
        const mixed = (1 - ba) * l[i + c]! + ba * 255 * f(b[i + c]! / 255, l[i + c]! / 255);
        b[i + c] = clamp((la * mixed + (1 - la) * ba * b[i + c]!) / sum + 0.5, 0, 255);
      }
      b[i + 3] = sum * 255 + 0.5;
    }
    return base;
  };

/** The layer's brightness times its alpha becomes a factor of the base's alpha; outside the layer nothing stays. */
const mask: Mix = (base, layer) => {
  const [b, l] = [base.data, layer.data];
  for (let i = 0; i < b.length; i += 4) b[i + 3] = (b[i + 3]! * luma(l, i) * l[i + 3]!) / 65_025 + 0.5;
  return base;
};

const cutOut: Mix = (base, layer) => {
  const [b, l] = [base.data, layer.data];
  for (let i = 3; i < b.length; i += 4) b[i] = (b[i]! * (255 - l[i]!) + 127) / 255;
  return base;
};

/** Only what the layer's alpha covers stays of the base. */
export const cutter: Mix = (base, layer) => {
  const [b, l] = [base.data, layer.data];
  for (let i = 3; i < b.length; i += 4) b[i] = (b[i]! * l[i]! + 127) / 255;
  return base;
};

/**
 * Moves every pixel by the layer's red (horizontally, times `x`) and green (vertically, times `y`), gray standing still:
 * ImageMagick's "displace" composition, which the cloud's description follows.
 */
const displace: Mix = (base, layer, args) => {
  const { width, height } = base;
  const source = base.data.slice();
  const [strengthX, strengthY] = [args.x ?? 0, args.y ?? 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 4;
      const alpha = layer.data[i + 3]! / 255;
      const sx = x + ((layer.data[i]! - 127.5) / 127.5) * strengthX * alpha;
      const sy = y + ((layer.data[i + 1]! - 127.5) / 127.5) * strengthY * alpha;
      bilinear(source, width, height, sx, sy, base.data, i);
    }
  }
  return base;
};

/** Reads between four pixels; outside, the nearest edge pixel counts. */
function bilinear(
  source: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  out: Uint8Array,
  to: number,
): void {
  const cx = clamp(x, 0, width - 1);
  const cy = clamp(y, 0, height - 1);
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const [fx, fy] = [cx - x0, cy - y0];
  for (let c = 0; c < 4; c++) {
    const top = source[(y0 * width + x0) * 4 + c]! * (1 - fx) + source[(y0 * width + x1) * 4 + c]! * fx;
    const bottom = source[(y1 * width + x0) * 4 + c]! * (1 - fx) + source[(y1 * width + x1) * 4 + c]! * fx;
    out[to + c] = top * (1 - fy) + bottom * fy + 0.5;
  }
}

/** Small random changes of the layer's alpha and colour, repeatable, so that subtracting the known logo leaves traces. */
const antiRemoval: Mix = (base, layer, args) => {
  const amount = (args.level ?? 50) / 100;
  const noisy = { ...layer, data: layer.data.slice() };
  let state = 0x9e3779b9;
  for (let i = 0; i < noisy.data.length; i += 4) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i) >>> 0;
    const noise = (state / 2 ** 32 - 0.5) * 2;
    noisy.data[i + 3] = clamp(noisy.data[i + 3]! * (1 - amount * 0.25 * Math.abs(noise)), 0, 255);
    for (let c = 0; c < 3; c++) noisy.data[i + c] = clamp(noisy.data[i + c]! + noise * amount * 30, 0, 255);
  }
  return drawOver(base, noisy, 0, 0);
};

const MODES: Readonly<Record<Exclude<Blend, 'over'>, Mix>> = {
  multiply: separable((b, l) => b * l),
  screen: separable((b, l) => b + l - b * l),
  overlay: separable((b, l) => (b <= 0.5 ? 2 * b * l : 1 - 2 * (1 - b) * (1 - l))),
  mask,
  cut_out: cutOut,
  displace,
  anti_removal: antiRemoval,
};

/** Draws the layer at (left, top) of the base. */
export function blend(
  base: Raster,
  layer: Raster,
  left: number,
  top: number,
  mode: Blend,
  args: Readonly<Record<string, number>>,
): Raster {
  if (mode === 'over') return drawOver(base, layer, left, top);
  return MODES[mode](base, spread(base, layer, left, top), args);
}

/** The layer on a transparent canvas of the base's size. */
export const spread = (base: Raster, layer: Raster, left: number, top: number): Raster =>
  crop(layer, { x: -left, y: -top, width: base.width, height: base.height });
