import { crc32 } from 'node:zlib';
import type { ImageOutput } from '@signet/transformation';
import { timingOf } from '../encode.ts';
import { type Canvas, toSharp } from '../raster.ts';

/**
 * Animated PNG: every frame as a PNG by libvips, their image data joined by the chunks of the APNG specification
 * (https://www.w3.org/TR/png-3/, sections 11.3.6). All frames are whole pictures of the same size and colour type.
 */
export async function encodeApng(canvas: Canvas, output: ImageOutput): Promise<Uint8Array> {
  const { delay, loop } = timingOf(canvas, output);
  const parts: Buffer[] = [];
  let sequence = 0;
  for (const [i, frame] of canvas.frames.entries()) {
    const png = await toSharp(frame).png({ compressionLevel: 6 }).toBuffer();
    const chunks = readChunks(png);
    if (i === 0) {
      parts.push(png.subarray(0, 8), chunk('IHDR', chunks.find(({ type }) => type === 'IHDR')!.data));
      const control = Buffer.alloc(8);
      control.writeUInt32BE(canvas.frames.length, 0);
      control.writeUInt32BE(loop, 4);
      parts.push(chunk('acTL', control));
    }
    const control = Buffer.alloc(26);
    control.writeUInt32BE(sequence++, 0);
    control.writeUInt32BE(frame.width, 4);
    control.writeUInt32BE(frame.height, 8);
    control.writeUInt16BE(Math.min(65_535, delay[i]!), 20);
    control.writeUInt16BE(1000, 22);
    parts.push(chunk('fcTL', control));
    const pixels = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
    if (i === 0) parts.push(chunk('IDAT', pixels));
    else {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(sequence++, 0);
      parts.push(chunk('fdAT', Buffer.concat([number, pixels])));
    }
  }
  parts.push(chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(parts);
}

function readChunks(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at + 8 <= png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
