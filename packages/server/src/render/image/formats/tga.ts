import type { Raster } from '../raster.ts';

/** Says that the file is a TGA, which its first bytes do not (Truevision's specification, version 2.0). */
const FOOTER = Buffer.from(`${'\0'.repeat(8)}TRUEVISION-XFILE.\0`, 'latin1');

/** 32-bit uncompressed TGA (type 2), rows top down, 8 bits of alpha. */
export function encodeTga({ data, width, height }: Raster): Uint8Array {
  const out = Buffer.alloc(18 + width * height * 4);
  out[2] = 2;
  out.writeUInt16LE(width, 12);
  out.writeUInt16LE(height, 14);
  out[16] = 32;
  out[17] = 0x28;
  for (let i = 0; i < data.length; i += 4) {
    out[18 + i] = data[i + 2]!;
    out[19 + i] = data[i + 1]!;
    out[20 + i] = data[i]!;
    out[21 + i] = data[i + 3]!;
  }
  return Buffer.concat([out, FOOTER]);
}
