import { loadAv, openMedia, type RawPicture, toRaw, videoStream } from './av.ts';
import { frameAt, interest } from './frame.ts';

export interface HighlightsRequest {
  readonly path: string;
  readonly demuxer: string;
  /** Seconds of all parts together. */
  readonly duration: number;
  /** Parts at most, of one length. */
  readonly parts: number;
}

/** Seconds of a film. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Places that are looked at: each costs two jumps in the file. */
const MOST_PLACES = 32;
const SEEN_WIDTH = 64;
/** How much movement counts beside a picture that is rich in itself. */
const MOVEMENT = 2;

/** Mean difference of a channel. */
function change(a: RawPicture, b: RawPicture): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - (b.data[i] ?? 0));
  return sum / a.data.length;
}

/**
 * The parts of a film in which most is to be seen and moves, in the order of the film; all of a film that is no longer.
 *
 * @throws when the file has no picture
 */
export async function highlights({ path, demuxer, duration, parts }: HighlightsRequest): Promise<Part[]> {
  const av = await loadAv();
  const media = await openMedia(av, path, demuxer);
  try {
    const stream = videoStream(av, media);
    if (stream === undefined) throw new Error('the file has no picture');
    const total = media.duration;
    if (!(total > duration)) return [{ start: 0, end: total }];
    const length = duration / parts;
    const seen = async (seconds: number): Promise<RawPicture | undefined> => {
      const frame = await frameAt(av, media, stream, seconds);
      if (frame === undefined) return undefined;
      try {
        return await toRaw(av, frame, [`scale=${SEEN_WIDTH}:-2`], 3);
      } finally {
        frame.free();
      }
    };
    const places = Math.min(MOST_PLACES, Math.max(parts * 2, Math.ceil((2 * total) / length)));
    const scored: (Part & { score: number })[] = [];
    for (let i = 0; i < places; i++) {
      const start = ((total - length) * i) / (places - 1);
      const [early, late] = [await seen(start + length / 4), await seen(start + (3 * length) / 4)];
      if (early === undefined || late === undefined) continue;
      const rich = (interest(early, 3) + interest(late, 3)) / 2;
      scored.push({ start, end: start + length, score: rich + MOVEMENT * change(early, late) });
    }
    const kept: Part[] = [];
    for (const { start, end } of scored.sort((a, b) => b.score - a.score)) {
      if (kept.length === parts) break;
      if (kept.every((other) => end <= other.start + 1e-6 || start >= other.end - 1e-6)) kept.push({ start, end });
    }
    return kept.length === 0 ? [{ start: 0, end: duration }] : kept.sort((a, b) => a.start - b.start);
  } finally {
    await media.close();
  }
}
