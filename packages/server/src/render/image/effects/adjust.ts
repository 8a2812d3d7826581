import {
  applyMatrix,
  applyTables,
  clamp,
  cloneRaster,
  fromSharp,
  IDENTITY,
  luma,
  makeTable,
  mixMatrix,
  mixRasters,
  type Raster,
  saturationMatrix,
  toSharp,
} from '../raster.ts';
import { type Effect, number, word } from './effect.ts';

/**
 * Light and colour of each pixel by itself. The cloud does not publish what its ranges mean in numbers: the scaling here is
 * ours, chosen by eye so that defaults look as documented and the neutral value of a range changes nothing.
 */

const SEPIA = [0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131] as const;

/** Adds `level` per cent of half the range to one channel. */
const channelShift = (channel: 0 | 1 | 2): Effect => ({
  apply(raster, args) {
    const shift = (number(args, 'level') / 100) * 128;
    const identity = makeTable((v) => v);
    const tables: [Uint8Array, Uint8Array, Uint8Array] = [identity, identity, identity];
    tables[channel] = makeTable((v) => v + shift);
    return applyTables(raster, ...tables);
  },
});

/** Up to twice as bright, or down to black, with the highest lights compressed instead of clipped. */
const brightnessTable = (level: number): Uint8Array => {
  const factor = 1 + level / 100;
  if (factor <= 1) return makeTable((v) => v * factor);
  return makeTable((v) => {
    const x = (v / 255) * factor;
    return 255 * (x < 0.8 ? x : 0.8 + 0.2 * (1 - Math.exp(-(x - 0.8) / 0.2)));
  });
};

/** S-curve through the middle (ImageMagick's sigmoidal contrast); negative levels use its inverse. */
export function sigmoidalTable(level: number): Uint8Array {
  const beta = Math.abs(level) / 10;
  if (beta < 0.01) return makeTable((v) => v);
  const s = (x: number) => 1 / (1 + Math.exp(beta * (0.5 - x)));
  const [low, high] = [s(0), s(1)];
  if (level > 0) return makeTable((v) => (255 * (s(v / 255) - low)) / (high - low));
  return makeTable((v) => 255 * (0.5 - Math.log(1 / clamp((v / 255) * (high - low) + low, 1e-6, 1 - 1e-6) - 1) / beta));
}

export interface Histograms {
  red: Uint32Array;
  green: Uint32Array;
  blue: Uint32Array;
  luma: Uint32Array;
  /** Pixels counted: those not fully transparent. */
  count: number;
}

function histograms({ data }: Raster): Histograms {
  const [red, green, blue, gray] = [
    new Uint32Array(256),
    new Uint32Array(256),
    new Uint32Array(256),
    new Uint32Array(256),
  ];
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3]! === 0) continue;
    count++;
    red[data[i]!]!++;
    green[data[i + 1]!]!++;
    blue[data[i + 2]!]!++;
    gray[Math.round(luma(data, i))]!++;
  }
  return { red, green, blue, luma: gray, count };
}

/** The value below which a share (0–1) of the histogram lies. */
export function percentile(histogram: Uint32Array, count: number, share: number): number {
  let sum = 0;
  for (let v = 0; v < 256; v++) {
    sum += histogram[v]!;
    if (sum >= share * count) return v;
  }
  return 255;
}

/** Spreads [low, high] to the whole range, never by more than a factor of three (flat pictures stay calm). */
function stretchTable(low: number, high: number): Uint8Array {
  const span = Math.max(high - low, 85);
  const start = Math.max(0, Math.min(low, 255 - span));
  return makeTable((v) => ((v - start) * 255) / span);
}

const CLIP = 0.005;

function autoContrast(raster: Raster): Raster {
  const { luma: gray, count } = histograms(raster);
  return applyTables(raster, stretchTable(percentile(gray, count, CLIP), percentile(gray, count, 1 - CLIP)));
}

/** Each channel is stretched on its own, which also takes a colour cast away. */
function autoColor(raster: Raster): Raster {
  const { red, green, blue, count } = histograms(raster);
  const [r, g, b] = [red, green, blue].map((histogram) =>
    stretchTable(percentile(histogram, count, CLIP), percentile(histogram, count, 1 - CLIP)),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  return applyTables(raster, r, g, b);
}

/** A gamma that brings the mean brightness towards 45 % gray, by at most a factor of two. */
function autoBrightness(raster: Raster, target = 0.45): Raster {
  const { luma: gray, count } = histograms(raster);
  let sum = 0;
  for (let v = 0; v < 256; v++) sum += v * gray[v]!;
  const mean = clamp(sum / Math.max(1, count) / 255, 0.02, 0.98);
  const exponent = clamp(Math.log(target) / Math.log(mean), 0.5, 2);
  return applyTables(
    raster,
    makeTable((v) => 255 * (v / 255) ** exponent),
  );
}

/** Blends a correction with the original by the option `blend` (0–100). */
const blended = (correct: (raster: Raster) => Raster | Promise<Raster>): Effect => ({
  async apply(raster, args) {
    const weight = number(args, 'blend', 100) / 100;
    if (weight === 0) return raster;
    const corrected = await correct(cloneRaster(raster));
    return weight === 1 ? corrected : mixRasters(raster, corrected, weight);
  },
});

/** Lifts the dark half: an addition that is largest in the shadows and nothing at white. */
function fillLight(raster: Raster, amount: number, bias: number): Raster {
  const width = clamp(0.5 + bias / 250, 0.1, 0.9);
  return applyTables(
    raster,
    makeTable((v) => {
      const x = v / 255;
      return 255 * (x + amount * 0.45 * x ** 0.5 * Math.exp(-((x / width) ** 2)) * (1 - x));
    }),
  );
}

/** Saturates pale colours more than strong ones. */
export function vibrance(raster: Raster, level: number): Raster {
  const { data } = raster;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const high = Math.max(r, g, b);
    const saturation = high === 0 ? 0 : (high - Math.min(r, g, b)) / high;
    const factor = 1 + level * (1 - saturation) * (level > 0 ? 1.2 : 1);
    const gray = luma(data, i);
    data[i] = clamp(gray + (r - gray) * factor + 0.5, 0, 255);
    data[i + 1] = clamp(gray + (g - gray) * factor + 0.5, 0, 255);
    data[i + 2] = clamp(gray + (b - gray) * factor + 0.5, 0, 255);
  }
  return raster;
}

/** Hue rotation around the gray axis that keeps luma (the SVG `hueRotate` matrix). */
function hueMatrix(degrees: number): number[] {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [
    0.213 + c * 0.787 - s * 0.213,
    0.715 - c * 0.715 - s * 0.715,
    0.072 - c * 0.072 + s * 0.928,
    0.213 - c * 0.213 + s * 0.143,
    0.715 + c * 0.285 + s * 0.14,
    0.072 - c * 0.072 - s * 0.283,
    0.213 - c * 0.213 - s * 0.787,
    0.715 - c * 0.715 + s * 0.715,
    0.072 + c * 0.928 + s * 0.072,
  ];
}

export const ADJUST: Readonly<Record<string, Effect>> = {
  negate: {
    apply: (raster) =>
      applyTables(
        raster,
        makeTable((v) => 255 - v),
      ),
  },
  sepia: {
    apply: (raster, args) => applyMatrix(raster, mixMatrix(IDENTITY, SEPIA, number(args, 'strength', 80) / 100)),
  },
  blackwhite: {
    apply(raster, args) {
      const limit = (number(args, 'threshold', 50) / 100) * 255;
      const { data } = raster;
      for (let i = 0; i < data.length; i += 4) data.fill(luma(data, i) >= limit ? 255 : 0, i, i + 3);
      return raster;
    },
  },
  red: channelShift(0),
  green: channelShift(1),
  blue: channelShift(2),
  brightness: { apply: (raster, args) => applyTables(raster, brightnessTable(number(args, 'level', 80))) },
  brightness_hsb: {
    apply(raster, args) {
      const factor = 1 + number(args, 'level', 80) / 100;
      const { data } = raster;
      for (let i = 0; i < data.length; i += 4) {
        // Value is the largest channel: where it reaches the top, hue and saturation stay.
        const high = Math.max(data[i]!, data[i + 1]!, data[i + 2]!);
        const f = high === 0 ? 0 : Math.min(factor, 255 / high);
        for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! * f + 0.5;
      }
      return raster;
    },
  },
  contrast: {
    apply(raster, args) {
      const level = number(args, 'level');
      if (word(args, 'type') !== 'linear') return applyTables(raster, sigmoidalTable(level));
      return applyTables(
        raster,
        makeTable((v) => (v - 127.5) * (level / 100) + 127.5),
      );
    },
  },
  saturation: {
    apply: (raster, args) => applyMatrix(raster, saturationMatrix(1 + number(args, 'level', 80) / 100)),
  },
  vibrance: { apply: (raster, args) => vibrance(raster, number(args, 'level', 20) / 100) },
  hue: { apply: (raster, args) => applyMatrix(raster, hueMatrix(number(args, 'level', 80) * 1.8)) },
  gamma: {
    apply(raster, args) {
      const gamma = 1 + number(args, 'level') / 100;
      return applyTables(
        raster,
        makeTable((v) => 255 * (v / 255) ** (1 / gamma)),
      );
    },
  },
  fill_light: {
    apply: (raster, args) => fillLight(raster, number(args, 'blend', 100) / 100, number(args, 'bias')),
  },
  auto_contrast: blended(autoContrast),
  auto_color: blended(autoColor),
  auto_brightness: blended((raster) => autoBrightness(raster)),
  improve: {
    apply(raster, args, extras) {
      const indoor = word(args, 'mode') === 'indoor';
      const correct = blended((copy) => {
        const even = autoContrast(autoBrightness(copy, indoor ? 0.5 : 0.45));
        return vibrance(fillLight(even, indoor ? 0.35 : 0.2, 0), indoor ? 0.1 : 0.25);
      });
      return correct.apply(raster, args, extras);
    },
  },
  auto_enhance: {
    async apply(raster, args) {
      const even = fillLight(autoContrast(autoBrightness(raster)), 0.2, 0);
      if (args['enhance-colors']) vibrance(even, 0.35);
      return fromSharp(toSharp(even).sharpen({ sigma: 0.8, m1: 0.4, m2: 1.2 }));
    },
  },
  opacity_threshold: {
    apply(raster, args) {
      const limit = (number(args, 'level', 50) / 100) * 255;
      for (let i = 3; i < raster.data.length; i += 4) raster.data[i] = raster.data[i]! >= limit ? 255 : 0;
      return raster;
    },
  },
};
