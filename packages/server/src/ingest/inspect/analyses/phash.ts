import sharp from 'sharp';
import { rawOptions, type Sample } from './sample.ts';

const SIDE = 32;
const KEPT = 8;

/** Cosines of the one-dimensional DCT-II, frequencies 1 to 8 (the constant part says only how bright the picture is). */
const COSINES = Array.from({ length: KEPT }, (_, u) =>
  Float64Array.from({ length: SIDE }, (_, x) => Math.cos(((2 * x + 1) * (u + 1) * Math.PI) / (2 * SIDE))),
);

/**
 * Perceptual hash: 64 bits as 16 hex digits. Pictures that look alike differ in few bits; re-encoding or resizing changes
 * almost none (the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
 */
export async function phash(sample: Sample): Promise<string> {
  const grey = await sharp(sample.data, rawOptions(sample))
    .flatten({ background: '#fff' })
    .greyscale()
    .resize(SIDE, SIDE, { fit: 'fill' })
    .raw()
    .toBuffer();
  const rows = COSINES.map((cosines) =>
    Float64Array.from({ length: SIDE }, (_, y) => cosines.reduce((sum, cos, x) => sum + cos * grey[y * SIDE + x]!, 0)),
  );
  const coefficients = COSINES.flatMap((cosines) =>
    rows.map((row) => cosines.reduce((sum, cos, y) => sum + cos * row[y]!, 0)),
  );
  const sorted = [...coefficients].sort((a, b) => a - b);
  const median = (sorted[31]! + sorted[32]!) / 2;
  const bits = coefficients.reduce((value, coefficient) => (value << 1n) | (coefficient > median ? 1n : 0n), 0n);
  return bits.toString(16).padStart(16, '0');
}
