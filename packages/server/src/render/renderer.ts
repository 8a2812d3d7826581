import { readFile } from 'node:fs/promises';
import type { AssetRef, Plan, SourceFacts, Step } from '@signet/transformation';
import { ERRORS } from '../errors.ts';
import type { RenderInput } from './image/context.ts';
import type { Effort } from './image/encode.ts';
import type { ImageRenderer } from './image/renderer.ts';
import type { Rendered as RenderedImage } from './image/result.ts';
import type { Films } from './video/film/films.ts';
import { filmInfo } from './video/film/info.ts';

/** What a plan refers to, opened on demand: layers, fonts, colour tables, profiles, text styles. */
export type OpenReferences = Required<Pick<RenderInput, 'openRaw' | 'openFont' | 'openTextStyle'>>;

export interface RenderRequest extends Readonly<OpenReferences> {
  /** Path of the original. */
  readonly source: string;
  readonly pixels?: RenderInput['pixels'];
  readonly facts: SourceFacts;
  readonly cloud: string;
  /** Opens a layer. Throws a client error when it does not exist or may not be read. */
  readonly open: (ref: AssetRef) => Promise<string>;
  readonly effort?: Effort;
  /** `answer` (default): somebody waits. `job`: nobody does; films may be larger and take longer. */
  readonly patience?: Patience;
  /** Share of the work that is done, 0–1; films only. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

export type Patience = 'answer' | 'job';

/** A result in a file of its own: films are too large for memory. */
export interface RenderedFile {
  readonly file: string;
  readonly bytes: number;
  readonly format: string;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  readonly best: boolean;
  /** Removes the file. */
  discard(): Promise<void>;
}

export type Rendered =
  | Pick<RenderedImage, 'data' | 'format' | 'contentType' | 'width' | 'height' | 'best'>
  | RenderedFile;

/** The bytes of a result that is small enough for memory. */
export async function bytesOf(rendered: Rendered): Promise<Buffer> {
  if ('data' in rendered) return rendered.data;
  try {
    return await readFile(rendered.file);
  } finally {
    await rendered.discard();
  }
}

export type Render = (plan: Plan, request: RenderRequest) => Promise<Rendered>;

export interface RendererOptions {
  readonly images: Pick<ImageRenderer, 'render'>;
  readonly films: Films;
}

/** `e_zoompan`: a still becomes something that moves. */
export const isZoompan = ({ steps }: Plan): boolean =>
  steps.some((step) => step.op === 'effect' && step.name === 'zoompan');

/** Moving pictures and sound: a film, or an animated picture made as one. */
export const isFilm = (plan: Plan, { resourceType }: Pick<SourceFacts, 'resourceType'>): boolean => {
  const { output } = plan;
  if (output.kind !== 'image') return true;
  return (output.animated || output.sprite !== undefined) && (resourceType === 'video' || isZoompan(plan));
};

/** What says no more than how large a picture of the sound shall be. */
const SHAPES: ReadonlySet<Step['op']> = new Set(['resize', 'crop', 'cover', 'pad', 'smart-pad', 'flatten']);

/** Plan → bytes, by the renderer of the plan's kind. */
export const createRender =
  ({ images, films }: RendererOptions): Render =>
  async (plan, request) => {
    const { output, out } = plan;
    if (isFilm(plan, request.facts)) {
      if (output.kind === 'manifest' || output.kind === 'thumbnails')
        throw ERRORS.BadRequest(
          `Invalid extension in transformation: ${output.format} is not available on this server`,
        );
      if (!output.getinfo) return films.render(plan, request);
      const size = out ?? { width: 0, height: 0 };
      return { data: filmInfo(plan, request), format: 'json', contentType: 'application/json', ...size, best: true };
    }
    const { facts: _facts, cloud: _cloud, patience: _patience, onProgress: _onProgress, ...input } = request;
    const drawn = plan.steps.findIndex(({ op }) => op === 'waveform');
    const step = plan.steps[drawn];
    if (step?.op === 'waveform') {
      const lost = plan.steps.slice(0, drawn).find(({ op }) => !SHAPES.has(op));
      if (lost !== undefined)
        throw ERRORS.BadRequest(
          `Flag waveform has to come before ${lost.op === 'effect' ? `effect ${lost.name}` : 'effects and layers'}: what follows it is done to the picture of the sound`,
        );
      const { at: _at, ...decode } = { ...plan.decode, out: step.out };
      const rest = { ...plan, decode, steps: plan.steps.slice(drawn + 1) };
      return images.render(rest, { ...input, source: await films.waveform(step, request) });
    }
    return images.render(plan, input);
  };
