import type { ImageOutput } from '@signet/transformation';
import { timingOf } from '../encode.ts';
import { type Canvas, toSharp } from '../raster.ts';
import { PNG_SIGNATURE, pngChunk, readChunks } from './png-chunks.ts';

/**
 * Animated PNG: every frame as a PNG by libvips, their image data joined by the chunks of the APNG specification
 * (https://www.w3.org/TR/png-3/, sections 11.3.6). All frames are whole pictures of the same size and colour type.
 */
export async function encodeApng(canvas: Canvas, output: Pick<ImageOutput, 'delay' | 'loop'>): Promise<Uint8Array> {
  const { delay, loop } = timingOf(canvas, output);
  const parts: Buffer[] = [];
  let sequence = 0;
  for (const [i, frame] of canvas.frames.entries()) {
    const png = await toSharp(frame).png({ compressionLevel: 6 }).toBuffer();
    const chunks = readChunks(png);
    if (i === 0) {
      parts.push(PNG_SIGNATURE, pngChunk('IHDR', chunks.find(({ type }) => type === 'IHDR')!.data));
      const control = Buffer.alloc(8);
      control.writeUInt32BE(canvas.frames.length, 0);
      control.writeUInt32BE(loop, 4);
      parts.push(pngChunk('acTL', control));
    }
    const control = Buffer.alloc(26);
    control.writeUInt32BE(sequence++, 0);
    control.writeUInt32BE(frame.width, 4);
    control.writeUInt32BE(frame.height, 8);
    control.writeUInt16BE(Math.min(65_535, delay[i]!), 20);
    control.writeUInt16BE(1000, 22);
    parts.push(pngChunk('fcTL', control));
    const pixels = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
    if (i === 0) parts.push(pngChunk('IDAT', pixels));
    else {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(sequence++, 0);
      parts.push(pngChunk('fdAT', Buffer.concat([number, pixels])));
    }
  }
  parts.push(pngChunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(parts);
}
