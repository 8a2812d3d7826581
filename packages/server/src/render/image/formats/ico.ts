import { refuse } from '../problem.ts';
import { type Raster, toSharp } from '../raster.ts';

/** An icon file holding one PNG. Sides up to 256 px: the directory entry has one byte for each. */
export async function encodeIco(raster: Raster): Promise<Uint8Array> {
  const { width, height } = raster;
  if (width > 256 || height > 256) throw refuse(`An ico holds at most 256x256 pixels. Got ${width}x${height}.`);
  const png = await toSharp(raster).png().toBuffer();
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head[6] = width % 256;
  head[7] = height % 256;
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(22, 18);
  return Buffer.concat([head, png]);
}
