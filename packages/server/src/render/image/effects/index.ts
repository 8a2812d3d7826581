import { ADJUST } from './adjust.ts';
import type { Effect } from './effect.ts';

/** Every effect of the image renderer by its name in URLs. Options and their ranges: the table of `@signet/transformation`. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  ...ADJUST,
};
