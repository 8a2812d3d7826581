import type { Demuxer, Frame, Stream } from 'node-av';
import { type Av, decodedFrames, loadAv, openMedia, type RawPicture, toRaw } from './av.ts';

export interface DecodeSequenceRequest {
  readonly path: string;
  /** IDs of the tracks of an AVIF sequence with the colours and with the transparency. */
  readonly color: number;
  readonly alpha?: number | undefined;
  /** Frames to give: from the first (counted from 0), so many. */
  readonly first: number;
  readonly count: number;
  /** Width × height × frames at most. */
  readonly pixelLimit: number;
}

/** Tracks, and not the still pictures that the file may hold as well under the same numbers: those have no length. */
const trackOf = (media: Demuxer, id: number): Stream => {
  const track = media.streams.find((stream) => stream.id === id && stream.duration > 0n);
  if (track === undefined) throw new Error('the file lacks the track of its pictures');
  return track;
};

/** The wanted frames of one track. */
async function* pictures(
  av: Av,
  { path, first, count }: DecodeSequenceRequest,
  id: number,
  convert: (frame: Frame) => Promise<RawPicture>,
): AsyncGenerator<RawPicture> {
  // The list of edits only tells how often a sequence plays; FFmpeg would cut frames by it.
  const media = await openMedia(av, path, 'mov', { ignore_editlist: '1' });
  try {
    let at = 0;
    for await (const frame of decodedFrames(av, media, trackOf(media, id))) {
      try {
        if (at >= first) yield await convert(frame);
      } finally {
        frame.free();
      }
      if (++at >= first + count) return;
    }
  } finally {
    await media.close();
  }
}

/**
 * Frames of a moving AVIF below one another, each of the size that is told; four channels when it has a transparency.
 *
 * @throws when the file breaks off before the first wanted frame, or all are too large together
 */
export async function decodeSequence(request: DecodeSequenceRequest): Promise<RawPicture> {
  const av = await loadAv();
  const { color, alpha, count, pixelLimit } = request;
  const colors = pictures(av, request, color, (frame) => toRaw(av, frame, [], alpha === undefined ? 3 : 4));
  // The transparency is full range whatever the file says: its first plane is it.
  const masks =
    alpha === undefined
      ? undefined
      : pictures(av, request, alpha, (frame) => toRaw(av, frame, ['extractplanes=y', 'format=gray']));
  const frames: RawPicture[] = [];
  try {
    for await (const picture of colors) {
      const [size = picture] = frames;
      if (picture.width * picture.height * count > pixelLimit)
        throw new Error(`${count} frames of ${picture.width}×${picture.height} pixels, more than ${pixelLimit}`);
      if (picture.width !== size.width || picture.height !== size.height)
        throw new Error('the frames are not of one size');
      const mask = (await masks?.next())?.value as RawPicture | undefined;
      frames.push(mask === undefined ? picture : withAlpha(picture, mask));
    }
  } finally {
    await masks?.return(undefined);
  }
  const [size] = frames;
  if (size === undefined) throw new Error('no picture could be decoded');
  return { ...size, data: Buffer.concat(frames.map(({ data }) => data)) };
}

function withAlpha(picture: RawPicture, mask: RawPicture): RawPicture {
  if (mask.width !== picture.width || mask.height !== picture.height)
    throw new Error('the transparency is of another size than the picture');
  const { data } = picture;
  for (let from = 0, to = 3; to < data.length; from += mask.channels, to += 4) data[to] = mask.data[from]!;
  return picture;
}
