import { ERRORS } from '../errors.ts';
import type { AnalysisName } from '../ingest/inspect/analyze.ts';
import type { UploadOptions } from './parameters.ts';

/** Parameter → what inspection is asked for, and the keys this adds to the answer. */
const ANALYSES = {
  colors: { analysis: 'colors', keys: ['colors', 'predominant'] },
  faces: { analysis: 'faces', keys: ['faces'] },
  phash: { analysis: 'phash', keys: ['phash'] },
  // The index of visual search is the perceptual hash; nothing of it is in the answer.
  visual_search: { analysis: 'phash', keys: [] },
  quality_analysis: { analysis: 'quality_analysis', keys: ['quality_analysis', 'quality_score'] },
  accessibility_analysis: { analysis: 'accessibility_analysis', keys: ['accessibility_analysis'] },
  cinemagraph_analysis: { analysis: 'cinemagraph_analysis', keys: ['cinemagraph_analysis'] },
  image_metadata: { analysis: 'image_metadata', keys: ['image_metadata'] },
  media_metadata: { analysis: 'media_metadata', keys: ['media_metadata'] },
  exif: { analysis: 'image_metadata', keys: ['image_metadata'] },
} as const satisfies Partial<
  Record<keyof UploadOptions, { readonly analysis: AnalysisName; readonly keys: readonly string[] }>
>;

export type AnalysisParameter = keyof typeof ANALYSES;
const ANALYSIS_PARAMETERS = Object.keys(ANALYSES) as AnalysisParameter[];

const asked = (options: Pick<UploadOptions, AnalysisParameter>) =>
  ANALYSIS_PARAMETERS.filter((name) => options[name]).map((name) => ANALYSES[name]);

/** What inspection is to compute for a call. */
export const analysesWanted = (options: Pick<UploadOptions, AnalysisParameter>): AnalysisName[] => [
  ...new Set(asked(options).map(({ analysis }) => analysis)),
];

/** The keys of the answer that a call asks for. */
export const analysisKeys = (options: Pick<UploadOptions, AnalysisParameter>): string[] =>
  asked(options).flatMap(({ keys }) => keys);

export type Box = readonly [x: number, y: number, width: number, height: number];

export interface Coordinates {
  readonly faces?: readonly Box[];
  readonly custom?: readonly Box[];
  readonly regions?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** `x,y,w,h|x,y,w,h` */
function readBoxes(name: string, text: string): Box[] {
  return text.split('|').map((part) => {
    const numbers = part.split(',').map((item) => Number(item.trim()));
    if (numbers.length !== 4 || numbers.some((number) => !Number.isFinite(number) || number < 0))
      throw ERRORS.InvalidParameter(name, text);
    return numbers as unknown as Box;
  });
}

/** Width and height cut to those of the picture, not to the remaining space: what the Node suite expects of `upload`. */
const clipBox = (
  [x, y, width, height]: Box,
  size: { readonly width?: number | undefined; readonly height?: number | undefined },
): Box => [x, y, Math.min(width, size.width ?? width), Math.min(height, size.height ?? height)];

/**
 * The coordinates that a call gives. `upload` clips them to the picture, `explicit` and `update` store them as given
 * (Node suite, face coordinates).
 */
export function coordinatesOf(
  options: Pick<UploadOptions, 'face_coordinates' | 'custom_coordinates' | 'regions'>,
  size: { readonly width?: number | undefined; readonly height?: number | undefined },
  { clip }: { readonly clip: boolean },
): Coordinates {
  const boxes = (name: 'face_coordinates' | 'custom_coordinates') => {
    const read = options[name] === undefined ? undefined : readBoxes(name, options[name]);
    return clip ? read?.map((box) => clipBox(box, size)) : read;
  };
  const faces = boxes('face_coordinates');
  const custom = boxes('custom_coordinates');
  return {
    ...(faces === undefined ? {} : { faces }),
    ...(custom === undefined ? {} : { custom }),
    ...(options.regions === undefined ? {} : { regions: readRegions(options.regions) }),
  };
}

function readRegions(value: unknown): NonNullable<Coordinates['regions']> {
  const valid =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(
      (points) =>
        Array.isArray(points) &&
        points.length >= 2 &&
        points.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)),
    );
  if (!valid) throw ERRORS.InvalidParameter('regions', JSON.stringify(value));
  return value as NonNullable<Coordinates['regions']>;
}
