import type { Raster } from '../raster.ts';

/** 24-bit uncompressed BMP (BITMAPINFOHEADER), rows bottom up. Alpha is ignored. */
export function encodeBmp({ data, width, height }: Raster): Uint8Array {
  const stride = (width * 3 + 3) & ~3;
  const out = Buffer.alloc(54 + stride * height);
  out.write('BM', 0, 'latin1');
  out.writeUInt32LE(out.length, 2);
  out.writeUInt32LE(54, 10);
  out.writeUInt32LE(40, 14);
  out.writeInt32LE(width, 18);
  out.writeInt32LE(height, 22);
  out.writeUInt16LE(1, 26);
  out.writeUInt16LE(24, 28);
  out.writeUInt32LE(stride * height, 34);
  out.writeInt32LE(2835, 38);
  out.writeInt32LE(2835, 42);
  for (let y = 0; y < height; y++) {
    let to = 54 + (height - 1 - y) * stride;
    for (let from = y * width * 4; from < (y + 1) * width * 4; from += 4) {
      out[to++] = data[from + 2]!;
      out[to++] = data[from + 1]!;
      out[to++] = data[from]!;
    }
  }
  return out;
}
