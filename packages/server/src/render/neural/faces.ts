import type { RawPicture } from '../video/video-workers.ts';
import type { ProcessPool } from '../workers/process-pool.ts';
import type { DetectFacesRequest, Detection } from './operations/detect-faces.ts';
import { shrink } from './seen.ts';

/** A face in pixels of the upright picture. */
export interface Face {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Confidence, 0–1. */
  readonly score: number;
}

export interface DetectFacesOptions {
  /** Default 0.5. */
  readonly minConfidence?: number;
  /** Default 50. */
  readonly maxFaces?: number;
  readonly signal?: AbortSignal;
}

/** Shrinks here, detects in the worker, and gives the boxes in the picture's own pixels, largest first. */
export async function detectFaces(
  pool: ProcessPool,
  input: string | Buffer | RawPicture,
  { minConfidence = 0.5, maxFaces = 50, signal }: DetectFacesOptions = {},
): Promise<Face[]> {
  const { picture, inOriginal } = await shrink(input);
  const request: DetectFacesRequest = { ...picture, minConfidence, maxFaces };
  const found = (await pool.run('detectFaces', request, { signal })) as Detection[];
  return inOriginal(found).sort((a, b) => b.width * b.height - a.width * a.height);
}
