import sharp from 'sharp';
import { rawOptions, round, type Sample } from './sample.ts';

/** Colour as hex (`#RRGGBB`, or `#RRGGBBAA` when any colour of the picture is translucent) and its share in percent. */
export type ColorShare = [color: string, percent: number];

const MAX_COLORS = 32;
const SIDE = 160;

/** A PNG palette cannot be told to hold 32 colours: the rarest ones join their nearest neighbour until 32 are left. */
function mergeRarest(counts: Map<number, number>): void {
  const parts = (key: number) => [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255];
  while (counts.size > MAX_COLORS) {
    const [rarest, count] = [...counts].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
    counts.delete(rarest);
    const from = parts(rarest);
    let nearest = { key: -1, distance: Number.POSITIVE_INFINITY };
    for (const key of counts.keys()) {
      const distance = parts(key).reduce((sum, part, i) => sum + (part - from[i]!) ** 2, 0);
      if (distance < nearest.distance) nearest = { key, distance };
    }
    counts.set(nearest.key, counts.get(nearest.key)! + count);
  }
}

/** The main colours, most frequent first, at most 32, by libimagequant. */
export async function colors(sample: Sample): Promise<ColorShare[]> {
  const reduced = await sharp(sample.data, rawOptions(sample))
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true, kernel: 'nearest' })
    .png({ palette: true, dither: 0, compressionLevel: 1 })
    .toBuffer();
  const pixels = await sharp(reduced).ensureAlpha().raw().toBuffer();
  const counts = new Map<number, number>();
  for (let p = 0; p < pixels.length; p += 4) {
    const key = pixels[p + 3] === 0 ? 0 : pixels.readUInt32BE(p);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  mergeRarest(counts);
  const translucent = [...counts.keys()].some((key) => (key & 0xff) !== 0xff);
  const total = pixels.length / 4;
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([key, count]) => {
      const hex = key.toString(16).toUpperCase().padStart(8, '0');
      return [`#${translucent ? hex : hex.slice(0, 6)}`, round((100 * count) / total, 1)];
    });
}

/** `#RRGGBB[AA]` → red, green, blue, 0–255. */
export function parseHex(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1, 7), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** CIE L*a*b* (D65) of an sRGB colour. */
export function toLab([r, g, b]: readonly [number, number, number]): [number, number, number] {
  const linear = (value: number) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  const [lr, lg, lb] = [linear(r), linear(g), linear(b)];
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * lr + 0.3576 * lg + 0.1805 * lb) / 0.95047);
  const y = f(0.2126 * lr + 0.7152 * lg + 0.0722 * lb);
  const z = f((0.0193 * lr + 0.1192 * lg + 0.9505 * lb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);

/** Colour names of Google's image search by colour, with the colours that stand for them (several where a name is wide). */
const GOOGLE: readonly (readonly [string, string])[] = [
  ['red', '#E00000'],
  ['red', '#990000'],
  ['orange', '#FF8000'],
  ['yellow', '#FFE000'],
  ['yellow', '#F0E68C'],
  ['green', '#00B000'],
  ['green', '#2E5B1E'],
  ['green', '#8CC63F'],
  ['teal', '#008080'],
  ['teal', '#40E0D0'],
  ['blue', '#0040E0'],
  ['blue', '#203060'],
  ['blue', '#6CA6E8'],
  ['purple', '#800080'],
  ['purple', '#7B52C8'],
  ['pink', '#FF80B0'],
  ['pink', '#E0409A'],
  ['white', '#FFFFFF'],
  ['gray', '#808080'],
  ['gray', '#B8B8B8'],
  ['gray', '#505050'],
  ['black', '#000000'],
  ['black', '#181818'],
  ['brown', '#7B4B2A'],
  ['brown', '#C49A6C'],
  ['brown', '#4A2F1B'],
];

/** The basic names of CSS with four more, after the cloud's colour search; the exact list of the cloud is not published. */
const BASIC: readonly (readonly [string, string])[] = [
  ['red', '#FF0000'],
  ['orange', '#FFA500'],
  ['yellow', '#FFFF00'],
  ['olive', '#808000'],
  ['lime', '#00FF00'],
  ['green', '#008000'],
  ['teal', '#008080'],
  ['cyan', '#00FFFF'],
  ['lightblue', '#ADD8E6'],
  ['blue', '#0000FF'],
  ['navy', '#000080'],
  ['purple', '#800080'],
  ['magenta', '#FF00FF'],
  ['pink', '#FFC0CB'],
  ['maroon', '#800000'],
  ['brown', '#A0522D'],
  ['white', '#FFFFFF'],
  ['silver', '#C0C0C0'],
  ['gray', '#808080'],
  ['black', '#000000'],
];

function named(shares: readonly ColorShare[], palette: typeof BASIC): ColorShare[] {
  const references = palette.map(([name, hex]) => [name, toLab(parseHex(hex))] as const);
  const sums = new Map<string, number>();
  for (const [hex, percent] of shares) {
    if (hex.length === 9 && hex.endsWith('00')) continue;
    const lab = toLab(parseHex(hex));
    let nearest = references[0]!;
    for (const reference of references)
      if (distance(lab, reference[1]) < distance(lab, nearest[1])) nearest = reference;
    sums.set(nearest[0], (sums.get(nearest[0]) ?? 0) + percent);
  }
  return [...sums].sort(([, a], [, b]) => b - a).map(([name, percent]) => [name, round(percent, 1)]);
}

/** The main colours by name, in the two vocabularies of the upload answer. */
export function predominant(shares: readonly ColorShare[]): { google: ColorShare[]; cloudinary: ColorShare[] } {
  return { google: named(shares, GOOGLE), cloudinary: named(shares, BASIC) };
}
