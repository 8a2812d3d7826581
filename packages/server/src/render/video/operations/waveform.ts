import type { Frame } from 'node-av';
import { openedAs } from '../film/compile.ts';
import { decimal } from '../film/graph.ts';
import { type Av, loadAv, type RawPicture, toRaw } from './av.ts';
import { openGraph } from './open-graph.ts';

export interface WaveformRequest {
  readonly path: string;
  readonly demuxer: string;
  /** Seconds of the file; `end` null: to its end. */
  readonly start: number;
  readonly end: number | null;
  readonly width: number;
  readonly height: number;
  /** FFmpeg's way to write a colour. */
  readonly color: string;
}

const SINK = 'buffersink@picture';

/** The first frame of the sink; the graph gives it when the sound is over. */
function firstFrame(av: Av, graph: string): { frame: Frame; free(): void } {
  const filters = openGraph(av, graph);
  const frame = new av.Frame();
  frame.alloc();
  const free = () => {
    frame.free();
    filters.free();
  };
  try {
    av.FFmpegError.throwIfError(filters.getFilter(SINK)!.buffersinkGetFrameSync(frame), 'the sound could not be drawn');
    return { frame, free };
  } catch (error) {
    free();
    throw error;
  }
}

/**
 * A part of the sound as one picture: the loudest sample of each column, both ways from the middle. Transparent around it.
 *
 * @throws when there is no sound
 */
export async function waveform({
  path,
  demuxer,
  start,
  end,
  width,
  height,
  color,
}: WaveformRequest): Promise<RawPicture> {
  const av = await loadAv();
  const source = openedAs({ path, demuxer }, 'da', 0);
  const range =
    start === 0 && end === null
      ? ''
      : `asetpts=PTS-STARTPTS,atrim=start=${decimal(start)}${end === null ? '' : `:end=${decimal(end)}`},asetpts=PTS-STARTPTS,`;
  const { frame, free } = firstFrame(
    av,
    `${source},${range}aformat=channel_layouts=mono,showwavespic=s=${width}x${height}:colors=${color}:filter=peak:draw=full,format=rgba,${SINK}`,
  );
  try {
    // A filter graph wants a clock; a lone picture has none.
    frame.timeBase = new av.Rational(1, 1);
    frame.pts = 0n;
    return await toRaw(av, frame);
  } finally {
    free();
  }
}
