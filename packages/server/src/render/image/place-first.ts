import { type Plan, type Rect, resolveCover, resolveCrop, type Step } from '@signet/transformation';
import type { RenderContext } from './context.ts';
import { openSource, toCanvas } from './decode.ts';
import { findFocus } from './focus.ts';

/** Side of the picture in which detectors and saliency look before the real one is decoded. */
const PROBE_SIDE = 800;

/**
 * When the plan begins with a cut whose place depends on the picture, that place is found on a small copy (which libvips
 * decodes in a fraction of the time) and scaled up, so that the rest still is one pipeline.
 */
export async function placeFirst(plan: Plan, context: RenderContext): Promise<readonly Step[]> {
  const [first, ...others] = plan.steps;
  if (!first || (first.op !== 'cover' && first.op !== 'crop') || first.placed || !first.out) return plan.steps;
  const opened = await openSource(context.input.source, plan.decode, {
    limits: context.limits,
    signal: context.signal,
    seconds: context.seconds(),
    animated: false,
    ignoreProfile: false,
    extraDecoder: context.extraDecoder,
  });
  const probe = (await toCanvas(opened.resize(PROBE_SIDE, PROBE_SIDE, { fit: 'inside', withoutEnlargement: true }), {}))
    .frames[0]!;
  const scale = first.in.width / probe.width;
  const gravity =
    first.gravity.kind === 'auto'
      ? { ...first.gravity, areas: first.gravity.areas.map((area) => scaleRect(area, 1 / scale)) }
      : first.gravity;
  const focus = await findFocus(gravity, probe, context.detectors, context.signal);
  const found = focus.map((box) => ({ ...box, ...scaleRect(box, scale) }));
  const placed = first.op === 'cover' ? resolveCover(first, found) : resolveCrop(first, found);
  return [{ ...first, placed }, ...others];
}

const scaleRect = (box: Rect, scale: number): Rect => ({
  x: Math.round(box.x * scale),
  y: Math.round(box.y * scale),
  width: Math.max(1, Math.round(box.width * scale)),
  height: Math.max(1, Math.round(box.height * scale)),
});
