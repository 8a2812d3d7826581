import type { SourceBytes } from '../source.ts';
import { boxes, dig, pick, readTopBox } from './isobmff.ts';

/**
 * Moving AVIF in: an image sequence is a track of a film, its transparency a second track (AV1 Image File Format 1.1,
 * "image sequences"; ISO/IEC 23008-12, 7). libvips does not read it; FFmpeg gives the pixels.
 */
export interface AvifSequence {
  readonly frames: number;
  /** Milliseconds of each frame. */
  readonly delays: readonly number[];
  /** Plays; 0 is for ever. */
  readonly loop: number;
  /** IDs of the tracks with the colours and with the transparency. */
  readonly color: number;
  readonly alpha: number | undefined;
}

interface Track {
  readonly id: number;
  readonly kind: string;
  readonly delays: number[];
  readonly loop: number;
  /** Track that this one belongs to as its transparency. */
  readonly alphaOf: number | undefined;
}

/** More frames than any limit allows need no delays of their own. */
const MAX_FRAMES = 100_000;

/** What the file says of its frames; no pixels are read. `undefined`: it is no image sequence. */
export async function readAvifSequence(source: SourceBytes): Promise<AvifSequence | undefined> {
  const moov = await readTopBox(source, 'moov');
  if (moov === undefined) return undefined;
  try {
    const tracks = boxes(moov)
      .filter(({ type }) => type === 'trak')
      .map(({ data }) => readTrack(data));
    const color = tracks.find(({ kind }) => kind === 'pict');
    if (color === undefined || color.delays.length === 0) return undefined;
    const alpha = tracks.find(({ alphaOf }) => alphaOf === color.id);
    const { id, delays, loop } = color;
    return { frames: delays.length, delays, loop, color: id, alpha: alpha?.id };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readTrack(trak: Buffer): Track {
  const header = pick(boxes(trak), 'tkhd') ?? Buffer.alloc(0);
  const wide = header[0] === 1;
  const clock = dig(trak, 'mdia', 'mdhd') ?? Buffer.alloc(0);
  const ticks = clock.readUInt32BE(clock[0] === 1 ? 20 : 12) || 1;
  const reference = dig(trak, 'tref', 'auxl');
  return {
    id: header.readUInt32BE(wide ? 20 : 12),
    kind: (dig(trak, 'mdia', 'hdlr') ?? Buffer.alloc(12)).toString('latin1', 8, 12),
    delays: readDelays(dig(trak, 'mdia', 'minf', 'stbl', 'stts'), ticks),
    loop: readPlays(dig(trak, 'edts', 'elst'), durationOf(header, wide ? 28 : 20, wide)),
    alphaOf: reference && reference.length >= 4 ? reference.readUInt32BE(0) : undefined,
  };
}

/** Time of each sample: runs of equal ones. */
function readDelays(stts: Buffer | undefined, ticks: number): number[] {
  const delays: number[] = [];
  if (stts === undefined) return delays;
  const runs = stts.readUInt32BE(4);
  for (let run = 0, at = 8; run < runs; run++, at += 8) {
    const count = Math.min(stts.readUInt32BE(at), MAX_FRAMES - delays.length);
    const delay = Math.round((stts.readUInt32BE(at + 4) * 1000) / ticks);
    for (let i = 0; i < count; i++) delays.push(delay);
  }
  return delays;
}

/** Repetitions that no other format can count mean for ever, as does a length without an end (all bits set). */
const MAX_PLAYS = 65_535;

const durationOf = (data: Buffer, at: number, wide: boolean): number =>
  wide ? Number(data.readBigUInt64BE(at)) : data.readUInt32BE(at);

/** An edit list with the flag "repeat" is played until the track ends; without a list it is up to the viewer. */
function readPlays(elst: Buffer | undefined, whole: number): number {
  if (elst === undefined) return 0;
  if ((elst[3]! & 1) === 0) return 1;
  const plays = Math.round(whole / durationOf(elst, 8, elst[0] === 1));
  return plays >= 1 && plays <= MAX_PLAYS ? plays : 0;
}
