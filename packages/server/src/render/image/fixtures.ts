import sharp from 'sharp';
import { createRaster, type Raster, toRgba } from './raster.ts';

/** Pictures made in code for tests and the contact sheet: nothing binary in the repository. */

/** A photo-like scene: sky gradient, sun, hills, a red house, water with ripples, grain. Deterministic. */
export async function landscape(width: number, height: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 864 576" preserveAspectRatio="none">
    <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#2a5f9e"/><stop offset=".7" stop-color="#a9cbe6"/><stop offset="1" stop-color="#f4dfc0"/></linearGradient>
    <linearGradient id="sea" x2="0" y2="1"><stop stop-color="#4d86a8"/><stop offset="1" stop-color="#12314a"/></linearGradient>
    <radialGradient id="sun"><stop stop-color="#fff8d8"/><stop offset=".4" stop-color="#ffe08a"/><stop offset="1" stop-color="#ffe08a" stop-opacity="0"/></radialGradient></defs>
    <rect width="864" height="400" fill="url(#sky)"/><circle cx="650" cy="120" r="110" fill="url(#sun)"/>
    <path d="M0 330 L120 220 L230 300 L370 180 L520 310 L640 250 L864 340 V400 H0Z" fill="#5b6f7d"/>
    <path d="M0 380 C150 300 300 340 430 370 S700 330 864 370 V430 H0Z" fill="#4a7a3a"/>
    <rect y="400" width="864" height="176" fill="url(#sea)"/>
    <g fill="#cfe4f2" opacity=".35">${Array.from({ length: 40 }, (_, i) => `<ellipse cx="${(i * 211) % 864}" cy="${415 + ((i * 67) % 150)}" rx="${12 + (i % 5) * 6}" ry="1.6"/>`).join('')}</g>
    <g><rect x="250" y="300" width="130" height="90" fill="#b0342c"/><path d="M235 305 L315 240 L395 305Z" fill="#54302a"/><rect x="300" y="340" width="30" height="50" fill="#3a2118"/><rect x="262" y="325" width="26" height="26" fill="#ffe9a0"/><rect x="342" y="325" width="26" height="26" fill="#ffe9a0"/></g>
    <g fill="#e8a33d"><circle cx="520" cy="500" r="34"/></g><circle cx="508" cy="488" r="10" fill="#fff" opacity=".7"/>
    <g fill="#2f5d27"><path d="M60 400 L95 250 L130 400Z"/><path d="M120 405 L150 290 L180 405Z"/><path d="M700 390 L735 260 L770 390Z"/></g>
  </svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let state = 12_345;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[i] = Math.max(0, Math.min(255, data[i]! + ((state >>> 24) - 128) / 20));
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
}

/** A cut-out: an orange disc with a hole and a star on transparency. */
export function cutOut(size: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 200 200">
    <path d="M100 30a70 70 0 1 0 .1 0Zm0 45a25 25 0 1 1-.1 0Z" fill="#e8743b" fill-rule="evenodd"/>
    <path d="M150 40l8 18 20 2-15 13 4 20-17-10-17 10 4-20-15-13 20-2Z" fill="#3b7be8"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** An animated GIF whose frame `i` is filled with gray 20·i and holds a white square that wanders. */
export async function animation(width: number, height: number, frames: number, delay = 70): Promise<Buffer> {
  const stack = Buffer.alloc(width * height * frames * 4);
  for (let i = 0; i < frames; i++) {
    const value = 20 * i;
    const frame = createRaster(width, height, { r: value, g: value, b: value, alpha: 1 });
    for (let y = 0; y < 10; y++)
      for (let x = 0; x < 10; x++) frame.data.fill(255, (y * width + x + i * 8) * 4, (y * width + x + i * 8) * 4 + 4);
    stack.set(frame.data, i * width * height * 4);
  }
  return sharp(stack, { raw: { width, height: height * frames, channels: 4, pageHeight: height } })
    .gif({ delay: Array.from({ length: frames }, () => delay), loop: 3 })
    .toBuffer();
}

/** The colour of one pixel, `[r, g, b, a]`. */
export const pixelAt = (raster: Raster, x: number, y: number): number[] => [
  ...raster.data.subarray((y * raster.width + x) * 4, (y * raster.width + x) * 4 + 4),
];

/** Mean of every channel. */
export function meanColor({ data }: Raster): [number, number, number, number] {
  const sum: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i++) sum[(i % 4) as 0 | 1 | 2 | 3] += data[i]!;
  return sum.map((value) => value / (data.length / 4)) as [number, number, number, number];
}

/** Mean absolute difference of two rasters of one size, 0–255. */
export function difference(a: Raster, b: Raster): number {
  if (a.width !== b.width || a.height !== b.height) return 255;
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}

export async function decodeRaster(bytes: Uint8Array | string): Promise<Raster> {
  const { data, info } = await sharp(bytes)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: toRgba(data, info.channels), width: info.width, height: info.height };
}
