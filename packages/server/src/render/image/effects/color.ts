import type { ColorStop } from '@signet/transformation';
import { distance, dominantColors } from '../background.ts';
import { applyMatrix, type Color, clamp, IDENTITY, luma, makeTable, type Raster } from '../raster.ts';
import { color, type Effect, number, word } from './effect.ts';

/** Colours replaced, mapped or shown as others see them. */

/** Linear RGB ↔ what a colour-blind eye keeps: Machado, Oliveira and Fernandes 2009, severity 1 (or 0.6 for the weak forms). */
const DEFICIENCIES: Readonly<Record<string, readonly number[]>> = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  protanomaly: [0.458064, 0.679578, -0.137642, 0.092785, 0.846313, 0.060902, -0.007494, -0.016807, 1.024301],
  deuteranomaly: [0.547494, 0.607765, -0.155259, 0.181692, 0.781742, 0.036566, -0.01041, 0.027275, 0.983136],
  tritanomaly: [1.193214, -0.109812, -0.083402, -0.058496, 0.97941, 0.079086, -0.002346, 0.403492, 0.598854],
  rod_monochromacy: [0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722],
  cone_monochromacy: [0.01775, 0.10945, 0.87262, 0.01775, 0.10945, 0.87262, 0.01775, 0.10945, 0.87262],
};

const toLinear = Float32Array.from({ length: 256 }, (_, v) => {
  const x = v / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
});
const fromLinear = Uint8Array.from({ length: 4097 }, (_, i) => {
  const x = i / 4096;
  return Math.round(255 * (x <= 0.0031308 ? x * 12.92 : 1.055 * x ** (1 / 2.4) - 0.055));
});
const encodeLinear = (x: number): number => fromLinear[Math.round(clamp(x, 0, 1) * 4096)]!;

function applyLinearMatrix(raster: Raster, m: readonly number[]): Raster {
  const { data } = raster;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [toLinear[data[i]!]!, toLinear[data[i + 1]!]!, toLinear[data[i + 2]!]!];
    for (let c = 0; c < 3; c++) data[i + c] = encodeLinear(m[c * 3]! * r + m[c * 3 + 1]! * g + m[c * 3 + 2]! * b);
  }
  return raster;
}

/** Luminance in linear light, as libvips computes its gray pictures. */
export function grayscale(raster: Raster): Raster {
  return applyLinearMatrix(raster, DEFICIENCIES.rod_monochromacy!);
}

/** Hue 0–360 and saturation 0–1 of a colour. */
function hueOf(r: number, g: number, b: number): { hue: number; saturation: number } {
  const high = Math.max(r, g, b);
  const span = high - Math.min(r, g, b);
  if (span === 0) return { hue: 0, saturation: 0 };
  const sector = high === r ? ((g - b) / span) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return { hue: (sector * 60 + 360) % 360, saturation: span / high };
}

/** Hatches red and green regions with lines of opposite slant, so that they differ without colour. */
function stripes(raster: Raster, strength: number): Raster {
  const { data, width } = raster;
  const weight = 0.15 + (strength / 100) * 0.65;
  const period = Math.max(6, Math.round(width / 60));
  for (let i = 0; i < data.length; i += 4) {
    const { hue, saturation } = hueOf(data[i]!, data[i + 1]!, data[i + 2]!);
    if (saturation < 0.12) continue;
    const p = i / 4;
    const [x, y] = [p % width, Math.floor(p / width)];
    const red = hue < 50 || hue > 320;
    const green = hue > 70 && hue < 170;
    const on = red
      ? (x + y) % period < period / 3
      : green
        ? (((x - y) % period) + period) % period < period / 3
        : false;
    if (!on) continue;
    const target = luma(data, i) > 128 ? 0 : 255;
    const w = weight * Math.min(1, saturation * 1.5);
    for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! + (target - data[i + c]!) * w + 0.5;
  }
  return raster;
}

/** Moves the red-green difference, which is invisible to most colour-blind people, into brightness and blue. */
function xray(raster: Raster): Raster {
  const { data } = raster;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const difference = r - g;
    data[i] = clamp(g + difference * 0.2, 0, 255);
    data[i + 1] = clamp(g - difference * 0.35, 0, 255);
    data[i + 2] = clamp(b + difference * 0.75, 0, 255);
  }
  return raster;
}

/** Colours by brightness: black, the stops, white, straight lines in between. */
function gradientMap(stops: readonly { at: number; color: Color }[]): [Uint8Array, Uint8Array, Uint8Array] {
  const channel = (pick: (color: Color) => number) =>
    makeTable((v) => {
      const x = v / 255;
      let after = stops.findIndex((stop) => stop.at >= x);
      if (after < 0) after = stops.length - 1;
      const high = stops[after]!;
      const low = stops[Math.max(0, after - 1)]!;
      const t = high.at === low.at ? 0 : clamp((x - low.at) / (high.at - low.at), 0, 1);
      return pick(low.color) * (1 - t) + pick(high.color) * t;
    });
  return [channel((c) => c.r), channel((c) => c.g), channel((c) => c.b)];
}

function tintStops(stops: readonly ColorStop[]): { at: number; color: Color }[] {
  const placed = stops.map(({ color: stop, position }, i) => ({
    color: stop,
    at: position === null ? (stops.length === 1 ? 0.5 : (i + 1) / (stops.length + 1)) : position / 100,
  }));
  const sorted = placed.sort((a, b) => a.at - b.at);
  const ends = [];
  if (sorted[0]!.at > 0) ends.push({ at: 0, color: { r: 0, g: 0, b: 0, alpha: 1 } });
  ends.push(...sorted);
  if (sorted.at(-1)!.at < 1) ends.push({ at: 1, color: { r: 255, g: 255, b: 255, alpha: 1 } });
  return ends;
}

function equalized({ data }: Raster): Uint8Array {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 4) histogram[Math.round(luma(data, i))]!++;
  const table = new Uint8Array(256);
  let sum = 0;
  for (let v = 0; v < 256; v++) {
    sum += histogram[v]!;
    table[v] = (sum / (data.length / 4)) * 255;
  }
  return table;
}

function tint(raster: Raster, amount: number, stops: readonly ColorStop[], equalize: boolean): Raster {
  const { data } = raster;
  const [red, green, blue] = gradientMap(tintStops(stops));
  const even = equalize ? equalized(raster) : undefined;
  for (let i = 0; i < data.length; i += 4) {
    const gray = Math.round(luma(data, i));
    const level = even ? even[gray]! : gray;
    data[i] = data[i]! + (red[level]! - data[i]!) * amount + 0.5;
    data[i + 1] = data[i + 1]! + (green[level]! - data[i + 1]!) * amount + 0.5;
    data[i + 2] = data[i + 2]! + (blue[level]! - data[i + 2]!) * amount + 0.5;
  }
  return raster;
}

/** The picture's most prominent colour that is not gray; its most prominent colour when all are. */
function mainColor(raster: Raster): Color {
  const colors = dominantColors(raster, false);
  return colors.find(({ r, g, b }) => hueOf(r, g, b).saturation > 0.3 && Math.max(r, g, b) > 50) ?? colors[0]!;
}

/** Chroma difference: colours at the same place of the hue circle count as alike even when one is in the shade. */
function likeness(r: number, g: number, b: number, from: Color): number {
  const direct = distance({ r, g, b, alpha: 1 }, from) / 3;
  const a = hueOf(r, g, b);
  const f = hueOf(from.r, from.g, from.b);
  if (f.saturation < 0.15 || a.saturation < 0.12) return direct;
  const turn = Math.min(Math.abs(a.hue - f.hue), 360 - Math.abs(a.hue - f.hue));
  const shade = Math.abs(Math.max(r, g, b) - Math.max(from.r, from.g, from.b)) * 0.12;
  return Math.min(direct, turn * 1.3 + Math.abs(a.saturation - f.saturation) * 25 + shade);
}

/** Replaces a colour and its shades, keeping light and shadow; the rim of the tolerance is blended. */
function replaceColor(raster: Raster, to: Color, tolerance: number, from: Color): Raster {
  const { data } = raster;
  const fromLuma = Math.max(12, 0.2126 * from.r + 0.7152 * from.g + 0.0722 * from.b);
  for (let i = 0; i < data.length; i += 4) {
    const far = likeness(data[i]!, data[i + 1]!, data[i + 2]!, from);
    const weight = clamp((tolerance - far) / Math.max(4, tolerance * 0.4), 0, 1);
    if (weight === 0) continue;
    const light = luma(data, i) / fromLuma;
    for (const [c, target] of [to.r, to.g, to.b].entries()) {
      const shaded = light <= 1 ? target * light : target + (255 - target) * clamp((light - 1) * 0.5, 0, 1);
      data[i + c] = clamp(data[i + c]! + (shaded - data[i + c]!) * weight + 0.5, 0, 255);
    }
  }
  return raster;
}

/** 4×4: the fourth column is an offset-like weight of alpha, the fourth row gives alpha. */
function recolor4(raster: Raster, m: readonly number[]): Raster {
  const { data } = raster;
  for (let i = 0; i < data.length; i += 4) {
    const p = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!];
    for (let c = 0; c < 4; c++) {
      data[i + c] = clamp(
        m[c * 4]! * p[0]! + m[c * 4 + 1]! * p[1]! + m[c * 4 + 2]! * p[2]! + m[c * 4 + 3]! * p[3]! + 0.5,
        0,
        255,
      );
    }
  }
  return raster;
}

/** Inverts brightness of a light page for a dark theme (or the reverse), leaving strong colours alone. */
function theme(raster: Raster, base: Color, sensitivity: number): Raster {
  const { data } = raster;
  const page = dominantColors(raster, false)[0]!;
  const pageLight = 0.2126 * page.r + 0.7152 * page.g + 0.0722 * page.b;
  const baseLight = 0.2126 * base.r + 0.7152 * base.g + 0.0722 * base.b;
  const invert = pageLight > 127 !== baseLight > 127;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const { saturation } = hueOf(r, g, b);
    const gray = luma(data, i);
    const weight = clamp(1 - saturation * (sensitivity / 100), 0, 1);
    const near = clamp(1 - distance({ r, g, b, alpha: 1 }, page) / 160, 0, 1);
    const turned = invert ? 255 - gray : gray;
    for (const [c, value] of [r, g, b].entries()) {
      const shifted = clamp(value + (turned - gray), 0, 255);
      const target = [base.r, base.g, base.b][c]!;
      data[i + c] = value + (shifted + (target - shifted) * near - value) * weight + 0.5;
    }
  }
  return raster;
}

/** Threshold maps of `ordered_dither`, by number: rows of thresholds 0–1. */
function ditherMap(type: number): number[][] {
  if (type === 0) return [[0.5]];
  if (type === 1)
    return [
      [1 / 3, 2 / 3],
      [2 / 3, 1 / 3],
    ];
  if (type <= 5) return [bayer(2), BAYER3, bayer(4), bayer(8)][type - 2]!;
  if (type <= 8) return spots([4, 6, 8][type - 6]!, true);
  if (type <= 12) return spots([4, 6, 8, 16][type - 9]!, false);
  return circles([5, 5, 6, 6, 7, 7][type - 13]!, type % 2 === 0);
}

const BAYER3 = [
  [3, 7, 4],
  [6, 1, 9],
  [2, 8, 5],
].map((row) => row.map((value) => value / 10));

function bayer(size: number): number[][] {
  let map = [[0]];
  while (map.length < size) {
    const n = map.length;
    map = Array.from({ length: n * 2 }, (_, y) =>
      Array.from(
        { length: n * 2 },
        (_, x) =>
          map[y % n]![x % n]! * 4 +
          [
            [0, 2],
            [3, 1],
          ][Math.floor(y / n)]![Math.floor(x / n)]!,
      ),
    );
  }
  return map.map((row) => row.map((value) => (value + 0.5) / (size * size)));
}

/** Ranks the cells of a tile by a height function: thresholds are spread evenly over the ranks. */
function ranked(size: number, height: (x: number, y: number) => number): number[][] {
  const cells = Array.from({ length: size * size }, (_, p) => ({
    p,
    h: height((p % size) + 0.5, Math.floor(p / size) + 0.5),
  }));
  cells.sort((a, b) => a.h - b.h || a.p - b.p);
  const map = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [rank, { p }] of cells.entries()) map[Math.floor(p / size)]![p % size] = (rank + 0.5) / cells.length;
  return map;
}

/** Halftone dots: the product of two waves, turned by 45° for the angled screens. */
const spots = (size: number, angled: boolean): number[][] =>
  ranked(size, (x, y) => {
    const [u, v] = [(2 * Math.PI * x) / size, (2 * Math.PI * y) / size];
    return angled ? Math.cos(u) * Math.cos(v) : Math.cos(u) + Math.cos(v);
  });

const circles = (size: number, white: boolean): number[][] =>
  ranked(size, (x, y) => ((x - size / 2) ** 2 + (y - size / 2) ** 2) * (white ? -1 : 1));

function orderedDither({ data, width, height }: Raster, type: number): void {
  const map = ditherMap(type);
  const side = map.length;
  for (let y = 0; y < height; y++) {
    const row = map[y % side]!;
    for (let x = 0; x < width; x++) {
      const threshold = row[x % side]! * 255;
      const i = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! > threshold ? 255 : 0;
    }
  }
}

export const COLOR: Readonly<Record<string, Effect>> = {
  grayscale: { apply: grayscale },
  colorize: {
    apply(raster, args) {
      const over = color(args, 'color') ?? { r: 128, g: 128, b: 128, alpha: 1 };
      const weight = (number(args, 'strength', 100) / 100) * over.alpha;
      const { data } = raster;
      for (let i = 0; i < data.length; i += 4) {
        data[i] = data[i]! + (over.r - data[i]!) * weight + 0.5;
        data[i + 1] = data[i + 1]! + (over.g - data[i + 1]!) * weight + 0.5;
        data[i + 2] = data[i + 2]! + (over.b - data[i + 2]!) * weight + 0.5;
      }
      return raster;
    },
  },
  tint: {
    apply: (raster, args) =>
      tint(
        raster,
        number(args, 'amount', 60) / 100,
        (args.stops ?? []) as readonly ColorStop[],
        args.equalize === true,
      ),
  },
  recolor: {
    apply(raster, args) {
      const matrix = (args.matrix ?? IDENTITY) as readonly number[];
      return matrix.length === 16 ? recolor4(raster, matrix) : applyMatrix(raster, matrix);
    },
    alpha: true,
  },
  replace_color: {
    apply(raster, args) {
      const to = color(args, 'to');
      return to
        ? replaceColor(raster, to, number(args, 'tolerance', 50), color(args, 'from') ?? mainColor(raster))
        : raster;
    },
  },
  theme: {
    apply(raster, args) {
      const base = color(args, 'color');
      return base ? theme(raster, base, number(args, 'photosensitivity', 100)) : raster;
    },
  },
  simulate_colorblind: {
    apply: (raster, args) => applyLinearMatrix(raster, DEFICIENCIES[word(args, 'kind') ?? 'deuteranopia']!),
  },
  assist_colorblind: {
    apply: (raster, args) =>
      word(args, 'mode') === 'xray' ? xray(raster) : stripes(raster, number(args, 'strength', 10)),
  },
  ordered_dither: {
    apply(raster, args) {
      orderedDither(raster, Math.round(number(args, 'type')));
      return raster;
    },
  },
};
