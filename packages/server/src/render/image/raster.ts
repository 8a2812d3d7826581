import type { Color, Rect } from '@signet/transformation';
import sharp, { type Sharp } from 'sharp';

export type { Color, Rect };

/** One picture in memory: 8-bit sRGB, four channels (red, green, blue, alpha), alpha not premultiplied. */
export interface Raster {
  data: Uint8Array;
  width: number;
  height: number;
  /** The vector drawing these pixels were made from (`e_vectorize`), as long as nothing else happened. */
  svg?: string;
}

export const TRANSPARENT: Color = { r: 0, g: 0, b: 0, alpha: 0 };
export const WHITE: Color = { r: 255, g: 255, b: 255, alpha: 1 };
export const BLACK: Color = { r: 0, g: 0, b: 0, alpha: 1 };

/** What a picture is made of while steps work on it: one frame, or several of the same size. */
export interface Canvas {
  frames: Raster[];
  /** Milliseconds per frame; absent for stills. */
  delay?: number[];
  /** Repetitions; 0 is for ever. */
  loop?: number;
  /** True when no pixel is transparent, as far as is known without looking. */
  opaque: boolean;
}

/** Milliseconds of a frame of which nothing is known. */
const USUAL_DELAY = 100;

/** Milliseconds of each frame. */
export const delaysOf = ({ frames, delay }: Canvas): number[] => frames.map((_, i) => delay?.[i] ?? USUAL_DELAY);

export const clamp = (value: number, low: number, high: number): number =>
  value < low ? low : value > high ? high : value;

/** Rec. 709 luma of the pixel that starts at `i`, 0–255. */
export const luma = (data: Uint8Array, i: number): number =>
  0.2126 * data[i]! + 0.7152 * data[i + 1]! + 0.0722 * data[i + 2]!;

export function createRaster(width: number, height: number, color: Color = TRANSPARENT): Raster {
  const data = new Uint8Array(width * height * 4);
  if (color.alpha > 0 || color.r || color.g || color.b) {
    const pixel = new Uint32Array(
      new Uint8Array([color.r, color.g, color.b, Math.round(color.alpha * 255)]).buffer,
    )[0]!;
    new Uint32Array(data.buffer).fill(pixel);
  }
  return { data, width, height };
}

export const cloneRaster = (raster: Raster): Raster => ({ ...raster, data: raster.data.slice() });

/** A sharp pipeline that reads the raster. The pixels are not copied: do not change them while it runs. */
export const toSharp = (raster: Raster): Sharp =>
  sharp(raster.data, {
    raw: { width: raster.width, height: raster.height, channels: 4 },
    limitInputPixels: false,
  });

/** Runs the pipeline to the end. Any colour space becomes sRGB, any channel count four. */
export async function fromSharp(pipeline: Sharp): Promise<Raster> {
  const { data, info } = await pipeline
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data: toRgba(data, info.channels), width: info.width, height: info.height };
}

/**
 * Four channels, as a plain `Uint8Array`: `slice` of a `Buffer` would share its memory. libvips gives one or two channels for
 * some gray pictures whatever is asked.
 */
export function toRgba(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 4) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixels = data.length / channels;
  const out = new Uint8Array(pixels * 4);
  for (let p = 0; p < pixels; p++) {
    const from = p * channels;
    const gray = channels < 3;
    out[p * 4] = data[from]!;
    out[p * 4 + 1] = data[gray ? from : from + 1]!;
    out[p * 4 + 2] = data[gray ? from : from + 2]!;
    out[p * 4 + 3] = channels === 2 ? data[from + 1]! : 255;
  }
  return out;
}

/** Replaces every channel value by `table[value]`; alpha stays. Changes the raster in place. */
export function applyTables(raster: Raster, red: Uint8Array, green = red, blue = red): Raster {
  const { data } = raster;
  for (let i = 0; i < data.length; i += 4) {
    data[i] = red[data[i]!]!;
    data[i + 1] = green[data[i + 1]!]!;
    data[i + 2] = blue[data[i + 2]!]!;
  }
  return raster;
}

/** A 256-entry table from a function over 0–255, rounded and clamped. */
export function makeTable(f: (value: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let v = 0; v < 256; v++) table[v] = Math.round(clamp(f(v), 0, 255));
  return table;
}

/** Multiplies the colours by a 3×3 matrix (row-major), in place. */
export function applyMatrix(raster: Raster, m: readonly number[]): Raster {
  const { data } = raster;
  const [a, b, c, d, e, f, g, h, k] = m as [number, number, number, number, number, number, number, number, number];
  for (let i = 0; i < data.length; i += 4) {
    const r = data[i]!;
    const gr = data[i + 1]!;
    const bl = data[i + 2]!;
    data[i] = clamp(a * r + b * gr + c * bl + 0.5, 0, 255);
    data[i + 1] = clamp(d * r + e * gr + f * bl + 0.5, 0, 255);
    data[i + 2] = clamp(g * r + h * gr + k * bl + 0.5, 0, 255);
  }
  return raster;
}

/** `(1 - t) * from + t * to` for every 3×3 coefficient. */
export const mixMatrix = (from: readonly number[], to: readonly number[], t: number): number[] =>
  from.map((value, i) => value * (1 - t) + to[i]! * t);

export const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;

/** The saturation matrix around Rec. 709 luma: 0 is gray, 1 neutral. */
export function saturationMatrix(s: number): number[] {
  const [r, g, b] = [0.2126 * (1 - s), 0.7152 * (1 - s), 0.0722 * (1 - s)];
  return [r + s, g, b, r, g + s, b, r, g, b + s];
}

/** Blends `over` onto `base` pixel by pixel with one weight (0–1) for the colours; alpha of `base` stays. In place. */
export function mixRasters(base: Raster, over: Raster, weight: number): Raster {
  const a = base.data;
  const b = over.data;
  for (let i = 0; i < a.length; i += 4) {
    for (let c = 0; c < 3; c++) a[i + c] = a[i + c]! + (b[i + c]! - a[i + c]!) * weight + 0.5;
  }
  return base;
}

/** The smallest box that holds every pixel with alpha above `threshold`; `undefined` when there is none. */
export function inkBox(raster: Raster, threshold = 0): Rect | undefined {
  const { data, width, height } = raster;
  let top = -1;
  let bottom = -1;
  let left = width;
  let right = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 4 + 3]! > threshold) {
        if (top < 0) top = y;
        bottom = y;
        if (x < left) left = x;
        if (x > right) right = x;
      }
    }
  }
  return top < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Copies a box out of the raster; what lies outside is `fill`. */
export function crop(raster: Raster, box: Rect, fill: Color = TRANSPARENT): Raster {
  const out = createRaster(box.width, box.height, fill);
  const x0 = Math.max(0, box.x);
  const x1 = Math.min(raster.width, box.x + box.width);
  if (x1 <= x0) return out;
  for (let y = Math.max(0, box.y); y < Math.min(raster.height, box.y + box.height); y++) {
    const from = (y * raster.width + x0) * 4;
    out.data.set(raster.data.subarray(from, from + (x1 - x0) * 4), ((y - box.y) * box.width + (x0 - box.x)) * 4);
  }
  return out;
}

/** Source-over of `top` onto `base` at (left, top), in place; parts outside are cut. */
export function drawOver(base: Raster, top: Raster, left: number, above: number): Raster {
  for (let y = Math.max(0, -above); y < top.height && y + above < base.height; y++) {
    for (let x = Math.max(0, -left); x < top.width && x + left < base.width; x++) {
      const s = (y * top.width + x) * 4;
      const alpha = top.data[s + 3]!;
      if (alpha === 0) continue;
      const d = ((y + above) * base.width + x + left) * 4;
      const under = base.data[d + 3]!;
      if (alpha === 255 || under === 0) {
        for (let c = 0; c < 4; c++) base.data[d + c] = top.data[s + c]!;
        continue;
      }
      const a = alpha / 255;
      const rest = (under / 255) * (1 - a);
      const sum = a + rest;
      for (let c = 0; c < 3; c++) base.data[d + c] = (top.data[s + c]! * a + base.data[d + c]! * rest) / sum + 0.5;
      base.data[d + 3] = sum * 255 + 0.5;
    }
  }
  return base;
}

/** The alpha channel as one byte per pixel. */
export function alphaOf(raster: Raster): Uint8Array {
  const out = new Uint8Array(raster.width * raster.height);
  for (let p = 0; p < out.length; p++) out[p] = raster.data[p * 4 + 3]!;
  return out;
}

/** A raster of one colour whose alpha is the mask times the colour's alpha. */
export function paintMask(mask: Uint8Array, width: number, height: number, color: Color): Raster {
  const out = createRaster(width, height, { ...color, alpha: 1 });
  for (let p = 0; p < mask.length; p++) out.data[p * 4 + 3] = mask[p]! * color.alpha + 0.5;
  return out;
}

/** Gaussian blur of a one-byte-per-pixel mask. */
export async function blurMask(mask: Uint8Array, width: number, height: number, sigma: number): Promise<Uint8Array> {
  if (sigma < 0.3) return mask;
  const soft = await sharp(mask, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .blur(Math.min(sigma, 1000))
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return new Uint8Array(soft.buffer, soft.byteOffset, soft.byteLength);
}

/** True when every pixel is fully opaque. Stops at the first that is not. */
export function isOpaque({ data }: Raster): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
