/**
 * The contract between the pure plan (this package) and whatever makes pixels from it.
 *
 * A plan is plain data (JSON-safe: it can cross to a worker), ordered, and exact: every step says the size of the picture
 * after it (`out`). A renderer runs `decode`, then `steps` in order, then encodes by `output`; it never reads the URL again.
 *
 * **When a size depends on pixels** (`e_trim`, a crop to a detected face without a size, a text layer), the step has
 * `out: null`, it is the last of `steps`, and `plan.rest` holds what is still to be planned. The renderer measures the real
 * picture and asks for more:
 *
 * ```ts
 * let part: PlanPart = plan;
 * for (;;) {
 *   for (const step of part.steps) image = await run(step, image);
 *   if (!part.rest) break;
 *   part = continuePlan(part.rest, { width: image.width, height: image.height });
 * }
 * encode(image, part.output ?? plan.output);
 * ```
 *
 * Layers are plans themselves (`LayerPlan`) and are run the same way.
 *
 * **When a position depends on pixels** (faces, saliency), the size is known but `placed` is null: the renderer finds the
 * focus boxes in the picture as it is before the step and calls `resolveCrop(step, focus)` / `resolveCover(step, focus)`,
 * which are pure, to get the rectangle. Positions that follow from the facts alone (compass, custom coordinates, face
 * coordinates given at upload) arrive resolved.
 */

export type * from './types/background.ts';
export type * from './types/decode.ts';
export type * from './types/facts.ts';
export type * from './types/gravity.ts';
export type * from './types/layers.ts';
export type * from './types/output.ts';
export type * from './types/plan.ts';
export type * from './types/shapes.ts';
export type * from './types/step.ts';
export type * from './types/steps.ts';
export type * from './types/video-steps.ts';
