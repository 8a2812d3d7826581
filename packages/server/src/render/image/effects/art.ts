import {
  applyMatrix,
  applyTables,
  type Color,
  clamp,
  cloneRaster,
  fromSharp,
  luma,
  makeTable,
  type Raster,
  saturationMatrix,
  toSharp,
} from '../raster.ts';
import { sigmoidalTable } from './adjust.ts';
import { grayscale } from './color.ts';
import { type Effect, number, word } from './effect.ts';

/** Pictures that look drawn, painted or printed. */

/** How one `art` filter treats a picture: applied in the order of the fields. Looks are ours; the names are the cloud's. */
interface Look {
  /** 0 gray, 1 unchanged. */
  saturation?: number;
  /** Sigmoidal contrast, −100..100. */
  contrast?: number;
  /** Gamma of mid-tones; above 1 lighter. */
  gamma?: number;
  /** Darkest and brightest output value: a faded print has neither black nor white. */
  range?: readonly [number, number];
  /** Colour added in shadows and in highlights, with their weights 0–1. */
  shadows?: readonly [color: string, weight: number];
  highlights?: readonly [color: string, weight: number];
  /** Glow of the highlights, 0–1. */
  glow?: number;
  /** Dark corners, 0–100. */
  vignette?: number;
  /** Levels per channel. */
  levels?: number;
  /** Paint strokes, 0–100 as `oil_paint`. */
  paint?: number;
  /** Film grain, standard deviation in levels. */
  grain?: number;
}

const LOOKS: Readonly<Record<string, Look>> = {
  al_dente: { saturation: 1.35, contrast: 45, gamma: 1.08, highlights: ['#ffe7b0', 0.22], shadows: ['#3a1d00', 0.18] },
  athena: { saturation: 0.85, contrast: 25, gamma: 1.12, highlights: ['#fff3dc', 0.3], glow: 0.25 },
  audrey: { saturation: 0, contrast: 55, gamma: 1.05, highlights: ['#fff4e4', 0.25], vignette: 20 },
  aurora: { saturation: 1.3, contrast: 25, shadows: ['#1b2a8f', 0.35], highlights: ['#b8ffe0', 0.25], glow: 0.15 },
  daguerre: {
    saturation: 0,
    contrast: 35,
    range: [22, 236],
    shadows: ['#2b2418', 0.4],
    highlights: ['#e9dcc0', 0.45],
    vignette: 45,
    grain: 7,
  },
  eucalyptus: { saturation: 0.8, contrast: 20, shadows: ['#0f3a33', 0.35], highlights: ['#e6ffe9', 0.3], gamma: 1.08 },
  fes: { saturation: 1.25, contrast: 35, shadows: ['#4a1230', 0.25], highlights: ['#ffd58a', 0.35], vignette: 20 },
  frost: { saturation: 0.55, contrast: 20, gamma: 1.15, shadows: ['#16335c', 0.3], highlights: ['#e6f4ff', 0.45] },
  hairspray: {
    saturation: 1.15,
    contrast: -25,
    gamma: 1.18,
    range: [35, 255],
    highlights: ['#ffd9ec', 0.35],
    glow: 0.35,
  },
  hokusai: {
    saturation: 0.9,
    contrast: 40,
    levels: 7,
    shadows: ['#15305c', 0.45],
    highlights: ['#f3e6c8', 0.4],
    paint: 20,
  },
  incognito: { saturation: 0, contrast: 80, gamma: 0.9, vignette: 50, grain: 5 },
  linen: { saturation: 0.65, contrast: -15, range: [28, 248], highlights: ['#f6ead6', 0.4], grain: 4 },
  peacock: { saturation: 1.5, contrast: 30, shadows: ['#003f52', 0.35], highlights: ['#d0fff2', 0.18] },
  primavera: {
    saturation: 1.2,
    contrast: 15,
    gamma: 1.2,
    highlights: ['#fffbd0', 0.3],
    shadows: ['#2f4a20', 0.15],
    glow: 0.15,
  },
  quartz: { saturation: 0.8, contrast: 10, gamma: 1.15, highlights: ['#ffe4ee', 0.4], shadows: ['#4b3a5e', 0.25] },
  red_rock: { saturation: 1.15, contrast: 40, shadows: ['#4b1408', 0.4], highlights: ['#ffcf9c', 0.4] },
  refresh: { saturation: 1.25, contrast: 30, gamma: 1.15, highlights: ['#f0fbff', 0.2] },
  sizzle: { saturation: 1.55, contrast: 60, gamma: 0.97, highlights: ['#ffdf70', 0.25], shadows: ['#3b0500', 0.25] },
  sonnet: {
    saturation: 0.3,
    contrast: 20,
    range: [15, 240],
    highlights: ['#f5e8cf', 0.4],
    shadows: ['#2e2533', 0.3],
    vignette: 25,
  },
  ukulele: {
    saturation: 1.1,
    contrast: -10,
    gamma: 1.1,
    range: [25, 250],
    highlights: ['#ffe29a', 0.4],
    shadows: ['#1f4a5a', 0.3],
  },
  zorro: {
    saturation: 0.15,
    contrast: 85,
    gamma: 0.85,
    shadows: ['#000000', 0.3],
    highlights: ['#fff1e0', 0.2],
    vignette: 40,
  },
};

const parse = (hex: string): Color => {
  const value = Number.parseInt(hex.slice(1), 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255, alpha: 1 };
};

/** Pulls shadows and highlights towards a colour each, by brightness. */
function splitTone(raster: Raster, shadows: Look['shadows'], highlights: Look['highlights']): Raster {
  const { data } = raster;
  const [dark, darkWeight] = [parse(shadows?.[0] ?? '#000000'), shadows?.[1] ?? 0];
  const [light, lightWeight] = [parse(highlights?.[0] ?? '#ffffff'), highlights?.[1] ?? 0];
  for (let i = 0; i < data.length; i += 4) {
    const x = luma(data, i) / 255;
    const d = darkWeight * (1 - x) ** 2;
    const l = lightWeight * x;
    for (const [c, [from, to]] of [
      [dark.r, light.r],
      [dark.g, light.g],
      [dark.b, light.b],
    ].entries() as ArrayIterator<[number, [number, number]]>) {
      const value = data[i + c]!;
      // Highlights are multiplied so that white takes the colour; shadows are lifted towards theirs.
      data[i + c] = clamp((value + (from - value) * d) * (1 - l + (l * to) / 255) + 0.5, 0, 255);
    }
  }
  return raster;
}

async function glow(raster: Raster, amount: number): Promise<Raster> {
  const soft = await fromSharp(toSharp(raster).blur(Math.max(1, Math.min(raster.width, raster.height) / 60)));
  const { data } = raster;
  for (let i = 0; i < data.length; i++) {
    if ((i & 3) === 3) continue;
    const screened = 255 - ((255 - data[i]!) * (255 - soft.data[i]!)) / 255;
    data[i] = data[i]! + (screened - data[i]!) * amount * (soft.data[i]! / 255) + 0.5;
  }
  return raster;
}

/** Darkens towards the corners; 100 is black there. */
export function vignette(raster: Raster, strength: number): Raster {
  const { data, width, height } = raster;
  const amount = strength / 100;
  for (let y = 0; y < height; y++) {
    const dy = ((y + 0.5) / height - 0.5) * 2;
    for (let x = 0; x < width; x++) {
      const dx = ((x + 0.5) / width - 0.5) * 2;
      const far = clamp((Math.sqrt((dx * dx + dy * dy) / 2) - 0.45) / 0.55, 0, 1);
      const factor = 1 - amount * far * far * (3 - 2 * far);
      const i = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! * factor + 0.5;
    }
  }
  return raster;
}

/** A repeatable generator (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function grain(raster: Raster, deviation: number): Raster {
  const { data } = raster;
  const next = random(raster.width * 7919 + raster.height);
  for (let i = 0; i < data.length; i += 4) {
    const noise = (next() + next() + next() - 1.5) * 2 * deviation;
    for (let c = 0; c < 3; c++) data[i + c] = clamp(data[i + c]! + noise, 0, 255);
  }
  return raster;
}

const posterizeTable = (levels: number): Uint8Array =>
  makeTable((v) => (Math.round((v / 255) * (levels - 1)) * 255) / (levels - 1));

async function art(raster: Raster, look: Look): Promise<Raster> {
  let picture = raster;
  if (look.paint) picture = oilPaint(picture, look.paint);
  if (look.saturation !== undefined) applyMatrix(picture, saturationMatrix(look.saturation));
  if (look.contrast) applyTables(picture, sigmoidalTable(look.contrast));
  const { gamma = 1, range = [0, 255] } = look;
  applyTables(
    picture,
    makeTable((v) => range[0] + (range[1] - range[0]) * (v / 255) ** (1 / gamma)),
  );
  if (look.levels) applyTables(picture, posterizeTable(look.levels));
  splitTone(picture, look.shadows, look.highlights);
  if (look.glow) picture = await glow(picture, look.glow);
  if (look.vignette) vignette(picture, look.vignette);
  return look.grain ? grain(picture, look.grain) : picture;
}

/**
 * Kuwahara filter: every pixel takes the mean of the calmest of the four squares around it, which gives strokes with firm
 * edges. Sums come from integral images, so the cost does not grow with the radius.
 */
function oilPaint(raster: Raster, strength: number): Raster {
  const radius = Math.max(1, Math.round((strength / 100) * 0.045 * Math.min(raster.width, raster.height)));
  if (strength === 0) return raster;
  const { data, width, height } = raster;
  const stride = width + 1;
  const planes = Array.from({ length: 5 }, () => new Float64Array(stride * (height + 1)));
  const [sr, sg, sb, sl, sq] = planes as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  for (let y = 0; y < height; y++) {
    let [r, g, b, l, q] = [0, 0, 0, 0, 0];
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 4;
      const light = luma(data, i);
      r += data[i]!;
      g += data[i + 1]!;
      b += data[i + 2]!;
      l += light;
      q += light * light;
      const to = (y + 1) * stride + x + 1;
      sr[to] = sr[to - stride]! + r;
      sg[to] = sg[to - stride]! + g;
      sb[to] = sb[to - stride]! + b;
      sl[to] = sl[to - stride]! + l;
      sq[to] = sq[to - stride]! + q;
    }
  }
  const out = data.slice();
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - radius), Math.min(width - 1, x + radius)];
      let least = Number.POSITIVE_INFINITY;
      const i = (y * width + x) * 4;
      for (let quadrant = 0; quadrant < 4; quadrant++) {
        const x0 = quadrant & 1 ? x : left;
        const x1 = (quadrant & 1 ? right : x) + 1;
        const y0 = quadrant & 2 ? y : top;
        const y1 = (quadrant & 2 ? bottom : y) + 1;
        const [a, b, c, d] = [y0 * stride + x0, y0 * stride + x1, y1 * stride + x0, y1 * stride + x1];
        const n = (x1 - x0) * (y1 - y0);
        const mean = (sl[d]! - sl[b]! - sl[c]! + sl[a]!) / n;
        const variance = (sq[d]! - sq[b]! - sq[c]! + sq[a]!) / n - mean * mean;
        if (variance >= least) continue;
        least = variance;
        out[i] = (sr[d]! - sr[b]! - sr[c]! + sr[a]!) / n + 0.5;
        out[i + 1] = (sg[d]! - sg[b]! - sg[c]! + sg[a]!) / n + 0.5;
        out[i + 2] = (sb[d]! - sb[b]! - sb[c]! + sb[a]!) / n + 0.5;
      }
    }
  }
  return { data: out, width, height };
}

/** Flat colours and dark lines where brightness changes (difference of two Gaussians). */
async function cartoonify(raster: Raster, line: number, reduction: number, blackAndWhite: boolean): Promise<Raster> {
  const unit = Math.max(0.6, Math.min(raster.width, raster.height) / 700);
  const gray = grayscale(cloneRaster(raster));
  const [fine, coarse] = await Promise.all([1, 2.2].map((sigma) => fromSharp(toSharp(gray).blur(sigma * unit))));
  let flat = oilPaint(raster, 12);
  if (blackAndWhite) flat = applyMatrix(flat, saturationMatrix(0));
  else applyMatrix(flat, saturationMatrix(1.25));
  const levels = Math.round(clamp(22 - reduction * 0.18, 3, 22));
  applyTables(flat, posterizeTable(blackAndWhite ? Math.min(levels, 4) : levels));
  const threshold = 9 - line * 0.075;
  for (let i = 0; i < flat.data.length; i += 4) {
    const edge = coarse!.data[i]! - fine!.data[i]!;
    const ink = line === 0 ? 0 : clamp((edge - threshold) / 3, 0, 1);
    for (let c = 0; c < 3; c++) flat.data[i + c] = flat.data[i + c]! * (1 - ink) + 0.5;
  }
  return flat;
}

export const ART: Readonly<Record<string, Effect>> = {
  art: {
    apply(raster, args) {
      const look = LOOKS[word(args, 'filter') ?? ''];
      return look ? art(raster, look) : raster;
    },
  },
  oil_paint: { apply: (raster, args) => oilPaint(raster, number(args, 'strength', 30)) },
  cartoonify: {
    apply: (raster, args) =>
      cartoonify(raster, number(args, 'line', 50), number(args, 'reduction', 60), word(args, 'palette') === 'bw'),
  },
  vignette: { apply: (raster, args) => vignette(raster, number(args, 'strength', 20)) },
  noise: {
    apply: (raster, args) => (number(args, 'level') === 0 ? raster : grain(raster, number(args, 'level') * 0.9)),
  },
};
