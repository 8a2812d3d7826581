import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes the object detector's files from the graph model that TensorFlow.js publishes: one file of weights, the large ones
 * as 8-bit numbers.
 *
 * Usage: node scripts/shrink-object-model.ts MODEL.json FOLDER
 */

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

interface GraphModel {
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly Weight[] }[];
}

const BYTES = { float32: 4, int32: 4, bool: 1 } as const;

/** Smaller tensors are offsets and scales, where every digit counts and little is to be won. */
const LARGE = 1024;

/** Value = scale × byte + min, and one byte stands for exactly 0. */
function quantise(values: Float32Array): { bytes: Buffer; scale: number; min: number } {
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const zero = Math.round((-low / (high - low || 1)) * 255);
  const scale = Math.max(zero > 0 ? -low / zero : 0, zero < 255 ? high / (255 - zero) : 0) || 1;
  const min = -zero * scale;
  const byte = (value: number) => Math.min(255, Math.max(0, Math.round((value - min) / scale)));
  return { bytes: Buffer.from(Uint8Array.from(values, byte)), scale, min };
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('Usage: node scripts/shrink-object-model.ts MODEL.json FOLDER');
  process.exit(2);
}
const model = JSON.parse(await readFile(from, 'utf8')) as GraphModel;
const paths = model.weightsManifest.flatMap((group) => group.paths);
const data = Buffer.concat(await Promise.all(paths.map((path) => readFile(join(dirname(from), path)))));
const parts: Buffer[] = [];
let at = 0;
const weights = model.weightsManifest
  .flatMap((group) => group.weights)
  .map(({ name, shape, dtype }) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const bytes = data.subarray(at, at + count * BYTES[dtype]);
    at += bytes.length;
    if (dtype !== 'float32' || count < LARGE) {
      parts.push(bytes);
      return { name, shape, dtype };
    }
    const quantised = quantise(new Float32Array(Uint8Array.from(bytes).buffer));
    parts.push(quantised.bytes);
    const { scale, min } = quantised;
    return { name, shape, dtype, quantization: { dtype: 'uint8', scale, min } };
  });
await mkdir(to, { recursive: true });
await writeFile(join(to, 'weights.bin'), Buffer.concat(parts));
await writeFile(
  join(to, 'model.json'),
  JSON.stringify({ ...model, weightsManifest: [{ paths: ['weights.bin'], weights }] }),
);
