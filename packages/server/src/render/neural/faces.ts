import sharp from 'sharp';
import type { RawPicture } from '../video/video-workers.ts';
import type { ProcessPool } from '../workers/process-pool.ts';
import type { DetectFacesRequest, Detection } from './operations/detect-faces.ts';

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

/** The detector looks at 512×512; a little more keeps the box edges exact. */
const SEEN_SIDE = 640;

/** Shrinks here, detects in the worker, and gives the boxes in the picture's own pixels, largest first. */
export async function detectFaces(
  pool: ProcessPool,
  input: string | Buffer | RawPicture,
  { minConfidence = 0.5, maxFaces = 50, signal }: DetectFacesOptions = {},
): Promise<Face[]> {
  const picture =
    typeof input === 'string' || Buffer.isBuffer(input)
      ? sharp(input, { failOn: 'none' })
      : sharp(input.data, { raw: { width: input.width, height: input.height, channels: input.channels } });
  const { autoOrient } = await picture.metadata();
  const { data, info } = await picture
    .autoOrient()
    .resize(SEEN_SIDE, SEEN_SIDE, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const request: DetectFacesRequest = { data, width: info.width, height: info.height, minConfidence, maxFaces };
  const found = (await pool.run('detectFaces', request, { signal })) as Detection[];
  const [sx, sy] = [autoOrient.width / info.width, autoOrient.height / info.height];
  return found
    .map((face) => {
      const left = Math.max(0, Math.round(face.x * sx));
      const top = Math.max(0, Math.round(face.y * sy));
      const right = Math.min(autoOrient.width, Math.round((face.x + face.width) * sx));
      const bottom = Math.min(autoOrient.height, Math.round((face.y + face.height) * sy));
      return { x: left, y: top, width: right - left, height: bottom - top, score: face.score };
    })
    .filter(({ width, height }) => width > 0 && height > 0)
    .sort((a, b) => b.width * b.height - a.width * a.height);
}
