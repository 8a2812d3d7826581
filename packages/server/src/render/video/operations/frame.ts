import type { Demuxer, Frame, Stream } from 'node-av';
import { type Av, decodedFrames, loadAv, openMedia, type RawPicture, toRaw, uprightFilter, videoStream } from './av.ts';

/** Where in the film: seconds from the start, a share of its length (0–100), or the most telling picture of a few. */
export type FrameTime = { readonly seconds: number } | { readonly percent: number } | 'auto';

export interface FrameRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly at: FrameTime;
  /** Width in pixels at most; the height follows. Never enlarges. */
  readonly width?: number;
}

const CANDIDATES = 8;
const SCORE_WIDTH = 64;

/** Positions of frames are in the stream's clock, which need not start at zero. */
function secondsOf(frame: Frame, stream: Stream): number {
  const { num, den } = stream.timeBase;
  const ticks = frame.bestEffortTimestamp > -(2n ** 62n) ? frame.bestEffortTimestamp : frame.pts;
  const start = stream.startTime > -(2n ** 62n) ? stream.startTime : 0n;
  return (Number(ticks - start) * num) / den;
}

/** Seconds before the wanted one where decoding may have to begin: files without an index land behind it. */
const EARLIER = [0, 10, Number.POSITIVE_INFINITY] as const;

/** The last frame that begins at or before the time; the first one if all begin later; the film's last beyond its end. */
export async function frameAt(av: Av, media: Demuxer, stream: Stream, seconds: number): Promise<Frame | undefined> {
  const start = Number.isFinite(media.startTime) ? Math.max(media.startTime, 0) : 0;
  for (const earlier of EARLIER) {
    const from = Math.max(0, seconds - earlier);
    await media.seek(from + start, -1, av.AVSEEK_FLAG_BACKWARD);
    let kept: Frame | undefined;
    let missed = false;
    for await (const frame of decodedFrames(av, media, stream)) {
      // Half a millisecond forgives the rounding of decimal seconds to the stream's clock.
      const later = secondsOf(frame, stream) > seconds + 0.0005;
      if (later && kept !== undefined) {
        frame.free();
        break;
      }
      kept?.free();
      kept = frame;
      missed = later;
      if (later) break;
    }
    if (!missed || from === 0) return kept;
    kept?.free();
  }
  return undefined;
}

/** Spread of brightness, lowered for nearly black and nearly white pictures. */
export function interest({ data }: RawPicture, channels: number): number {
  let sum = 0;
  let squares = 0;
  const count = data.length / channels;
  for (let i = 0; i < data.length; i += channels) {
    const luma = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
    sum += luma;
    squares += luma * luma;
  }
  const mean = sum / count;
  const spread = Math.sqrt(Math.max(0, squares / count - mean * mean));
  return spread * (mean < 24 || mean > 232 ? 0.3 : 1);
}

async function tellingTime(av: Av, media: Demuxer, stream: Stream): Promise<number> {
  let best = { seconds: 0, score: -1 };
  for (let i = 0; i < CANDIDATES; i++) {
    const seconds = (media.duration * (i + 0.5)) / CANDIDATES;
    const frame = await frameAt(av, media, stream, seconds);
    if (frame === undefined) continue;
    const small = await toRaw(av, frame, [`scale=${SCORE_WIDTH}:-2`]);
    frame.free();
    const score = interest(small, small.channels);
    if (score > best.score) best = { seconds, score };
  }
  return best.seconds;
}

/**
 * One picture of a film, upright, with square pixels.
 *
 * @throws when the file has no picture or none can be decoded
 */
export async function frame({ path, demuxer, at, width }: FrameRequest): Promise<RawPicture> {
  const av = await loadAv();
  const media = await openMedia(av, path, demuxer);
  try {
    const stream = videoStream(av, media);
    if (stream === undefined) throw new Error('the file has no picture');
    const seconds =
      at === 'auto'
        ? await tellingTime(av, media, stream)
        : 'seconds' in at
          ? at.seconds
          : (media.duration * at.percent) / 100;
    const picture =
      (await frameAt(av, media, stream, seconds)) ??
      (await frameAt(av, media, stream, Math.max(0, media.duration - 1))) ??
      (await frameAt(av, media, stream, 0));
    if (picture === undefined) throw new Error('no picture could be decoded');
    const steps = uprightFilter(av, stream);
    if (width !== undefined) steps.push(`scale=w='min(iw,${width})':h=-2`);
    const raw = await toRaw(av, picture, steps);
    picture.free();
    return raw;
  } finally {
    await media.close();
  }
}
