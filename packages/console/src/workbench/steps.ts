import { evaluate, type Plan, parse, type SourceFacts, type Step } from '@signet/transformation';
import type { Asset } from '../api.ts';

export const factsOf = (asset: Asset): SourceFacts => ({
  resourceType: asset.resource_type,
  publicId: asset.public_id,
  format: asset.format ?? '',
  width: asset.width ?? 0,
  height: asset.height ?? 0,
  bytes: asset.bytes,
  ...(asset.duration ? { duration: asset.duration } : {}),
});

const size = (step: Step): string =>
  step.out === null ? 'a size only the picture itself tells' : `${step.out.width} × ${step.out.height}`;

type Words = { readonly [O in Step['op']]?: (step: Extract<Step, { op: O }>) => string };

const WORDS: Words = {
  trim: ({ start, end }) => `keep what is between ${start} s and ${end} s, still`,
  resize: (step) => (step.method === 'liquid' ? 'carve away the dull seams to' : 'scale to'),
  crop: ({ gravity }) =>
    `cut around ${gravity.kind === 'compass' ? gravity.at.replace('_', ' ') : gravity.kind}, leaving`,
  cover: ({ mode, gravity }) =>
    `${mode === 'thumb' ? 'close in on the subject' : 'fill the frame'}, keeping ${
      gravity.kind === 'compass' ? `the ${gravity.at.replace('_', ' ')}` : gravity.kind
    }, to`,
  pad: () => 'put it on a canvas of',
  'smart-pad': () => 'crop to the subject and pad the rest to',
  turn: ({ angle }) => `turn by ${angle}°, giving`,
  rotate: ({ angle }) => `rotate by ${angle}°, giving`,
  flip: ({ axis }) => `mirror ${axis}ly, still`,
  effect: ({ name }) => `apply the effect ${name}, giving`,
  opacity: ({ level }) => `make it ${level} % opaque, still`,
  round: ({ corners }) => `round the corners${corners === 'max' ? ' to an ellipse' : ` by ${corners[0]} px`}, still`,
  border: ({ width }) => `add a border of ${width} px, giving`,
  flatten: () => 'paint behind what is transparent, still',
};

/** One sentence for each step of a plan. */
export const stepText = (step: Step): string => {
  const words = WORDS[step.op] as ((step: Step) => string) | undefined;
  const text = words?.(step) ?? `${step.op.replaceAll('-', ' ')}, giving`;
  return `${text[0]!.toUpperCase()}${text.slice(1)} ${size(step)}`;
};

export type Planned = { readonly plan: Plan; readonly problem?: undefined } | { readonly problem: string };

/** What the server will do, worked out here by the same code. Named transformations are known to the server only. */
export function planFor(asset: Asset, transformation: string): Planned {
  try {
    return { plan: evaluate(parse(transformation), { facts: factsOf(asset), format: asset.format ?? null }) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
