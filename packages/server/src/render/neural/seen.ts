import sharp from 'sharp';
import type { RawPicture } from '../video/video-workers.ts';

/** Detectors look at 300 to 512 pixels; a little more keeps the edges of the boxes exact. */
const SEEN_SIDE = 640;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Rows of RGB, 8 bit. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The upright picture as detectors see it, and the way of their boxes back into its own pixels. */
export async function shrink(input: string | Buffer | RawPicture): Promise<{
  picture: Pixels;
  inOriginal<B extends Box>(boxes: readonly B[]): B[];
}> {
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
  const { width, height } = info;
  const [sx, sy] = [autoOrient.width / width, autoOrient.height / height];
  return {
    picture: { data, width, height },
    inOriginal: (boxes) =>
      boxes
        .map((box) => {
          const left = Math.max(0, Math.round(box.x * sx));
          const top = Math.max(0, Math.round(box.y * sy));
          const right = Math.min(autoOrient.width, Math.round((box.x + box.width) * sx));
          const bottom = Math.min(autoOrient.height, Math.round((box.y + box.height) * sy));
          return { ...box, x: left, y: top, width: right - left, height: bottom - top };
        })
        .filter((box) => box.width > 0 && box.height > 0),
  };
}
