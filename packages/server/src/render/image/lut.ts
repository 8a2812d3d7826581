import { mapFrames } from './geometry.ts';
import { refuse } from './problem.ts';
import { type Canvas, clamp, type Raster } from './raster.ts';
import { readAll, type SourceBytes } from './source.ts';

/** A cube of colours: `size`³ entries of red, green, blue (0–1), red changing fastest. */
interface Lut {
  size: number;
  values: Float32Array;
}

const MAX_SIDE = 129;

/** Reads Adobe/Iridas `.cube` (3D) and Autodesk/Lustre `.3dl` tables. @throws 400 when the file is neither. */
function parseLut(text: string, name: string): Lut {
  return /\.3dl$/i.test(name) ? parse3dl(text) : parseCube(text);
}

function parseCube(text: string): Lut {
  let size = 0;
  const values: number[] = [];
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'LUT_3D_SIZE') size = Number(words[1]);
    if (words.length === 3 && /^[-+.\d]/.test(words[0]!))
      values.push(Number(words[0]), Number(words[1]), Number(words[2]));
  }
  return checked(size, values);
}

/** First line: the grid; then integers, blue changing fastest, scaled by the next power of two above the largest. */
function parse3dl(text: string): Lut {
  const rows = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(/\s+/).map(Number));
  const grid = rows[0] ?? [];
  const size = grid.length;
  const raw = rows.slice(1).filter((row) => row.length === 3);
  const top = raw.reduce((most, row) => Math.max(most, ...row), 1);
  const scale = 2 ** Math.ceil(Math.log2(top + 1)) - 1;
  const values = new Array<number>(raw.length * 3).fill(0);
  for (const [n, row] of raw.entries()) {
    const [b, g, r] = [n % size, Math.floor(n / size) % size, Math.floor(n / (size * size))];
    const to = (r + g * size + b * size * size) * 3;
    for (let c = 0; c < 3; c++) values[to + c] = row[c]! / scale;
  }
  return checked(size, values);
}

function checked(size: number, values: number[]): Lut {
  const valid =
    Number.isInteger(size) &&
    size >= 2 &&
    size <= MAX_SIDE &&
    values.length === size ** 3 * 3 &&
    values.every(Number.isFinite);
  if (!valid) throw refuse('Invalid lut file: expected a 3D table (.cube or .3dl) with as many rows as its size says');
  return { size, values: Float32Array.from(values) };
}

/** Applies the table with trilinear interpolation. */
export async function applyLut(canvas: Canvas, source: SourceBytes, name: string): Promise<Canvas> {
  const lut = parseLut(new TextDecoder().decode(await readAll(source)), name);
  return mapFrames(canvas, (frame) => mapColors(frame, lut));
}

function mapColors(raster: Raster, { size, values }: Lut): Raster {
  const data = raster.data.slice();
  const top = size - 1;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [(data[i]! / 255) * top, (data[i + 1]! / 255) * top, (data[i + 2]! / 255) * top];
    const [r0, g0, b0] = [
      Math.min(top - 1, Math.floor(r)),
      Math.min(top - 1, Math.floor(g)),
      Math.min(top - 1, Math.floor(b)),
    ];
    const [fr, fg, fb] = [r - r0, g - g0, b - b0];
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let corner = 0; corner < 8; corner++) {
        const [dr, dg, db] = [corner & 1, (corner >> 1) & 1, corner >> 2];
        const weight = (dr ? fr : 1 - fr) * (dg ? fg : 1 - fg) * (db ? fb : 1 - fb);
        sum += weight * values[(r0 + dr + (g0 + dg) * size + (b0 + db) * size * size) * 3 + c]!;
      }
      data[i + c] = clamp(sum * 255 + 0.5, 0, 255);
    }
  }
  return { ...raster, data };
}
