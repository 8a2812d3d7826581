import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { refuse } from '../problem.ts';
import { type Canvas, createRaster, crop, drawOver, fromSharp, isOpaque, type Raster, type Rect } from '../raster.ts';
import type { SourceBytes } from '../source.ts';
import { PNG_SIGNATURE, type PngChunk, pngChunk, readChunks } from './png-chunks.ts';

/**
 * Animated PNG in: libvips reads the first picture only. The frames are small PNGs of their own once their chunks are put
 * together again; libvips decodes them, and the rules of the specification (https://www.w3.org/TR/png-3/, 11.3.6) put them
 * on the canvas.
 */

/** What the `acTL` chunk says. */
export interface ApngHeader {
  readonly frames: number;
  /** Repetitions; 0 is for ever. */
  readonly loop: number;
}

const controlOf = (data: Buffer): ApngHeader | undefined =>
  data.length >= 8 ? { frames: data.readUInt32BE(0), loop: data.readUInt32BE(4) } : undefined;

/** Looks no further than the first pixels. `undefined`: not an animated PNG. */
export async function readApngHeader(source: SourceBytes): Promise<ApngHeader | undefined> {
  if (typeof source !== 'string') return headerOf(async (at, length) => Buffer.from(source.subarray(at, at + length)));
  const file = await open(source, 'r');
  try {
    return await headerOf(async (at, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

/** More chunks than this before the pixels, and nobody cares. */
const MAX_CHUNKS = 200;

async function headerOf(read: (at: number, length: number) => Promise<Buffer>): Promise<ApngHeader | undefined> {
  if (!(await read(0, PNG_SIGNATURE.length)).equals(PNG_SIGNATURE)) return undefined;
  let at = PNG_SIGNATURE.length;
  for (let n = 0; n < MAX_CHUNKS; n++) {
    const head = await read(at, 16);
    if (head.length < 16) return undefined;
    const type = head.toString('latin1', 4, 8);
    if (type === 'acTL') return controlOf(head.subarray(8));
    if (type === 'IDAT' || type === 'IEND') return undefined;
    at += 12 + head.readUInt32BE(0);
  }
  return undefined;
}

const DISPOSE = { none: 0, background: 1, previous: 2 } as const;
const BLEND = { source: 0, over: 1 } as const;

interface Part extends Rect {
  /** Milliseconds. */
  readonly delay: number;
  readonly dispose: number;
  readonly blend: number;
  readonly pixels: Buffer[];
}

function partOf(data: Buffer): Part {
  if (data.length < 26) throw new Error('apng: a frame control chunk is too short');
  const [numerator, denominator] = [data.readUInt16BE(20), data.readUInt16BE(22) || 100];
  return {
    width: data.readUInt32BE(4),
    height: data.readUInt32BE(8),
    x: data.readUInt32BE(12),
    y: data.readUInt32BE(16),
    delay: Math.round((numerator * 1000) / denominator),
    dispose: data[24]!,
    blend: data[25]!,
    pixels: [],
  };
}

/** Frames as the file holds them, and what all of them share (palette, transparency, profile). */
function readParts(chunks: readonly PngChunk[]): { header: Buffer; shared: PngChunk[]; parts: Part[] } {
  const [first] = chunks;
  if (first?.type !== 'IHDR' || first.data.length !== 13) throw new Error('apng: no header');
  const parts: Part[] = [];
  const shared: PngChunk[] = [];
  let pixelsSeen = false;
  for (const { type, data } of chunks.slice(1)) {
    if (type === 'fcTL') parts.push(partOf(data));
    // A picture before the first frame control is shown by decoders without animation only.
    else if (type === 'IDAT') parts.at(-1)?.pixels.push(data);
    else if (type === 'fdAT') parts.at(-1)?.pixels.push(data.subarray(4));
    else if (type !== 'acTL' && type !== 'IEND' && !pixelsSeen) shared.push({ type, data });
    pixelsSeen ||= type === 'IDAT';
  }
  return { header: first.data, shared, parts: parts.filter(({ pixels }) => pixels.length > 0) };
}

function standalone(header: Buffer, shared: readonly PngChunk[], part: Part): Buffer {
  const head = Buffer.from(header);
  head.writeUInt32BE(part.width, 0);
  head.writeUInt32BE(part.height, 4);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', head),
    ...shared.map(({ type, data }) => pngChunk(type, data)),
    pngChunk('IDAT', Buffer.concat(part.pixels)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Copies the raster onto the canvas, transparency too. */
function put(canvas: Raster, picture: Raster, { x, y }: Rect): void {
  for (let row = 0; row < picture.height; row++) {
    const from = row * picture.width * 4;
    canvas.data.set(picture.data.subarray(from, from + picture.width * 4), ((y + row) * canvas.width + x) * 4);
  }
}

/**
 * All frames, or the first `limit.frames` of them, as whole pictures.
 *
 * @throws Error when the chunks do not fit together
 */
export async function decodeApng(
  bytes: Buffer,
  limit: { frames: number; totalPixels: number; seconds: number; signal: AbortSignal },
): Promise<Canvas> {
  const chunks = readChunks(bytes);
  const { header, shared, parts } = readParts(chunks);
  const control = controlOf(chunks.find(({ type }) => type === 'acTL')?.data ?? Buffer.alloc(0));
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (width * height * Math.min(parts.length, limit.frames) > limit.totalPixels)
    throw refuse(`Image is too large. Got ${width}x${height} in ${parts.length} frames.`);
  let canvas = createRaster(width, height);
  const frames: Raster[] = [];
  const delay: number[] = [];
  for (const part of parts.slice(0, limit.frames)) {
    limit.signal.throwIfAborted();
    if (part.x + part.width > width || part.y + part.height > height)
      throw new Error('apng: a frame is larger than the picture');
    const before = part.dispose === DISPOSE.previous && frames.length > 0 ? crop(canvas, part) : undefined;
    const picture = await fromSharp(
      sharp(standalone(header, shared, part), { failOn: 'error', limitInputPixels: width * height }).timeout({
        seconds: limit.seconds,
      }),
    );
    canvas = { ...canvas, data: canvas.data.slice() };
    if (part.blend === BLEND.over) drawOver(canvas, picture, part.x, part.y);
    else put(canvas, picture, part);
    frames.push(canvas);
    delay.push(part.delay);
    if (part.dispose === DISPOSE.none) continue;
    canvas = { ...canvas, data: canvas.data.slice() };
    put(canvas, before ?? createRaster(part.width, part.height), part);
  }
  if (frames.length === 0) throw new Error('apng: no frames');
  return { frames, delay, loop: control?.loop ?? 0, opaque: frames.every(isOpaque) };
}
