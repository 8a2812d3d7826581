import type { ImageOutput, Plan, Size, SourceFacts, Step } from '@signet/transformation';

/**
 * A proxy is a copy of a large original with one of these longest sides, in upright sRGB pixels without loss, from which
 * small results are rendered: reading it costs a fraction of decoding the original. The smaller one is also made faster,
 * because a JPEG is decoded at a half or a quarter of its size for it.
 */
const SIDES = [640, 1280] as const;

/** Originals whose longest side is smaller are read as they are: too little would be saved. */
const WORTHWHILE = 1920;

/** A proxy has this many times the pixels a result needs on each axis, so that being resampled twice is not seen. */
const MARGIN = 1.125;

/** Formats of one picture in pixels. */
const FORMATS: ReadonlySet<string> = new Set(['jpg', 'png', 'webp', 'tiff', 'avif', 'heic', 'jxl', 'jp2']);

/** Steps after the first that do not make small differences large, as effects may. */
const GEOMETRY: ReadonlySet<Step['op']> = new Set([
  'resize',
  'crop',
  'cover',
  'pad',
  'turn',
  'rotate',
  'flip',
  'round',
  'border',
  'flatten',
  'opacity',
  'layer',
]);

/** The size to which a plan first brings the whole picture. `undefined`: it looks at the picture as it is. */
function firstSize(step: Step | undefined): Size | undefined {
  if (step?.op === 'resize' && step.method === 'resample') return step.out;
  return step?.op === 'cover' ? step.placed?.resized : undefined;
}

/** Nothing is wanted from the original but its colours as sRGB. */
const isPlain = ({ metadata, profile, colorSpace, getinfo }: ImageOutput): boolean =>
  metadata === 'strip' && (profile === 'convert' || profile === 'tiny') && colorSpace === 'srgb' && !getinfo;

/** Whether a plan gives the same picture, as far as can be seen, when its first step reads a copy with enough pixels. */
const readsCopy = ({ decode, steps: [, ...others], rest, output }: Plan): boolean =>
  decode.pages.kind === 'first' &&
  decode.autoOrient &&
  !decode.clip &&
  !decode.ignoreMaskChannels &&
  rest === null &&
  others.every(({ op }) => GEOMETRY.has(op)) &&
  output.kind === 'image' &&
  isPlain(output);

/** Longest side of the proxy to render a plan from. `undefined`: it needs the original. */
export function proxySide(plan: Plan, { format, width, height, pages = 1 }: SourceFacts): number | undefined {
  const size = firstSize(plan.steps[0]);
  const longest = Math.max(width, height);
  if (size === undefined || !FORMATS.has(format) || pages !== 1 || longest < WORTHWHILE || !readsCopy(plan))
    return undefined;
  return SIDES.find((side) => {
    const shrink = (longest / side) * MARGIN;
    return size.width <= Math.ceil(width / shrink) && size.height <= Math.ceil(height / shrink);
  });
}
