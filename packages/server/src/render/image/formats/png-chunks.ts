import { crc32 } from 'node:zlib';

/** A chunk of a PNG (https://www.w3.org/TR/png-3/, section 5.3). */
export interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

export const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Chunks in order; one that is cut short ends the list. Checksums are left to the decoder of the pixels. */
export function readChunks(png: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  for (let at = PNG_SIGNATURE.length; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at);
    if (at + 12 + length > png.length) break;
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

const MILLIMETRES_PER_INCH = 25.4;
const METRE = 1;

/** Rewrites in place the density that libvips states in every PNG. @param dpi dots per inch */
export function setDensity(png: Buffer, dpi: number): void {
  const at = png.subarray(0, png.indexOf('IDAT')).indexOf('pHYs');
  if (at < 0) return;
  const perMetre = Math.round((dpi / MILLIMETRES_PER_INCH) * 1000);
  const data = Buffer.alloc(9);
  data.writeUInt32BE(perMetre, 0);
  data.writeUInt32BE(perMetre, 4);
  data[8] = METRE;
  pngChunk('pHYs', data).copy(png, at - 4);
}
