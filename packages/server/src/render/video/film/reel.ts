import type { Graph } from './graph.ts';
import type { InputFacts } from './job.ts';

/** Picture and sound as they are after the steps so far: labels of a graph, and what is known about them. */
export interface Reel {
  /** null: there is none, or nobody wants it. */
  video: string | null;
  audio: string | null;
  width: number;
  height: number;
  alpha: boolean;
  /** Seconds; 0 when unknown. */
  duration: number;
  /** Pictures a second. */
  rate: number;
  /** FFmpeg's name of the colour matrix of the source, which is the result's too. */
  readonly matrix: string;
}

export interface StepContext {
  readonly graph: Graph;
  readonly reel: Reel;
  /** Streams of an input of the job, upright, from its beginning. */
  open(input: number): Reel;
  /** The label of a still. */
  picture(input: number): string;
  /** What the steps before this one make, once more: streams of their own. */
  again(): Reel;
  /** Another clip of the job. */
  clip(clip: import('./job.ts').Clip): Reel;
  readonly facts: readonly InputFacts[];
}

/**
 * Back from RGB: between two steps a picture is YUV with the narrow range. Filters that paint do not look at the range,
 * and mixing both makes black gray.
 */
export const asYuv = ({ matrix, alpha }: Pick<Reel, 'matrix' | 'alpha'>): string =>
  `scale=out_color_matrix=${matrix}:out_range=tv:flags=bicubic,format=${alpha ? 'yuva420p' : 'yuv420p'}`;

/** Filters on the picture; nothing happens to a reel without one. */
export function onVideo({ graph, reel }: Pick<StepContext, 'graph' | 'reel'>, filters: string): void {
  if (reel.video !== null) reel.video = graph.add([reel.video], filters);
}

export function onAudio({ graph, reel }: Pick<StepContext, 'graph' | 'reel'>, filters: string): void {
  if (reel.audio !== null) reel.audio = graph.add([reel.audio], filters);
}

/** One after the other; a part without sound is silent. Both pictures have the same size. */
export function join(graph: Graph, first: Reel, second: Reel): Reel {
  const withVideo = first.video !== null && second.video !== null;
  const withAudio = first.audio !== null || second.audio !== null;
  const parts: string[] = [];
  for (const reel of [first, second]) {
    if (withVideo) parts.push(reel.video!);
    if (withAudio) parts.push(reel.audio ?? silence(graph, reel.duration));
  }
  const [video = 0, audio = 0] = [withVideo ? 1 : 0, withAudio ? 1 : 0];
  const out = graph.split(parts, `concat=n=2:v=${video}:a=${audio}`, video + audio);
  return {
    ...first,
    video: withVideo ? out[0]! : null,
    audio: withAudio ? out.at(-1)! : null,
    alpha: first.alpha || second.alpha,
    duration: first.duration + second.duration,
    rate: Math.max(first.rate, second.rate),
  };
}

export const silence = (graph: Graph, seconds: number): string =>
  graph.add([], `aevalsrc=0|0:channel_layout=stereo:sample_rate=48000:duration=${Math.max(0.001, seconds).toFixed(6)}`);
