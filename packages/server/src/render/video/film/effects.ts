import type { Color } from '@signet/transformation';
import { decimal, paint } from './graph.ts';
import type { FilmStepOf } from './job.ts';
import { asYuv, join, onAudio, onVideo, type StepContext } from './reel.ts';

type Args = FilmStepOf<'effect'>['args'];
type Effect = (context: StepContext, args: Args) => void;

const number = (args: Args, name: string, fallback = 0): number => {
  const value = args[name];
  return typeof value === 'number' ? value : fallback;
};

/** The sigma of the same effect on images (render/image/effects/blur.ts). */
const blurSigma = (strength: number): number => Math.max(0.3, strength / 25);

/** Repetitions that a graph opens the file for again. */
const MOST_LOOPS = 20;

/** In and out of black, and of silence. */
function fade(context: StepContext, args: Args): void {
  const milliseconds = number(args, 'duration', 1000);
  const seconds = Math.min(Math.abs(milliseconds) / 1000, context.reel.duration || Number.POSITIVE_INFINITY);
  if (seconds === 0) return;
  const type = milliseconds > 0 ? 'in' : 'out';
  const start = milliseconds > 0 ? 0 : Math.max(0, context.reel.duration - seconds);
  const settings = `type=${type}:start_time=${decimal(start)}:duration=${decimal(seconds)}`;
  onVideo(context, `fade=${settings}${context.reel.alpha ? ':alpha=1' : ''}`);
  onAudio(context, `afade=${settings}`);
}

function volume(context: StepContext, args: Args): void {
  const amount = number(args, 'amount');
  if (args.mode === 'mute') {
    if (context.reel.audio !== null) context.graph.sink(context.reel.audio, 'anullsink');
    context.reel.audio = null;
  } else if (args.mode === 'auto') onAudio(context, 'loudnorm');
  else onAudio(context, `volume=${args.mode === 'decibels' ? `${decimal(amount)}dB` : decimal(1 + amount / 100)}`);
}

/** Bars over time: along the bottom, or around the frame clockwise from the upper left corner. */
function progressbar(context: StepContext, args: Args): void {
  const { graph, reel } = context;
  if (reel.video === null || reel.duration === 0) return;
  const { width, height, duration } = reel;
  const line = Math.min(number(args, 'width', 10), Math.floor(Math.min(width, height) / 2));
  const color = paint(args.color as Color);
  const bar = (w: number, h: number) => graph.add([], `color=c=${color}:s=${w}x${h}:r=1:d=1,format=rgba`);
  const lay = (label: string, x: string, y: string) => {
    reel.video = graph.add([reel.video!, label], `overlay=x='${x}':y='${y}':format=auto`);
  };
  const share = (from: number, parts: number) => `min(max(t/${decimal(duration)}*${parts}-${from}\\,0)\\,1)`;
  if (args.type !== 'frame') {
    lay(bar(width, line), `-w+w*${share(0, 1)}`, `H-h`);
    return;
  }
  lay(bar(width, line), `-w+w*${share(0, 4)}`, '0');
  lay(bar(line, height), 'W-w', `-h+h*${share(1, 4)}`);
  lay(bar(width, line), `W-w*${share(2, 4)}`, 'H-h');
  lay(bar(line, height), '0', `H-h*${share(3, 4)}`);
}

/** Where the window is at the beginning and the end of a move, as zoom and the free space left and above it (0–1). */
const MOVES: Readonly<Record<string, (most: number) => readonly [from: readonly number[], to: readonly number[]]>> = {
  ztc: (most) => [
    [1, 0.5, 0.5],
    [most, 0.5, 0.5],
  ],
  ztl: (most) => [
    [1, 0, 0],
    [most, 0, 0],
  ],
  ztr: (most) => [
    [1, 1, 0],
    [most, 1, 0],
  ],
  ofc: (most) => [
    [most, 0.5, 0.5],
    [1, 0.5, 0.5],
  ],
  ofl: (most) => [
    [most, 0, 0],
    [1, 0, 0],
  ],
  ofr: (most) => [
    [most, 1, 0],
    [1, 1, 0],
  ],
  plr: (most) => [
    [most, 0, 0.5],
    [most, 1, 0.5],
  ],
  prl: (most) => [
    [most, 1, 0.5],
    [most, 0, 0.5],
  ],
};

/**
 * A still in motion (spec 2.5). The picture is enlarged first: the filter moves in whole pixels of what it gets. On its own
 * clock a change of the rate would lose the last frame.
 */
function zoompan(context: StepContext, args: Args): void {
  const { reel } = context;
  const seconds = number(args, 'du', 4);
  const rate = number(args, 'fps', 25);
  const frames = Math.max(1, Math.round(seconds * rate));
  const [from, to] = MOVES[typeof args.mode === 'string' ? args.mode : 'ztc']!(number(args, 'maxzoom', 1.4));
  const zooms = [number(args, 'from-zoom', from[0]!), number(args, 'to-zoom', to[0]!)] as const;
  const between = (a: number, b: number) => `(${decimal(a)}+${decimal(b - a)}*on/${Math.max(1, frames - 1)})`;
  const factor = Math.min(4, Math.max(1, Math.floor(4000 / Math.max(reel.width, reel.height))));
  onVideo(
    context,
    `scale=${reel.width * factor}:${reel.height * factor}:flags=bicubic,` +
      `zoompan=z='${between(...zooms)}':x='(iw-iw/zoom)*${between(from[1]!, to[1]!)}':y='(ih-ih/zoom)*${between(from[2]!, to[2]!)}'` +
      `:d=${frames}:s=${reel.width}x${reel.height}:fps=${decimal(rate)},settb=AVTB,setpts=N/${decimal(rate)}/TB,setsar=1`,
  );
  reel.duration = frames / rate;
  reel.rate = rate;
}

/** Effects that FFmpeg has a filter for. Those on colours alone are made by the image renderer (prepare.ts). */
export const FILM_EFFECTS: Readonly<Record<string, Effect>> = {
  accelerate(context, args) {
    const factor = 1 + number(args, 'percent') / 100;
    onVideo(context, `setpts=PTS/${decimal(factor)}`);
    onAudio(context, `atempo=${decimal(factor)}`);
    context.reel.duration /= factor;
    context.reel.rate *= factor;
  },
  reverse(context) {
    onVideo(context, 'reverse');
    onAudio(context, 'areverse');
  },
  boomerang(context) {
    const back = context.again();
    const inner = { graph: context.graph, reel: back };
    onVideo(inner, 'reverse');
    onAudio(inner, 'areverse');
    Object.assign(context.reel, join(context.graph, context.reel, back));
  },
  loop(context, args) {
    const more = number(args, 'count');
    if (more > MOST_LOOPS)
      throw new Error(`Invalid effect in transformation: loop:${more}. At most ${MOST_LOOPS} for videos`);
    for (let i = 0; i < more; i++) Object.assign(context.reel, join(context.graph, context.reel, context.again()));
  },
  volume,
  fade,
  blur: (context, args) => onVideo(context, `gblur=sigma=${decimal(blurSigma(number(args, 'strength', 100)))}:steps=2`),
  noise: (context, args) => onVideo(context, `noise=alls=${Math.round(number(args, 'level'))}:allf=t`),
  // From no darkening to the filter's widest angle.
  vignette: (context, args) =>
    onVideo(context, `vignette=angle=${decimal((number(args, 'strength', 20) / 100) * (Math.PI / 2.2))}`),
  deshake(context, args) {
    const reach = Math.min(64, Math.max(16, Math.round(number(args, 'pixels', 16) / 16) * 16));
    onVideo(context, `deshake=rx=${reach}:ry=${reach}`);
  },
  pixelate(context, args) {
    const side = number(args, 'size', Math.max(2, Math.round(Math.min(context.reel.width, context.reel.height) / 25)));
    onVideo(context, `pixelize=w=${Math.round(side)}:h=${Math.round(side)}`);
  },
  sharpen: (context, args) =>
    onVideo(context, `unsharp=5:5:${decimal(Math.min(5, number(args, 'strength', 100) / 200))}`),
  unsharp_mask: (context, args) =>
    onVideo(context, `unsharp=7:7:${decimal(Math.min(5, number(args, 'strength', 100) / 200))}`),
  make_transparent(context, args) {
    const color = args.color as Color | null;
    if (color === null) throw new Error('Effect make_transparent needs a colour for videos: co_');
    context.reel.alpha = true;
    onVideo(
      context,
      `colorkey=color=${paint(color)}:similarity=${decimal(Math.max(0.01, number(args, 'tolerance', 10) / 100))}:blend=0.05,${asYuv(context.reel)}`,
    );
  },
  progressbar,
  zoompan,
};
