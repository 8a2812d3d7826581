import type { ImageOutput, Plan, Size, SourceFacts, Step } from '@signet/transformation';

/**
 * A proxy is a copy of a large original, in upright sRGB pixels without loss, from which small results are rendered:
 * reading it costs a fraction of decoding the original. The longest side of the largest.
 */
const LARGEST = 1280;

/** The proxy is smaller than its original by this factor at least. */
const SHRINK = 2;

/** Originals whose longest side is smaller are read as they are: too little would be saved. */
const WORTHWHILE = 1920;

/** The proxy has this many times the pixels a result needs on each axis, so that being resampled twice is not seen. */
const MARGIN = 1.25;

type Original = Pick<SourceFacts, 'width' | 'height'>;

/** Longest side of an original's proxy. */
export const proxySide = ({ width, height }: Original): number =>
  Math.min(LARGEST, Math.round(Math.max(width, height) / SHRINK));

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

/** Whether a plan gives the same picture, as far as can be seen, when it is rendered from the proxy of the original. */
export function fitsProxy({ decode, steps, rest, output }: Plan, facts: SourceFacts): boolean {
  const { format, width, height, pages = 1 } = facts;
  const [first, ...others] = steps;
  const size = firstSize(first);
  const longest = Math.max(width, height);
  const needed = (MARGIN * longest) / proxySide(facts);
  return (
    size !== undefined &&
    FORMATS.has(format) &&
    pages === 1 &&
    longest >= WORTHWHILE &&
    size.width <= Math.ceil(width / needed) &&
    size.height <= Math.ceil(height / needed) &&
    decode.pages.kind === 'first' &&
    decode.autoOrient &&
    !decode.clip &&
    !decode.ignoreMaskChannels &&
    rest === null &&
    others.every(({ op }) => GEOMETRY.has(op)) &&
    output.kind === 'image' &&
    isPlain(output)
  );
}
