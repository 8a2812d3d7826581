import { open } from 'node:fs/promises';
import type { Packet, Stream } from 'node-av';
import { type Av, loadAv, openMedia, videoStream } from './av.ts';

/** A piece of a transport stream that can be played on its own. */
export interface Segment {
  /** Offset of its first byte, and how many there are. */
  readonly at: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface SegmentsRequest {
  readonly path: string;
  /** Bytes of the stream; what follows in the file is not looked at. */
  readonly bytes: number;
  /** Seconds a segment lasts at least. Default 6, as Apple recommends for HLS. */
  readonly target?: number;
}

const PACKET = 188;
/** Tables come in front of a key frame: programs, services, and the program itself (ISO/IEC 13818-1, 2.4.4). */
const TABLES: ReadonlySet<number> = new Set([0, 17, 4096]);
const MOST_TABLES = 4;

/** Where the tables before a frame begin: players need them first. */
async function withTables(file: Awaited<ReturnType<typeof open>>, frameAt: number): Promise<number> {
  const before = Math.min(frameAt, MOST_TABLES * PACKET);
  const data = Buffer.alloc(before);
  await file.read(data, 0, before, frameAt - before);
  let at = frameAt;
  for (let start = before - PACKET; start >= 0; start -= PACKET) {
    const pid = ((data[start + 1]! & 0x1f) << 8) | data[start + 2]!;
    if (data[start] !== 0x47 || !TABLES.has(pid)) break;
    at -= PACKET;
  }
  return at;
}

interface Mark {
  readonly at: number;
  readonly seconds: number;
}

/** Where pieces can begin, and when the last frame ends. */
async function marksOf(av: Av, path: string, target: number): Promise<{ marks: Mark[]; end: number }> {
  const media = await openMedia(av, path, 'mpegts');
  const packet: Packet = new av.Packet();
  packet.alloc();
  try {
    const stream: Stream | undefined = videoStream(av, media) ?? media.streams[0];
    if (stream === undefined) throw new Error('the stream is empty');
    const { num, den } = stream.timeBase;
    const isVideo = stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO;
    const marks: Mark[] = [];
    let end = 0;
    let before = 0;
    const source = media.getFormatContext();
    while ((await source.readFrame(packet)) >= 0) {
      if (packet.streamIndex === stream.index && packet.pts > -(2n ** 62n)) {
        const seconds = (Number(packet.pts) * num) / den;
        // A transport stream does not say how long its last picture is shown: as long as the one before.
        const shown = (Number(packet.duration) * num) / den || Math.max(0, seconds - before);
        end = Math.max(end, seconds + shown);
        before = seconds;
        const last = marks.at(-1);
        const begins = (!isVideo || packet.isKeyframe) && packet.pos >= 0n;
        if (begins && (last === undefined || seconds >= last.seconds + target - 1e-3))
          marks.push({ at: Number(packet.pos), seconds });
      }
      packet.unref();
    }
    return { marks, end };
  } finally {
    packet.free();
    await media.close();
  }
}

/** The pieces of a transport stream for a playlist with byte ranges; each begins with a key frame. */
export async function segments({ path, bytes, target = 6 }: SegmentsRequest): Promise<Segment[]> {
  const av = await loadAv();
  const { marks, end } = await marksOf(av, path, target);
  const file = await open(path, 'r');
  try {
    const starts = await Promise.all(marks.map(({ at }, i) => (i === 0 ? 0 : withTables(file, at))));
    return marks.map(({ seconds }, i) => ({
      at: starts[i]!,
      bytes: (starts[i + 1] ?? bytes) - starts[i]!,
      seconds: Math.max(0.001, (marks[i + 1]?.seconds ?? end) - seconds),
    }));
  } finally {
    await file.close();
  }
}
