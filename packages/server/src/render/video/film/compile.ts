import { createGraph, decimal, type Graph, quoted } from './graph.ts';
import type { Clip, FilmJob, FilmStep, InputFacts } from './job.ts';
import { asYuv, type Reel, type StepContext } from './reel.ts';
import { FILM_STEPS } from './steps.ts';

/** Which streams the result can hold: what nobody takes is not opened. */
export interface Wanted {
  readonly video: boolean;
  readonly audio: boolean;
}

const TURNS: Readonly<Record<number, string>> = {
  90: ',transpose=clock',
  180: ',hflip,vflip',
  270: ',transpose=cclock',
};

/** Files are opened as `openMedia` does: with the demuxer of the format table, and never anything but files. */
export const openedAs = (
  { path, demuxer }: Pick<FilmJob['inputs'][0], 'path' | 'demuxer'>,
  stream: 'dv' | 'da',
  seek: number,
): string => {
  const options =
    demuxer === 'mov' ? 'protocol_whitelist=file:enable_drefs=0:use_absolute_path=0' : 'protocol_whitelist=file';
  const at = seek > 0 ? `:seek_point=${decimal(seek)}` : '';
  const threads = stream === 'dv' ? ':dec_threads=2' : '';
  return `${stream === 'dv' ? 'movie' : 'amovie'}=filename=${quoted(`file:${path}`)}:format_name=${demuxer}:streams=${stream}${threads}${at}:format_opts=${quoted(options)}`;
};

/** What players assume when a file does not name its matrix: by height (ITU-R BT.601 and BT.709). */
const assumedMatrix = (height: number): string => (height >= 720 ? 'bt709' : 'smpte170m');

/** Picture and sound of an input, upright, with square pixels, both on a clock that begins at zero. */
function openInput(
  graph: Graph,
  job: FilmJob,
  facts: readonly InputFacts[],
  input: number,
  seek: number,
  wanted: Wanted,
): Reel {
  const source = job.inputs[input]!;
  const { video, audio, start, duration } = facts[input]!;
  const zero = start === 0 ? '' : `setpts=PTS-${decimal(start)}/TB`;
  const upright = video?.rotation === 90 || video?.rotation === 270;
  const reel: Reel = {
    video: null,
    audio: null,
    width: video === null ? 0 : upright ? video.height : video.width,
    height: video === null ? 0 : upright ? video.width : video.height,
    alpha: video?.alpha ?? false,
    duration,
    rate: video?.frameRate ?? 0,
    matrix: video?.matrix ?? assumedMatrix(video?.height ?? 0),
  };
  if (video !== null && wanted.video) {
    const matrix = video.rgb ? `,${asYuv(reel)}` : `,setparams=colorspace=${reel.matrix},scale=out_range=tv`;
    const keep = job.output.kind !== 'image' && job.output.keepDar;
    reel.video = graph.add(
      [],
      `${openedAs(source, 'dv', seek)}${zero && `,${zero}`}${TURNS[video.rotation] ?? ''}${keep ? '' : ',setsar=1'}${matrix}`,
    );
  }
  if (audio !== null && wanted.audio)
    reel.audio = graph.add(
      [],
      `${openedAs(source, 'da', seek)}${zero && `,a${zero}`},aformat=channel_layouts=${audio.channels === 1 ? 'mono' : 'stereo'}`,
    );
  return reel;
}

/** Containers with an index: a jump lands before the wanted time. Others are read from their beginning. */
const INDEXED: ReadonlySet<string> = new Set(['mov', 'matroska']);

const seekOf = ({ demuxer }: FilmJob['inputs'][0], [first]: readonly FilmStep[]): number =>
  first?.op === 'trim' && INDEXED.has(demuxer) ? first.start : 0;

function run(graph: Graph, job: FilmJob, facts: readonly InputFacts[], clip: Clip, wanted: Wanted): Reel {
  const reel = openInput(graph, job, facts, clip.input, seekOf(job.inputs[clip.input]!, clip.steps), wanted);
  clip.steps.forEach((step, index) => {
    const context: StepContext = {
      graph,
      reel,
      facts,
      open: (input) => openInput(graph, job, facts, input, 0, wanted),
      picture: (input) => graph.add([], openedAs(job.inputs[input]!, 'dv', 0)),
      again: () => run(graph, job, facts, { ...clip, steps: clip.steps.slice(0, index) }, wanted),
      clip: (other) => run(graph, job, facts, other, wanted),
    };
    (FILM_STEPS[step.op] as (context: StepContext, step: FilmStep) => void)(context, step);
  });
  return reel;
}

/** The graph of everything before the encoders, and what comes out of it. Pure. */
export function compile(job: FilmJob, facts: readonly InputFacts[], wanted: Wanted): { graph: Graph; reel: Reel } {
  const graph = createGraph();
  const reel = run(graph, job, facts, job.main, wanted);
  return { graph, reel };
}
