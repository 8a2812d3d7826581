import type { Raster } from '../raster.ts';
import { type Effect, number } from './effect.ts';

/**
 * `e_fade` of an animated picture, as FFmpeg does it to films: from black, and to black when the duration is negative. A
 * picture that moves without a fade in its time is left alone.
 */
function fade(frames: readonly Raster[], args: Parameters<Effect['apply']>[1], delays: readonly number[]): Raster[] {
  const duration = number(args, 'duration', 1000);
  const total = delays.reduce((sum, delay) => sum + delay, 0);
  let start = 0;
  return frames.map((frame, i) => {
    const time = duration < 0 ? total - start - delays[i]! : start;
    start += delays[i]!;
    return duration === 0 ? frame : dim(frame, Math.min(1, Math.max(0, time / Math.abs(duration))));
  });
}

/** Towards black; transparency stays. */
function dim(frame: Raster, light: number): Raster {
  if (light === 1) return frame;
  const data = frame.data.slice();
  for (let i = 0; i < data.length; i += 4) {
    data[i] = data[i]! * light;
    data[i + 1] = data[i + 1]! * light;
    data[i + 2] = data[i + 2]! * light;
  }
  return { data, width: frame.width, height: frame.height };
}

export const MOTION: Readonly<Record<string, Effect>> = {
  fade: { apply: (raster) => raster, applyAll: fade },
};
