import type { Value } from '../expression.ts';
import type { Program } from '../structure.ts';
import type { Component } from '../syntax.ts';
import type { OutputRequest } from './request.ts';
import type { AssetRef, ClientHints, SourceFacts } from './types.ts';

/** Choices of the operator that change plans. Every field has a default. */
export interface PlanSettings {
  /** Formats `f_auto` may choose when the client accepts them, best first. Default avif, webp. `jxl` is opt-in. */
  readonly autoFormats: readonly string[];
  /** Output formats the renderers can write; null: every format the table marks as output. */
  readonly formats: readonly string[] | null;
  /** Largest picture at any step, in pixels. Default 100 million. */
  readonly maxPixels: number;
  /** Largest side at any step. Default 65 500, what JPEG can hold. */
  readonly maxSide: number;
  /** Default 50. */
  readonly maxLayers: number;
  /** Dots per inch for vectors and documents. Default 150. */
  readonly density: number;
  /** Widths for `w_auto:breakpoints`, when the caller has computed them; null: evenly spaced. */
  readonly breakpoints: readonly number[] | null;
}

export const DEFAULT_SETTINGS: PlanSettings = {
  autoFormats: ['avif', 'webp'],
  formats: null,
  maxPixels: 100_000_000,
  maxSide: 65_500,
  maxLayers: 50,
  density: 150,
  breakpoints: null,
};

/** Everything a plan depends on besides the transformation. */
export interface PlanContext {
  readonly facts: SourceFacts;
  readonly hints?: ClientHints;
  /** Extension in the URL; null or absent when there is none. */
  readonly format?: string | null;
  /** Facts of the assets in `references(transformation).layers`, by `layerKey`. What is absent does not exist. */
  readonly layers?: ReadonlyMap<string, SourceFacts>;
  readonly settings?: Partial<PlanSettings>;
}

export function layerKey(ref: Pick<AssetRef, 'resourceType' | 'type' | 'publicId'>): string {
  return `${ref.resourceType}/${ref.type}/${ref.publicId}`;
}

/** Affine map from original upright pixels to the picture now: x' = a·x + c·y + e, y' = b·x + d·y + f. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** The picture as it is after the steps so far. */
export interface Current {
  width: number;
  height: number;
  /** Exact width / height after proportional resizes, which round only one side at a time; read it with `ratioOf`. */
  ratio: number | null;
  /** False after a step whose size only the renderer can know. */
  known: boolean;
  alpha: boolean;
  /** Seconds; null for stills. */
  duration: number | null;
  /** Components that cut the time of a film whose sound may become a picture. */
  cuts: Component[];
  hasAudio: boolean;
  /** Null after a step that does not map rectangles to rectangles: positions of the original are lost. */
  matrix: Matrix | null;
}

/** What comes out, as far as parameters care. `still`: a picture, of anything, or an animated picture of a picture. */
export type Result = 'still' | 'animated' | 'film' | 'manifest' | 'sound';

/** Immutable surroundings; plain data, so that the rest of a plan can cross to a worker. */
export interface Surroundings {
  readonly facts: SourceFacts;
  readonly original: { readonly width: number; readonly height: number };
  readonly hints: ClientHints;
  readonly format: string | null;
  readonly layers: Readonly<Record<string, SourceFacts>>;
  readonly settings: PlanSettings;
  /** What is being made. */
  readonly kind: 'image' | 'video';
  readonly result: Result;
  /** All frames of an animated picture go through the steps. */
  readonly animated: boolean;
}

/** What a layer being planned knows about the picture it will stand on. */
export interface LayerFrame {
  /** For `fl_relative`. */
  readonly base: { readonly width: number; readonly height: number };
  /** For `fl_region_relative`; null when only the renderer can find the region. */
  readonly region: { readonly width: number; readonly height: number } | null;
}

/** The planner's whole memory between two instructions. Plain data. */
export interface State {
  readonly around: Surroundings;
  readonly program: Program;
  readonly frame: LayerFrame | null;
  at: number;
  /** Phase of the instruction at `at` that runs next. */
  phase: number;
  current: Current;
  variables: Record<string, Value>;
  request: OutputRequest;
  regionRelative: { width: number | null; height: number | null } | null;
  layers: number;
  /** Request headers that mattered. */
  vary: string[];
}

/** Moving pictures come out: a film, or an animated picture made from one. */
export const isFilm = ({ around }: Pick<State, 'around'>): boolean =>
  around.kind === 'video' || around.result === 'animated';
