import type { ImageOutput, SpriteSheet, VideoOutput } from '@signet/transformation';
import { ANIMATED, type AnimatedFormat, type AnimatedSpec } from '../encoding/animated.ts';
import { qualityLevel } from '../encoding/quality.ts';
import type { AudioEncoding, VideoEncoding } from '../encoding/settings.ts';
import { decimal, type Graph } from './graph.ts';
import type { Reel } from './reel.ts';
import { FILM_STEPS } from './steps.ts';

/**
 * Full-range RGB as players expect films: BT.709 with the narrow range. Chroma is shared by two pixels and two rows; what
 * is odd loses its last.
 */
export const evenPlanes = (pixelFormat: string): string =>
  `crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_color_matrix=bt709:out_range=tv,format=${pixelFormat},setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709`;

/** Names of the sinks the worker reads from. */
export const SINKS = { video: 'buffersink@video', audio: 'abuffersink@audio' } as const;

/** Films have no paper to show through: what is transparent is black in a format without transparency. Inferred. */
const BEHIND = { r: 0, g: 0, b: 0, alpha: 1 } as const;

const holdsAlpha = (pixelFormat: string): boolean => /^(?:yuva|rgba|bgra|gbrap)/.test(pixelFormat);

function flatten(graph: Graph, reel: Reel): void {
  FILM_STEPS.flatten({ graph, reel } as never, { op: 'flatten', behind: BEHIND });
}

/** The rate a range asks for; null: the source's own is inside it. */
function rateWithin(fps: VideoOutput['fps'], rate: number): number | null {
  if (fps === null) return null;
  const { min, max } = fps;
  if (min !== null && (rate <= 0 || rate < min)) return min;
  return max !== null && rate > max ? max : null;
}

/** Encoders of another age know one rate only, with a clock to match. */
const FIXED_RATE: ReadonlySet<string> = new Set(['mpeg4', 'mpeg2video', 'wmv2', 'libtheora']);
const MPEG_RATES = [24, 25, 30, 50, 60];

function fixedRate(encoder: string, rate: number): number | null {
  if (!FIXED_RATE.has(encoder)) return null;
  const known = rate > 0 && rate <= 60 ? rate : 25;
  if (encoder !== 'mpeg2video') return Math.round(known * 1000) / 1000;
  return MPEG_RATES.reduce((best, one) => (Math.abs(one - known) < Math.abs(best - known) ? one : best));
}

export function finishVideo(
  graph: Graph,
  reel: Reel,
  output: VideoOutput,
  { encoder, pixelFormat }: VideoEncoding,
): void {
  if (reel.video === null) return;
  if (reel.alpha && !holdsAlpha(pixelFormat)) flatten(graph, reel);
  const rate = rateWithin(output.fps, reel.rate) ?? fixedRate(encoder, reel.rate);
  const clock = rate === null ? '' : `fps=${decimal(rate)},`;
  const hdr = output.hdr ? 'setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,' : '';
  graph.sink(
    reel.video,
    `${clock}scale=out_color_matrix=${reel.matrix}:out_range=tv:flags=bicubic,format=${pixelFormat},${hdr}${SINKS.video}`,
  );
}

export function finishAudio(graph: Graph, reel: Reel, encoding: AudioEncoding, frameSize: number): void {
  if (reel.audio === null) return;
  const { sampleFormat, sampleRate, channels } = encoding;
  const layout = channels === 1 ? 'mono' : 'stereo';
  const blocks = frameSize > 0 ? `,asetnsamples=n=${frameSize}:p=0` : '';
  graph.sink(
    reel.audio,
    `aresample=${sampleRate},aformat=sample_fmts=${sampleFormat}:sample_rates=${sampleRate}:channel_layouts=${layout}${blocks},${SINKS.audio}`,
  );
}

/** Documented defaults of animated pictures made from films: at most 400 frames and 10 a second. */
const MOST_FRAMES = 400;
const MOST_RATE = 10;

function sampledRate({ sampling }: ImageOutput, reel: Pick<Reel, 'rate' | 'duration'>): number {
  if (sampling !== null) {
    if ('every' in sampling) return 1 / sampling.every;
    if (reel.duration > 0) return sampling.frames / reel.duration;
  }
  const rate = Math.min(MOST_RATE, reel.rate > 0 ? reel.rate : MOST_RATE);
  return reel.duration > 0 ? Math.min(rate, MOST_FRAMES / reel.duration) : rate;
}

/** `fl_lossy` of a GIF: fewer colours, and calmer ones, compress better. 80 when no quality is asked for. Inferred. */
const colorsOf = ({ lossy, quality }: ImageOutput): number =>
  lossy
    ? Math.min(256, Math.max(16, Math.round(2.56 * (quality.mode === 'default' ? 80 : qualityLevel(quality)))))
    : 256;

/** All frames of a picture with one palette wait in memory; above this each has a palette of its own. */
const PALETTE_BYTES = 200_000_000;

/** Every thumbnail is of the beginning of its time. */
function finishSheet(graph: Graph, reel: Reel, { interval, count, columns, width, height }: SpriteSheet): void {
  if (reel.alpha) flatten(graph, reel);
  const rows = Math.ceil(count / columns);
  graph.sink(
    reel.video!,
    `fps=${decimal(1 / interval)}:round=up:start_time=0,scale=${width}:${height}:flags=bicubic:out_range=pc:out_color_matrix=bt470bg,` +
      `format=yuvj420p,trim=end_frame=${count},tile=${columns}x${rows},${SINKS.video}`,
  );
}

export function finishAnimated(graph: Graph, reel: Reel, output: ImageOutput): void {
  if (reel.video === null) return;
  if (output.sprite !== undefined) {
    finishSheet(graph, reel, output.sprite);
    return;
  }
  const { pixelFormat, palette }: AnimatedSpec = ANIMATED[output.format as AnimatedFormat];
  const rate = sampledRate(output, reel);
  const seconds = (output.delay ?? 0) / 1000;
  const delay = seconds > 0 ? `,settb=AVTB,setpts=N*${decimal(seconds)}/TB,fps=${decimal(1 / seconds)}` : '';
  const sampled = graph.add([reel.video], `fps=${decimal(rate)}:round=near${delay}`);
  if (output.format === 'avif') {
    graph.sink(sampled, `${evenPlanes(pixelFormat.plain)},${SINKS.video}`);
    return;
  }
  if (!palette) {
    graph.sink(
      sampled,
      `scale=flags=bicubic,format=${(reel.alpha && pixelFormat.alpha) || pixelFormat.plain},${SINKS.video}`,
    );
    return;
  }
  const many = reel.width * reel.height * 4 * reel.duration * rate > PALETTE_BYTES;
  const [pictures, colors] = graph.split([sampled], 'format=rgba,split', 2) as [string, string];
  const table = graph.add(
    [colors],
    `palettegen=max_colors=${colorsOf(output)}:stats_mode=${many ? 'single' : 'full'}:reserve_transparent=${reel.alpha ? 1 : 0}`,
  );
  graph.sink(
    graph.add(
      [pictures, table],
      `paletteuse=dither=bayer:bayer_scale=${output.lossy ? '5:diff_mode=rectangle' : '4'}${many ? ':new=1' : ''}`,
    ),
    SINKS.video,
  );
}
