import {
  type ContinuedPlan,
  type CoverStep,
  type CropStep,
  continuePlan,
  type EffectStep,
  type Output,
  type PlanPart,
  resolveCover,
  resolveCrop,
  type SmartPadStep,
  type Step,
} from '@signet/transformation';
import { makeBackground } from './background.ts';
import { checkSize, type RenderContext, sizeOf } from './context.ts';
import type { Effect, EffectExtras } from './effects/effect.ts';
import { EFFECTS } from './effects/index.ts';
import { findFocus } from './focus.ts';
import { cover, cut, flip, mapFrames, pad, resize, rotate, turn } from './geometry.ts';
import { composite } from './layers.ts';
import { applyLut } from './lut.ts';
import { refuse } from './problem.ts';
import { type Canvas, delaysOf, isOpaque } from './raster.ts';
import { seamCarve } from './seam-carving.ts';
import { border, flatten, opacity, round } from './shape.ts';
import { smartPad } from './smart-pad.ts';

/** One step on pixels. Its result has the size `step.out` when that is known. */
type Run<S extends Step> = (canvas: Canvas, step: S, context: RenderContext) => Promise<Canvas>;

const videoOnly = (): Promise<Canvas> => Promise.reject(refuse('This transformation is for videos only'));

const RUN: { [O in Step['op']]: Run<Extract<Step, { op: O }>> } = {
  resize: (canvas, step) =>
    step.method === 'liquid' ? mapFrames(canvas, (frame) => seamCarve(frame, step.out)) : resize(canvas, step),
  crop: runCrop,
  cover: runCover,
  pad: (canvas, step) => pad(canvas, step),
  'smart-pad': runSmartPad,
  turn: (canvas, step) => turn(canvas, step),
  rotate: (canvas, step) => rotate(canvas, step),
  flip: (canvas, step) => flip(canvas, step),
  effect: runEffect,
  opacity: (canvas, step) => opacity(canvas, step),
  round: (canvas, step) => round(canvas, step),
  border: (canvas, step) => border(canvas, step),
  flatten: (canvas, step) => flatten(canvas, step),
  lut: async (canvas, step, { input }) => {
    if (!input.openRaw) throw refuse(`Unknown or invalid referenced lut ${step.publicId}`);
    return applyLut(canvas, await input.openRaw(step.publicId), step.publicId);
  },
  layer: (canvas, step, context) =>
    composite(canvas, step, context, async (layer, plan, inner) => (await runParts(layer, plan, inner)).canvas),
  trim: videoOnly,
  splice: videoOnly,
  'mix-audio': videoOnly,
  waveform: videoOnly,
};

async function runStep(canvas: Canvas, step: Step, context: RenderContext): Promise<Canvas> {
  context.signal.throwIfAborted();
  context.countStep();
  if (step.out) checkSize(step.out, canvas.frames.length, context.limits);
  const run = RUN[step.op] as Run<Step>;
  const result = await run(canvas, step, context);
  if (!step.out) checkSize(sizeOf(result), result.frames.length, context.limits);
  return result;
}

/** Runs steps and whatever the plan adds once sizes are known. `output` is the last one the plan gave, if any. */
export async function runParts(
  start: Canvas,
  plan: PlanPart,
  context: RenderContext,
): Promise<{ canvas: Canvas; output: Output | null }> {
  let canvas = start;
  let part: PlanPart = plan;
  let output: Output | null = null;
  for (;;) {
    for (const step of part.steps) canvas = await runStep(canvas, step, context);
    if (!part.rest) return { canvas, output };
    const next: ContinuedPlan = continuePlan(part.rest, sizeOf(canvas));
    output = next.output ?? output;
    part = next;
  }
}

async function runCrop(canvas: Canvas, step: CropStep, context: RenderContext): Promise<Canvas> {
  const placed = step.placed ?? resolveCrop(step, await focusOf(canvas, step, context));
  return cut(canvas, placed);
}

async function runCover(canvas: Canvas, step: CoverStep, context: RenderContext): Promise<Canvas> {
  const placed = step.placed ?? resolveCover(step, await focusOf(canvas, step, context));
  checkSize(placed.scale <= 1 ? placed.resized : step.out, canvas.frames.length, context.limits);
  return cover(canvas, step, placed);
}

async function runSmartPad(canvas: Canvas, step: SmartPadStep, context: RenderContext): Promise<Canvas> {
  return smartPad(canvas, step, await focusOf(canvas, step, context), makeBackground);
}

/** Animated pictures are not searched: content-aware gravities behave as centre on them (documentation, "animated images"). */
const focusOf = (canvas: Canvas, { gravity }: Pick<CropStep, 'gravity'>, context: RenderContext) =>
  canvas.frames.length > 1
    ? Promise.resolve([])
    : findFocus(gravity, canvas.frames[0]!, context.detectors, context.signal);

async function runEffect(canvas: Canvas, step: EffectStep, context: RenderContext): Promise<Canvas> {
  const effect = EFFECTS[step.name];
  if (!effect) throw refuse(`Effect ${step.name} is not supported for images`);
  if (effect.applyAll && canvas.frames.length > 1)
    return { ...canvas, frames: effect.applyAll(canvas.frames, step.args, delaysOf(canvas)) };
  const needs = typeof effect.needs === 'function' ? effect.needs(step.args) : effect.needs;
  const result = await mapFrames(canvas, async (frame) => {
    context.signal.throwIfAborted();
    const extras = await extrasOf(needs, frame, step, context);
    const raster = { data: frame.data.slice(), width: frame.width, height: frame.height };
    return context.threads.apply(
      { name: step.name, raster, args: step.args, extras: { ...extras, out: step.out } },
      context.signal,
    );
  });
  return { ...result, opaque: canvas.opaque && (!effect.alpha || result.frames.every(isOpaque)) };
}

async function extrasOf(
  needs: Effect['needs'],
  frame: Canvas['frames'][0],
  step: EffectStep,
  context: RenderContext,
): Promise<EffectExtras> {
  if (needs === 'faces') return { faces: (await context.detectors.faces?.(frame, context.signal)) ?? [] };
  if (needs !== 'foreground') return {};
  if (!context.foregroundMask)
    throw refuse(`Effect ${step.name} needs the background removal model, which is not installed`);
  return { foreground: await context.foregroundMask(frame, { fine: step.args.fineedges === 'y' }, context.signal) };
}
