import type { AutoBackgroundMode, Background, Size } from '@signet/transformation';
import sharp from 'sharp';
import { type Color, createRaster, fromSharp, type Raster, toSharp } from './raster.ts';

/** What is painted behind a picture. `undefined`: nothing (transparent). */
export async function makeBackground(background: Background, picture: Raster, size: Size): Promise<Raster | undefined> {
  if (background.kind === 'color') return createRaster(size.width, size.height, background.color);
  if (background.kind !== 'auto') return undefined;
  const colors = await pickColors(picture, background);
  if (colors.length === 1) return createRaster(size.width, size.height, colors[0]!);
  return gradient(colors, background.direction, size);
}

type Auto = Extract<Background, { kind: 'auto' }>;

/** One colour, or those of the gradient, picked from the picture (or the nearest of the palette). */
async function pickColors(picture: Raster, { mode, number, palette }: Auto): Promise<Color[]> {
  const small = await fromSharp(toSharp(picture).resize(96, 96, { fit: 'inside', withoutEnlargement: true }));
  const clusters = dominantColors(small, mode.startsWith('border'));
  const main = clusters[0]!;
  let found: Color[];
  if (isGradient(mode)) {
    const base = mode.endsWith('contrast') ? farthest(main, clusters) : main;
    const others = clusters.filter((color) => color !== base);
    const sorted = mode.endsWith('contrast') ? others.sort((a, b) => distance(b, base) - distance(a, base)) : others;
    found = [base, ...sorted].slice(0, number);
    while (found.length < number) found.push(shade(found.at(-1)!, luma3(found.at(-1)!) > 128 ? 0.75 : 1.35));
  } else {
    found = [mode.endsWith('contrast') ? farthest(main, clusters) : main];
  }
  return palette.length === 0 ? found : found.map((color) => nearest(color, palette));
}

const isGradient = (mode: AutoBackgroundMode): boolean => mode.includes('gradient');

const luma3 = ({ r, g, b }: Color): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

const shade = (color: Color, factor: number): Color => ({
  r: Math.min(255, Math.round(color.r * factor + (factor > 1 ? 16 : 0))),
  g: Math.min(255, Math.round(color.g * factor + (factor > 1 ? 16 : 0))),
  b: Math.min(255, Math.round(color.b * factor + (factor > 1 ? 16 : 0))),
  alpha: 1,
});

/** "Redmean" distance: a cheap approximation of how different two colours look. */
export function distance(a: Color, b: Color): number {
  const mean = (a.r + b.r) / 2;
  const [r, g, bl] = [a.r - b.r, a.g - b.g, a.b - b.b];
  return Math.sqrt((2 + mean / 256) * r * r + 4 * g * g + (2 + (255 - mean) / 256) * bl * bl);
}

const nearest = (color: Color, palette: readonly Color[]): Color =>
  palette.reduce((best, next) => (distance(next, color) < distance(best, color) ? next : best));

/** The picture's own colour that contrasts most; black or white when all its colours are alike. */
function farthest(color: Color, among: readonly Color[]): Color {
  const best = among.reduce((far, next) => (distance(next, color) > distance(far, color) ? next : far), color);
  if (distance(best, color) > 120) return best;
  const value = luma3(color) > 128 ? 0 : 255;
  return { r: value, g: value, b: value, alpha: 1 };
}

/** Colours by how many pixels they stand for, most first: histogram of 16 levels per channel, near bins joined. */
export function dominantColors({ data, width, height }: Raster, borderOnly: boolean): Color[] {
  const bins = new Map<number, { count: number; r: number; g: number; b: number }>();
  const rim = Math.max(1, Math.round(Math.min(width, height) * 0.04));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = x < rim || y < rim || x >= width - rim || y >= height - rim;
      const i = (y * width + x) * 4;
      if ((borderOnly && !edge) || data[i + 3]! < 128) continue;
      const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
      const key = ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);
      const bin = bins.get(key) ?? { count: 0, r: 0, g: 0, b: 0 };
      bin.count++;
      bin.r += r;
      bin.g += g;
      bin.b += b;
      bins.set(key, bin);
    }
  }
  const groups: { count: number; color: Color }[] = [];
  for (const { count, r, g, b } of [...bins.values()].sort((one, two) => two.count - one.count)) {
    const color = { r: Math.round(r / count), g: Math.round(g / count), b: Math.round(b / count), alpha: 1 };
    const group = groups.find((known) => distance(known.color, color) < 60);
    if (group) group.count += count;
    else groups.push({ count, color });
  }
  const sorted = groups.sort((one, two) => two.count - one.count).map(({ color }) => color);
  return sorted.length > 0 ? sorted.slice(0, 8) : [{ r: 255, g: 255, b: 255, alpha: 1 }];
}

const DIRECTIONS: Readonly<Record<Auto['direction'], string>> = {
  horizontal: 'x1="0" y1="0" x2="1" y2="0"',
  vertical: 'x1="0" y1="0" x2="0" y2="1"',
  diagonal_desc: 'x1="0" y1="0" x2="1" y2="1"',
  diagonal_asc: 'x1="0" y1="1" x2="1" y2="0"',
};

function gradient(colors: readonly Color[], direction: Auto['direction'], { width, height }: Size): Promise<Raster> {
  const stops = colors.map(
    ({ r, g, b }, i) => `<stop offset="${i / (colors.length - 1)}" stop-color="rgb(${r},${g},${b})"/>`,
  );
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>` +
    `<linearGradient id="g" ${DIRECTIONS[direction]}>${stops.join('')}</linearGradient></defs>` +
    `<rect width="100%" height="100%" fill="url(#g)"/></svg>`;
  return fromSharp(sharp(Buffer.from(svg)));
}
