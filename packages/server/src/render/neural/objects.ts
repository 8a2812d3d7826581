import sharp from 'sharp';
import type { RawPicture } from '../video/video-workers.ts';
import type { ProcessPool } from '../workers/process-pool.ts';
import type { Face } from './faces.ts';
import type { DetectedObject, DetectObjectsRequest } from './operations/detect-objects.ts';
import { type Pixels, shrink } from './seen.ts';

/** An object in pixels of the upright picture. */
export interface FoundObject extends Face {
  /** As in `OBJECTS` of the language. */
  readonly name: string;
}

export interface DetectObjectsOptions {
  /** Default 0.3: who asks for a cat says that there is one. */
  readonly minConfidence?: number;
  readonly signal?: AbortSignal;
}

/** The detector sees a square: what is longer than this many times its other side would be squeezed beyond recognition. */
const LONGEST = 1.5;

/** Adds black below or to the right until the picture is not too long. Places stay where they are. */
async function squarer({ data, width, height }: Pixels): Promise<Pixels> {
  const right = Math.max(0, Math.round(height / LONGEST) - width);
  const bottom = Math.max(0, Math.round(width / LONGEST) - height);
  if (right === 0 && bottom === 0) return { data, width, height };
  const wider = sharp(data, { raw: { width, height, channels: 3 } }).extend({ right, bottom, background: '#000' });
  return { data: await wider.raw().toBuffer(), width: width + right, height: height + bottom };
}

/** Shrinks here, detects in the worker, and gives the boxes in the picture's own pixels, the surest first. */
export async function detectObjects(
  pool: ProcessPool,
  input: string | Buffer | RawPicture,
  { minConfidence = 0.3, signal }: DetectObjectsOptions = {},
): Promise<FoundObject[]> {
  const { picture, inOriginal } = await shrink(input);
  const request: DetectObjectsRequest = { ...(await squarer(picture)), minConfidence };
  return inOriginal((await pool.run('detectObjects', request, { signal })) as DetectedObject[]);
}
