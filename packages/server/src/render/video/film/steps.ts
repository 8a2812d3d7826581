import type { Size } from '@signet/transformation';
import { FILM_EFFECTS } from './effects.ts';
import { decimal, paint, quoted } from './graph.ts';
import type { FilmStep, FilmStepOf, Paint, Shown } from './job.ts';
import { asYuv, join, onAudio, onVideo, type Reel, type StepContext } from './reel.ts';

type Run<O extends FilmStep['op']> = (context: StepContext, step: FilmStepOf<O>) => void;

const become = (reel: Reel, { width, height }: Size): void => {
  reel.width = width;
  reel.height = height;
};

const scale = ({ width, height }: Size): string => `scale=${width}:${height}:flags=bicubic,setsar=1`;

/** Chroma planes of half the size place things at even pixels only. */
const fullChroma = ({ alpha }: Reel): string => (alpha ? 'format=yuva444p' : 'format=yuv444p');

const enable = (shown: Shown | null): string => {
  if (shown === null) return '';
  const { start, end } = shown;
  return end === null
    ? `:enable='gte(t\\,${decimal(start)})'`
    : `:enable='gte(t\\,${decimal(start)})*lt(t\\,${decimal(end)})'`;
};

/** Cuts off what lies outside of the box, so that the rest can be padded. Null: nothing is inside. */
function visible(reel: Reel, out: Size, x: number, y: number) {
  const left = Math.max(0, -x);
  const top = Math.max(0, -y);
  const width = Math.min(reel.width, out.width - x) - left;
  const height = Math.min(reel.height, out.height - y) - top;
  return width < 1 || height < 1 ? null : { left, top, width, height, x: x + left, y: y + top };
}

const cut = ({ left, top, width, height }: { left: number; top: number; width: number; height: number }): string =>
  `crop=${width}:${height}:${left}:${top}:exact=1`;

const isOdd = (...values: readonly number[]): boolean => values.some((value) => value % 2 !== 0);

const alphaOf = (reel: Reel): string => (reel.alpha ? '' : 'format=yuva420p,');

/** A frame of one colour at every moment of a stream. */
const filled = (color: Paint): string => `drawbox=c=${paint(color)}:t=fill:replace=1`;

function layOver(context: StepContext, top: string, x: number, y: number, options: string): void {
  const { graph, reel } = context;
  reel.video = graph.add([reel.video!, top], `overlay=x=${x}:y=${y}:format=auto${options}`);
}

/** The layer behind a picture with transparency: over a blank frame with the picture's own clock. */
function layUnder(context: StepContext, behind: string, x: number, y: number, options: string): void {
  const { graph, reel } = context;
  if (!reel.alpha) {
    graph.sink(behind, 'nullsink');
    return;
  }
  const [front, blank] = graph.split([reel.video!], 'split', 2) as [string, string];
  const base = graph.add([blank], filled({ r: 0, g: 0, b: 0, alpha: 0 }));
  const back = graph.add([base, behind], `overlay=x=${x}:y=${y}:format=auto${options}`);
  reel.video = graph.add([back, front], 'overlay=format=auto');
}

export const FILM_STEPS: { readonly [O in FilmStep['op']]: Run<O> } = {
  trim(context, { start, end }) {
    const range = `start=${decimal(start)}${end === null ? '' : `:end=${decimal(end)}`}`;
    onVideo(context, `trim=${range},setpts=PTS-${decimal(start)}/TB`);
    onAudio(context, `atrim=${range},asetpts=PTS-${decimal(start)}/TB`);
    const { reel } = context;
    const last = end ?? reel.duration;
    reel.duration = Math.max(0, (reel.duration > 0 ? Math.min(last, reel.duration) : last) - start);
  },
  parts({ graph, reel }, { parts }) {
    const cut = (label: string, sound: boolean): string[] => {
      const a = sound ? 'a' : '';
      return graph.split([label], `${a}split=${parts.length}`, parts.length).map((copy, i) => {
        const { start, end } = parts[i]!;
        return graph.add(
          [copy],
          `${a}trim=start=${decimal(start)}:end=${decimal(end)},${a}setpts=PTS-${decimal(start)}/TB`,
        );
      });
    };
    const [pictures, sounds] = [reel.video && cut(reel.video, false), reel.audio && cut(reel.audio, true)];
    const inputs = parts.flatMap((_, i) => [pictures?.[i], sounds?.[i]].filter((label) => label !== undefined));
    const [v, a] = [pictures ? 1 : 0, sounds ? 1 : 0];
    if (v + a > 0) {
      const out = graph.split(inputs, `concat=n=${parts.length}:v=${v}:a=${a}`, v + a);
      if (v) reel.video = out[0]!;
      if (a) reel.audio = out.at(-1)!;
    }
    reel.duration = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  },
  resize(context, { out }) {
    onVideo(context, scale(out));
    become(context.reel, out);
  },
  window(context, { resized, x, y, out }) {
    const { reel } = context;
    const same = resized.width === reel.width && resized.height === reel.height;
    onVideo(context, `${same ? '' : `${scale(resized)},`}crop=${out.width}:${out.height}:${x}:${y}:exact=1`);
    become(reel, out);
  },
  pad(context, { out, x, y, behind }) {
    const { reel } = context;
    const part = visible(reel, out, x, y);
    if (behind.alpha < 1) reel.alpha = true;
    if (part === null) onVideo(context, `${scale(out)},${filled(behind)}`);
    else {
      const chroma = isOdd(part.x, part.y, part.width, part.height, out.width, out.height)
        ? `${fullChroma(reel)},`
        : behind.alpha < 1
          ? alphaOf({ ...reel, alpha: false })
          : '';
      onVideo(
        context,
        `${cut(part)},${chroma}pad=${out.width}:${out.height}:${part.x}:${part.y}:color=${paint(behind)}`,
      );
    }
    become(reel, out);
  },
  'blurred-pad'(context, { out, x, y, intensity, brightness }) {
    const { graph, reel } = context;
    const part = visible(reel, out, x, y);
    if (reel.video !== null && part !== null) {
      const [front, back] = graph.split([reel.video], 'split', 2) as [string, string];
      // A small copy blurs in a fraction of the time, and nobody sees the difference.
      const small = { width: Math.max(2, Math.round(out.width / 4)), height: Math.max(2, Math.round(out.height / 4)) };
      const light = Math.max(-1, Math.min(1, brightness / 300));
      const blurred = graph.add(
        [back],
        `${scale(small)},gblur=sigma=${decimal(Math.max(0.5, intensity / 80))}:steps=2,eq=brightness=${decimal(light)},${scale(out)}`,
      );
      reel.video = graph.add([blurred, graph.add([front], cut(part))], `overlay=x=${part.x}:y=${part.y}:format=auto`);
    }
    become(reel, out);
  },
  turn(context, { angle }) {
    const { reel } = context;
    onVideo(context, { 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' }[angle]);
    if (angle !== 180) become(reel, { width: reel.height, height: reel.width });
  },
  flip: (context, { axis }) => onVideo(context, axis === 'horizontal' ? 'hflip' : 'vflip'),
  rotate(context, { angle, behind, out }) {
    const { reel } = context;
    const before = behind.alpha < 1 && !reel.alpha ? 'format=yuva420p,' : '';
    if (behind.alpha < 1) reel.alpha = true;
    onVideo(
      context,
      `${before}rotate=a=${decimal((angle * Math.PI) / 180)}:ow=${out.width}:oh=${out.height}:c=${paint(behind)}`,
    );
    become(reel, out);
  },
  opacity(context, { level }) {
    onVideo(context, `${alphaOf(context.reel)}lut=c3=val*${decimal(level / 100)}`);
    context.reel.alpha = true;
  },
  flatten(context, { behind }) {
    const { graph, reel } = context;
    if (!reel.alpha || reel.video === null) return;
    const [front, blank] = graph.split([reel.video], 'split', 2) as [string, string];
    const base = graph.add([blank], `${filled({ ...behind, alpha: 1 })},format=yuv420p`);
    reel.video = graph.add([base, front], 'overlay=format=auto');
    reel.alpha = false;
  },
  effect(context, { name, args }) {
    FILM_EFFECTS[name]!(context, args);
  },
  colors(context, { table }) {
    const { graph, reel } = context;
    if (reel.video === null) return;
    // Packed: with planes of their own the filter mistakes red for blue (FFmpeg 8.1).
    const before = graph.add([reel.video], reel.alpha ? 'format=rgba' : 'format=rgb24');
    const colors = graph.add([context.picture(table)], 'format=rgb24');
    reel.video = graph.add([before, colors], `haldclut,${asYuv(reel)}`);
  },
  picture(context, { input, x, y, under, shown }) {
    if (context.reel.video === null) return;
    const layer = context.picture(input);
    (under ? layUnder : layOver)(context, layer, x, y, enable(shown));
  },
  blend(context, { input, mode, shown }) {
    const { graph, reel } = context;
    if (reel.video === null) return;
    const base = graph.add([reel.video], reel.alpha ? 'format=gbrap' : 'format=gbrp');
    const layer = graph.add([context.picture(input)], reel.alpha ? 'format=gbrap' : 'format=gbrp');
    const modes = reel.alpha ? `c0_mode=${mode}:c1_mode=${mode}:c2_mode=${mode}` : `all_mode=${mode}`;
    reel.video = graph.add([base, layer], `blend=${modes}${enable(shown)},${asYuv(reel)}`);
  },
  mask(context, { input }) {
    const { graph, reel } = context;
    if (reel.video === null) return;
    const shape = graph.add([context.picture(input)], 'format=rgba,alphaextract');
    // In RGB both have one range and one matrix; in YUV the mask's would win.
    const picture = graph.add([reel.video], reel.alpha ? 'format=gbrap' : 'format=gbrp');
    if (!reel.alpha) reel.video = graph.add([graph.add([picture], 'format=gbrap'), shape], 'alphamerge');
    else {
      const [front, own] = graph.split([picture], 'split', 2) as [string, string];
      const alpha = graph.add([graph.add([own], 'alphaextract'), shape], 'blend=all_mode=multiply');
      reel.video = graph.add([front, alpha], 'alphamerge');
    }
    reel.alpha = true;
    onVideo(context, asYuv(reel));
  },
  clip(context, { clip, x, y, under, shown }) {
    const { graph, reel } = context;
    const layer = context.clip(clip);
    const start = shown?.start ?? 0;
    if (reel.video !== null && layer.video !== null) {
      const late = graph.add([layer.video], `setpts=PTS+${decimal(start)}/TB`);
      // When the layer is over, the base goes on without it.
      const end = shown?.end ?? start + layer.duration;
      const options = `${enable({ start, end: Math.min(end, start + layer.duration) })}:eof_action=pass`;
      (under ? layUnder : layOver)(context, late, x, y, options);
    } else if (layer.video !== null) graph.sink(layer.video, 'nullsink');
    mix(context, layer, shown);
  },
  splice(context, { clip, at, transition }) {
    const { graph, reel } = context;
    const other = context.clip(clip);
    if (reel.video !== null && (other.width !== reel.width || other.height !== reel.height)) fitInto(context, other);
    const [first, second] = at === 'start' ? [other, reel] : [{ ...reel }, other];
    Object.assign(reel, transition === null ? join(graph, first, second) : cross(context, first, second, transition));
  },
  mix(context, { clip, shown }) {
    mix(context, context.clip(clip), shown);
  },
  subtitles: (context, { path, fonts }) =>
    onVideo(context, `ass=filename=${quoted(path)}${fonts === null ? '' : `:fontsdir=${quoted(fonts)}`}`),
};

/** A joined clip of another size stands in the middle of the base's (inferred: the cloud asks for equal sizes). */
function fitInto(context: StepContext, other: Reel): void {
  const { width, height } = context.reel;
  const inner = { graph: context.graph, reel: other };
  onVideo(
    inner,
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic,` +
      `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1`,
  );
  become(other, { width, height });
}

/** Sound added to sound; a layer's sound ends with the base. */
function mix(context: StepContext, layer: Reel, shown: Shown | null): void {
  const { graph, reel } = context;
  if (layer.audio === null) return;
  const start = shown?.start ?? 0;
  const length = shown?.end === null || shown?.end === undefined ? null : shown.end - start;
  const late = graph.add(
    [layer.audio],
    `${length === null ? '' : `atrim=duration=${decimal(length)},`}asetpts=PTS-STARTPTS,adelay=${Math.round(start * 1000)}:all=1`,
  );
  if (reel.audio !== null) reel.audio = graph.add([reel.audio, late], 'amix=inputs=2:duration=first:normalize=0');
  else if (reel.duration > 0) reel.audio = graph.add([late], `apad,atrim=duration=${decimal(reel.duration)}`);
  else reel.audio = late;
}

/** One clip turning into the other. `xfade` wants both with one clock and a fixed rate. */
function cross(
  context: StepContext,
  first: Reel,
  second: Reel,
  { name, duration }: { name: string; duration: number },
): Reel {
  const { graph } = context;
  const seconds = Math.min(duration, first.duration, second.duration);
  if (!(seconds > 0)) return join(graph, first, second);
  const rate = Math.min(60, Math.max(first.rate, second.rate) || 25);
  const even = (label: string) => graph.add([label], `fps=${decimal(rate)},settb=AVTB,format=yuv420p`);
  const withAudio = first.audio !== null && second.audio !== null;
  for (const reel of [first, second])
    if (!withAudio && reel.audio !== null) {
      graph.sink(reel.audio, 'anullsink');
      reel.audio = null;
    }
  return {
    ...first,
    video:
      first.video !== null && second.video !== null
        ? graph.add(
            [even(first.video), even(second.video)],
            `xfade=transition=${name}:duration=${decimal(seconds)}:offset=${decimal(first.duration - seconds)}`,
          )
        : null,
    audio: withAudio ? graph.add([first.audio!, second.audio!], `acrossfade=d=${decimal(seconds)}`) : null,
    alpha: false,
    duration: first.duration + second.duration - seconds,
    rate,
  };
}
