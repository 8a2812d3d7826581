import { ADJUST } from './adjust.ts';
import { ALPHA } from './alpha.ts';
import { ART } from './art.ts';
import { BLUR } from './blur.ts';
import { COLOR } from './color.ts';
import type { Effect } from './effect.ts';
import { MOTION } from './motion.ts';
import { VECTORIZE } from './vectorize.ts';
import { WARP } from './warp.ts';

/** Every effect of the image renderer by its name in URLs. Options and their ranges: the table of `@signet/transformation`. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  ...ADJUST,
  ...ALPHA,
  ...ART,
  ...BLUR,
  ...COLOR,
  ...MOTION,
  ...VECTORIZE,
  ...WARP,
};
