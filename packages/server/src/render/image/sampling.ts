import type { ImageOutput } from '@signet/transformation';
import { type Canvas, delaysOf } from './raster.ts';

/** `vs_` of an animated picture: fewer frames, spread evenly over the same time. More than there are make no difference. */
export function sample(canvas: Canvas, sampling: ImageOutput['sampling']): Canvas {
  if (sampling === null || canvas.frames.length < 2) return canvas;
  const delays = delaysOf(canvas);
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  const count = Math.max(1, 'frames' in sampling ? sampling.frames : Math.round(total / 1000 / sampling.every));
  if (count >= canvas.frames.length) return canvas;
  const ends = delays.map((_, i) => delays.slice(0, i + 1).reduce((sum, delay) => sum + delay, 0));
  const at = (k: number) => Math.round((total * k) / count);
  const kept = Array.from({ length: count }, (_, k) => canvas.frames[ends.findIndex((end) => end > at(k))]!);
  return { ...canvas, frames: kept, delay: kept.map((_, k) => at(k + 1) - at(k)) };
}
