import type { Metadata } from 'sharp';
import type { Face } from '../../render/neural/faces.ts';
import type { RawPicture } from '../../render/video/video-workers.ts';
import { type Accessibility, accessibility } from './analyses/accessibility.ts';
import { type ColorShare, colors, predominant } from './analyses/colors.ts';
import { grayscale } from './analyses/grayscale.ts';
import { illustrationScore } from './analyses/illustration.ts';
import { readJpegFacts } from './analyses/jpeg-tables.ts';
import { imageMetadata } from './analyses/metadata.ts';
import { phash } from './analyses/phash.ts';
import { type QualityAnalysis, quality } from './analyses/quality.ts';
import { takeSample } from './analyses/sample.ts';
import { semiTransparent } from './analyses/semi-transparent.ts';
import type { InspectInput } from './input.ts';
import { openPicture, type PictureSource } from './picture-source.ts';

/** Results by their wire names (upload reference, "upload response"). Only what was wanted is there. */
export interface Analysis {
  phash?: string;
  colors?: ColorShare[];
  predominant?: { google: ColorShare[]; cloudinary: ColorShare[] };
  faces?: [x: number, y: number, width: number, height: number][];
  grayscale?: boolean;
  semi_transparent?: boolean;
  illustration_score?: number;
  quality_analysis?: QualityAnalysis;
  quality_score?: number;
  accessibility_analysis?: Accessibility;
  cinemagraph_analysis?: { cinemagraph_score: number };
  image_metadata?: Record<string, string>;
  media_metadata?: Record<string, string>;
}

/** Names a caller may ask for; `colors` brings `predominant`, `quality_analysis` brings `quality_score`. */
export type AnalysisName =
  | 'phash'
  | 'colors'
  | 'faces'
  | 'grayscale'
  | 'semi_transparent'
  | 'illustration_score'
  | 'quality_analysis'
  | 'accessibility_analysis'
  | 'cinemagraph_analysis'
  | 'image_metadata'
  | 'media_metadata';

export interface AnalysisInput {
  readonly file: InspectInput;
  readonly source: PictureSource;
  readonly metadata: Metadata;
  /** Upright size. */
  readonly width: number;
  readonly height: number;
  readonly detectFaces?: (input: string | Buffer | RawPicture) => Promise<readonly Face[]>;
}

const DETAIL_SIDE = 768;
const SMALL_SIDE = 256;

/** Computes what is wanted of a picture; nothing else is decoded or loaded. */
export async function analyze(input: AnalysisInput, wanted: ReadonlySet<AnalysisName>): Promise<Analysis> {
  const { source, file } = input;
  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const sample = once(() => takeSample(openPicture(source)));
  const mainColors = once(async () => colors(await sample()));
  const tags = once(() => imageMetadata(file));

  const steps: Record<AnalysisName, () => Promise<Analysis>> = {
    phash: async () => ({ phash: await phash(await sample()) }),
    colors: async () => ({ colors: await mainColors(), predominant: predominant(await mainColors()) }),
    faces: async () => {
      if (input.detectFaces === undefined) return {};
      const faces = await input.detectFaces(source.raw ?? (source.input as string | Buffer));
      return { faces: faces.map(({ x, y, width, height }) => [x, y, width, height]) };
    },
    grayscale: async () => ({ grayscale: grayscale(await sample()) }),
    semi_transparent: async () => ({
      semi_transparent: input.metadata.hasAlpha && (await semiTransparent(openPicture(source))),
    }),
    illustration_score: async () => ({ illustration_score: illustrationScore(await sample()) }),
    quality_analysis: async () => {
      const width = Math.min(DETAIL_SIDE, input.width);
      const height = Math.min(DETAIL_SIDE, input.height);
      // On the 8-pixel grid, where the blocks of a JPEG begin.
      const left = Math.floor((input.width - width) / 16) * 8;
      const top = Math.floor((input.height - height) / 16) * 8;
      const crop = await takeSample(openPicture(source).extract({ left, top, width, height }));
      const jpeg = input.metadata.format === 'jpeg' ? await readJpegFacts(await file.path()) : undefined;
      const { analysis, score } = quality(await sample(), crop, input.width * input.height, jpeg);
      return { quality_analysis: analysis, quality_score: score };
    },
    accessibility_analysis: async () => {
      const small = await takeSample(openPicture(source), SMALL_SIDE);
      return { accessibility_analysis: accessibility(small, await mainColors()) };
    },
    // A still picture does not move; the cloud answers 0 for it.
    cinemagraph_analysis: async () => ({ cinemagraph_analysis: { cinemagraph_score: 0 } }),
    image_metadata: async () => ({ image_metadata: await tags() }),
    // The answer of an image carries its tags as image_metadata whichever of the two parameters asked.
    media_metadata: async () => ({ image_metadata: await tags(), media_metadata: await tags() }),
  };
  const results: Analysis = {};
  for (const name of wanted) Object.assign(results, await steps[name]());
  return results;
}
