import type { Rect } from '@signet/transformation';
import { distance } from '../background.ts';
import {
  alphaOf,
  BLACK,
  blurMask,
  type Color,
  clamp,
  createRaster,
  crop,
  drawOver,
  inkBox,
  paintMask,
  type Raster,
} from '../raster.ts';
import { distanceToInk } from '../stroke.ts';
import { color, type Effect, type EffectArgs, number, word } from './effect.ts';
import { redEye } from './red-eye.ts';

/** Effects that make, use or follow transparency. */

const GRAY: Color = { r: 128, g: 128, b: 128, alpha: 1 };

/** The colour most corners share: what a background usually is. */
function cornerColor({ data, width, height }: Raster): Color {
  const corners = [0, width - 1, (height - 1) * width, height * width - 1].map((p) => ({
    r: data[p * 4]!,
    g: data[p * 4 + 1]!,
    b: data[p * 4 + 2]!,
    alpha: data[p * 4 + 3]! / 255,
  }));
  const agreement = (one: Color) => corners.filter((other) => distance(one, other) < 40).length;
  return corners.reduce((best, next) => (agreement(next) > agreement(best) ? next : best));
}

/** Distance 0–100 of the colour at `i` to another one: 100 is black against white. */
const farness = (data: Uint8Array, i: number, from: Color): number =>
  distance({ r: data[i]!, g: data[i + 1]!, b: data[i + 2]!, alpha: 1 }, from) / 7.65;

/** Makes a colour transparent; the rim of the tolerance fades, and loses the tint of the removed colour. */
function makeTransparent(raster: Raster, tolerance: number, target: Color): Raster {
  const { data } = raster;
  const soft = Math.max(2, tolerance * 0.35);
  for (let i = 0; i < data.length; i += 4) {
    const keep = clamp((farness(data, i, target) - tolerance) / soft + 0.5, 0, 1);
    if (keep === 1) continue;
    if (keep > 0.02) {
      for (const [c, away] of [target.r, target.g, target.b].entries()) {
        data[i + c] = clamp((data[i + c]! - away * (1 - keep)) / keep, 0, 255);
      }
    }
    data[i + 3] = data[i + 3]! * keep + 0.5;
  }
  return raster;
}

/** Chroma key: distance in colour only, so that shadows on the screen go with it; spill on edges is taken down. */
function keyOut(raster: Raster, screen: Color): Raster {
  const { data } = raster;
  const chroma = (r: number, g: number, b: number): [number, number] => [
    -0.169 * r - 0.331 * g + 0.5 * b,
    0.5 * r - 0.419 * g - 0.081 * b,
  ];
  const [u0, v0] = chroma(screen.r, screen.g, screen.b);
  const strength = Math.max(20, Math.hypot(u0, v0));
  for (let i = 0; i < data.length; i += 4) {
    const [u, v] = chroma(data[i]!, data[i + 1]!, data[i + 2]!);
    const far = Math.hypot(u - u0, v - v0) / strength;
    const keep = clamp((far - 0.45) / 0.3, 0, 1);
    data[i + 3] = data[i + 3]! * keep + 0.5;
    const spill = clamp(1 - (far - 0.45) / 0.8, 0, 1) * 0.6;
    const main = screen.g >= screen.r && screen.g >= screen.b ? 1 : screen.b >= screen.r ? 2 : 0;
    const others = Math.max(data[i + ((main + 1) % 3)]!, data[i + ((main + 2) % 3)]!);
    if (data[i + main]! > others) data[i + main] = data[i + main]! - (data[i + main]! - others) * spill;
  }
  return raster;
}

function withMask(raster: Raster, mask: Uint8Array): Raster {
  for (let p = 0; p < mask.length; p++) raster.data[p * 4 + 3] = (raster.data[p * 4 + 3]! * mask[p]! + 127) / 255;
  return raster;
}

/** Grows the canvas by `room` transparent pixels on every side. */
const withRoom = (raster: Raster, room: number): Raster =>
  crop(raster, { x: -room, y: -room, width: raster.width + 2 * room, height: raster.height + 2 * room });

/** Coverage of a band around or inside the edge of what is visible. */
function band(raster: Raster, width: number, inside: boolean): Uint8Array {
  const far = distanceToInk(raster, inside);
  const mask = new Uint8Array(far.length);
  for (let p = 0; p < mask.length; p++) {
    const cover = clamp(width + 0.5 - far[p]!, 0, 1);
    mask[p] = inside ? cover * raster.data[p * 4 + 3]! : cover * 255;
  }
  return mask;
}

async function outline(source: Raster, args: EffectArgs): Promise<Raster> {
  const mode = word(args, 'mode') ?? 'both';
  const width = number(args, 'width', 5);
  const sigma = number(args, 'blur', 0) / 10;
  const ink = color(args, 'color') ?? BLACK;
  const outside = mode === 'outer' || mode === 'both' || mode === 'fill';
  const room = outside ? Math.ceil(width + sigma * 2) + 1 : 0;
  const raster = room > 0 ? withRoom(source, room) : source;
  const paint = async (mask: Uint8Array) =>
    paintMask(await blurMask(mask, raster.width, raster.height, sigma), raster.width, raster.height, ink);
  if (mode === 'fill') return paint(band(raster, width, false));
  if (mode === 'inner_fill') return paint(alphaOf(raster));
  const result = createRaster(raster.width, raster.height);
  if (outside) drawOver(result, await paint(band(raster, width, false)), 0, 0);
  drawOver(result, raster, 0, 0);
  if (mode === 'inner' || mode === 'both') {
    const inner = await blurMask(
      band(raster, mode === 'both' ? Math.max(1, width / 2) : width, true),
      raster.width,
      raster.height,
      sigma,
    );
    const within = inner.map((value, p) => (value * raster.data[p * 4 + 3]!) / 255);
    drawOver(result, paintMask(within, raster.width, raster.height, ink), 0, 0);
  }
  return result;
}

/**
 * A shadow thrown by light from `azimuth` (degrees clockwise from north, where the light stands) at `elevation` above the
 * ground: low light throws it far. `spread` softens it. The canvas grows by what the shadow needs.
 */
async function dropShadow(raster: Raster, args: EffectArgs): Promise<Raster> {
  const azimuth = (number(args, 'azimuth', 215) * Math.PI) / 180;
  const elevation = (number(args, 'elevation', 45) * Math.PI) / 180;
  const spread = number(args, 'spread', 50) / 100;
  const unit = Math.min(raster.width, raster.height);
  const reach = unit * 0.12 * Math.min(3, Math.cos(elevation) / Math.max(0.2, Math.sin(elevation)));
  const dx = Math.round(-Math.sin(azimuth) * reach);
  const dy = Math.round(Math.cos(azimuth) * reach);
  const sigma = 0.5 + unit * 0.035 * spread;
  return shadowed(raster, dx, dy, sigma, { r: 0, g: 0, b: 0, alpha: 0.65 - 0.25 * spread });
}

/** The picture above its blurred, moved silhouette; the canvas grows just enough for both. */
async function shadowed(raster: Raster, dx: number, dy: number, sigma: number, ink: Color): Promise<Raster> {
  const soft = Math.ceil(sigma * 2.5);
  const left = Math.max(0, soft - dx);
  const top = Math.max(0, soft - dy);
  const width = left + raster.width + Math.max(0, soft + dx);
  const height = top + raster.height + Math.max(0, soft + dy);
  const shape = crop(raster, { x: -left - dx, y: -top - dy, width, height });
  const shadow = paintMask(await blurMask(alphaOf(shape), width, height, sigma), width, height, ink);
  const result = drawOver(shadow, raster, left, top);
  // What the cloud returns has no empty margin; neither has this.
  const box = inkBox(result, 1);
  return box ? crop(result, union(box, { x: left, y: top, width: raster.width, height: raster.height })) : result;
}

const union = (a: Rect, b: Rect): Rect => {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
};

/**
 * `x`, `y` (pixels): how far from an edge the fade reaches; positive from left and top, negative from right and bottom. With
 * neither, the lower half fades. `symmetric` fades all four edges by `strength`; `symmetric_pad` does so over a solid pad of
 * the edges' mean colour, so that the picture melts into it.
 */
function gradientFade(raster: Raster, args: EffectArgs): Raster {
  const { data, width, height } = raster;
  const [across, down] = fadeWeights(raster, args);
  const pad = word(args, 'type') === 'symmetric_pad' ? cornerColor(raster) : undefined;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y * width + x) * 4;
      const keep = across[x]! * down[y]!;
      if (!pad) {
        data[i + 3] = data[i + 3]! * keep + 0.5;
        continue;
      }
      data[i] = data[i]! * keep + pad.r * (1 - keep) + 0.5;
      data[i + 1] = data[i + 1]! * keep + pad.g * (1 - keep) + 0.5;
      data[i + 2] = data[i + 2]! * keep + pad.b * (1 - keep) + 0.5;
    }
  }
  return raster;
}

const smooth = (t: number): number => clamp(t, 0, 1) ** 2 * (3 - 2 * clamp(t, 0, 1));

/** What stays (0–1) of every column and of every row. */
function fadeWeights({ width, height }: Raster, args: EffectArgs): readonly [Float32Array, Float32Array] {
  const symmetric = word(args, 'type') !== undefined;
  const reach = Math.max(0.001, number(args, 'strength', 20) / 100);
  const given = typeof args.x === 'number' || typeof args.y === 'number';
  const x = typeof args.x === 'number' ? args.x : 0;
  const y = typeof args.y === 'number' ? args.y : given || symmetric ? 0 : Math.round(-height / 2);
  const oneSide = (at: number, length: number, far: number): number => {
    if (far === 0) return 1;
    return far > 0 ? smooth(at / far) : smooth((length - at) / -far);
  };
  const bothSides = (at: number, length: number, off: boolean): number =>
    off ? 1 : smooth(Math.min(at, length - at) / Math.max(1, (length / 2) * reach));
  const weights = (length: number, far: number, other: number): Float32Array =>
    Float32Array.from({ length }, (_, at) =>
      symmetric ? bothSides(at + 0.5, length, other !== 0 && far === 0) : oneSide(at + 0.5, length, far),
    );
  return [weights(width, x, y), weights(height, y, x)];
}

/** The box of what is neither transparent nor near the colour of the corners. */
function contentBox(raster: Raster, tolerance: number, wanted: Color | undefined): Rect | undefined {
  const { data, width, height } = raster;
  const edge = wanted ?? cornerColor(raster);
  const blank = (p: number) =>
    data[p * 4 + 3]! < 8 || (edge.alpha > 0.03 && data[p * 4 + 3]! > 247 && farness(data, p * 4, edge) <= tolerance);
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (blank(y * width + x)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Cuts the same edges off every frame; a picture of nothing but edge stays as it is. */
function trim(frames: readonly Raster[], args: EffectArgs): Raster[] {
  const boxes = frames.flatMap((frame) => contentBox(frame, number(args, 'tolerance', 10), color(args, 'color')) ?? []);
  if (boxes.length === 0) return [...frames];
  const box = boxes.reduce(union);
  return frames.map((frame) => crop(frame, box));
}

type Kernel = (dx: number, dy: number, radius: number) => boolean;

const KERNELS: Readonly<Record<string, Kernel>> = {
  disk: (dx, dy, r) => dx * dx + dy * dy <= r * r + 0.25,
  ring: (dx, dy, r) => dx * dx + dy * dy <= r * r + 0.25 && dx * dx + dy * dy >= (r - 1) ** 2,
  square: (dx, dy, r) => Math.max(Math.abs(dx), Math.abs(dy)) <= r,
  diamond: (dx, dy, r) => Math.abs(dx) + Math.abs(dy) <= r,
  octagon: (dx, dy, r) => Math.max(Math.abs(dx), Math.abs(dy)) <= r && Math.abs(dx) + Math.abs(dy) <= r * 1.5,
  plus: (dx, dy, r) => (dx === 0 || dy === 0) && Math.abs(dx) + Math.abs(dy) <= r,
  cross: (dx, dy, r) => Math.abs(dx) === Math.abs(dy) && Math.abs(dx) <= r,
};

/** How a value under the kernel joins those before it, and where one starts. */
const MORPHS: Readonly<Record<string, { start: number; join: (sum: number, value: number, count: number) => number }>> =
  {
    erode: { start: 255, join: (sum, value) => (value < sum ? value : sum) },
    dilate: { start: 0, join: (sum, value) => (value > sum ? value : sum) },
    convolve: { start: 0, join: (sum, value, count) => sum + value / count },
  };

/** Smallest (erode), largest (dilate) or mean (convolve) value under the kernel, per channel. */
function morph(raster: Raster, method: string, offsets: readonly (readonly [number, number])[]): Raster {
  const { data, width, height } = raster;
  const { start, join } = MORPHS[method] ?? MORPHS.erode!;
  const count = offsets.length;
  const out = data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [r, g, b] = [start, start, start];
      for (const [dx, dy] of offsets) {
        const j = (clamp(y + dy, 0, height - 1) * width + clamp(x + dx, 0, width - 1)) * 4;
        r = join(r, data[j]!, count);
        g = join(g, data[j + 1]!, count);
        b = join(b, data[j + 2]!, count);
      }
      out.set([r + 0.5, g + 0.5, b + 0.5], (y * width + x) * 4);
    }
  }
  return { ...raster, data: out };
}

function morphology(raster: Raster, args: EffectArgs): Raster {
  const radius = number(args, 'radius', 2);
  const kernel = KERNELS[word(args, 'kernel') ?? 'disk']!;
  const reach = Math.ceil(Math.min(radius, 50));
  const offsets: [number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) if (kernel(dx, dy, radius)) offsets.push([dx, dy]);
  let picture = raster;
  for (let n = number(args, 'iterations', 1); n > 0; n--)
    picture = morph(picture, word(args, 'method') ?? 'erode', offsets);
  return picture;
}

export const ALPHA: Readonly<Record<string, Effect>> = {
  make_transparent: {
    alpha: true,
    apply: (raster, args) =>
      makeTransparent(raster, number(args, 'tolerance', 10), color(args, 'color') ?? cornerColor(raster)),
  },
  background_removal: {
    alpha: true,
    needs: 'foreground',
    apply: (raster, _args, { foreground }) => (foreground ? withMask(raster, foreground) : raster),
  },
  bgremoval: {
    alpha: true,
    needs: (args) => (color(args, 'screen') || word(args, 'mode') === 'screen' ? undefined : 'foreground'),
    apply: (raster, args, { foreground }) =>
      foreground ? withMask(raster, foreground) : keyOut(raster, color(args, 'screen') ?? cornerColor(raster)),
  },
  outline: { alpha: true, apply: outline },
  dropshadow: { alpha: true, apply: dropShadow },
  shadow: {
    alpha: true,
    apply(raster, args) {
      const strength = number(args, 'strength', 40);
      const ink = color(args, 'color') ?? GRAY;
      const unit = Math.max(2, Math.round(Math.min(raster.width, raster.height) * 0.02));
      const dx = typeof args.x === 'number' ? args.x : unit;
      const dy = typeof args.y === 'number' ? args.y : unit;
      const sigma = 0.5 + (strength / 100) * unit * 1.5;
      return shadowed(raster, dx, dy, sigma, { ...ink, alpha: ink.alpha * (0.4 + (strength / 100) * 0.6) });
    },
  },
  gradient_fade: { alpha: true, apply: gradientFade },
  trim: { apply: (raster, args) => trim([raster], args)[0]!, applyAll: trim },
  morphology: { apply: morphology },
  redeye: { needs: 'faces', apply: (raster, _args, { faces = [] }) => redEye(raster, faces) },
};
