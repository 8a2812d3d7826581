import type { AssetRef, Plan, SourceFacts } from '@signet/transformation';
import { ERRORS } from '../errors.ts';
import type { RenderInput } from './image/context.ts';
import type { ImageRenderer, Rendered } from './image/renderer.ts';

/** What a plan refers to, opened on demand: layers, fonts, colour tables, profiles, text styles. */
export type OpenReferences = Required<Pick<RenderInput, 'openRaw' | 'openFont' | 'openTextStyle'>>;

export interface RenderRequest extends Readonly<OpenReferences> {
  /** Path of the original. */
  readonly source: string;
  readonly container?: RenderInput['container'];
  readonly facts: SourceFacts;
  readonly cloud: string;
  /** Opens a layer. Throws a client error when it does not exist or may not be read. */
  readonly open: (ref: AssetRef) => Promise<string>;
  readonly effort?: 'fast' | 'best';
  readonly signal?: AbortSignal;
}

export type Render = (plan: Plan, request: RenderRequest) => Promise<Rendered>;

export interface RendererOptions {
  readonly images: Pick<ImageRenderer, 'render'>;
}

/** Plan → bytes, by the renderer of the plan's kind. */
export const createRender =
  ({ images }: RendererOptions): Render =>
  async (plan, { facts: _facts, cloud: _cloud, ...input }) => {
    if (plan.output.kind !== 'image')
      throw ERRORS.BadRequest('Video transformations are not available on this server yet');
    return images.render(plan, input);
  };
