import type { AssetRef, Plan, SourceFacts } from '@signet/transformation';
import { ERRORS } from '../errors.ts';
import type { ImageRenderer, Rendered } from './image/renderer.ts';

export interface RenderRequest {
  /** Path of the original. */
  readonly source: string;
  readonly facts: SourceFacts;
  readonly cloud: string;
  /** Opens a layer. Throws a client error when it does not exist or may not be read. */
  readonly open: (ref: AssetRef) => Promise<string>;
  readonly effort?: 'fast' | 'best';
  readonly signal?: AbortSignal;
}

export type Render = (plan: Plan, request: RenderRequest) => Promise<Rendered>;

export interface RendererOptions {
  readonly images: ImageRenderer;
}

/** Plan → bytes, by the renderer of the plan's kind. */
export const createRender =
  ({ images }: RendererOptions): Render =>
  async (plan, { source, open, effort, signal }) => {
    if (plan.output.kind !== 'image')
      throw ERRORS.BadRequest('Video transformations are not available on this server yet');
    return images.render(plan, { source, open, effort, signal });
  };
