import type { Plan, PlanPart } from '@signet/transformation';
import sharp, { type Metadata } from 'sharp';
import { createPool } from '../pool.ts';
import { checkSize, type ForegroundMask, type RenderContext, type RenderInput } from './context.ts';
import { assemble, type ExtraDecoder, FIRST_PICTURE, openSource, toCanvas } from './decode.ts';
import { createEffectThreads } from './effect-threads.ts';
import type { ExtraEncoder } from './encode.ts';
import { runParts } from './execute.ts';
import type { Detectors } from './focus.ts';
import { fuse } from './fuse.ts';
import { DEFAULT_LIMITS, type ImageLimits } from './limits.ts';
import { placeFirst } from './place-first.ts';
import { fromVips, refuse } from './problem.ts';
import { type Canvas, toSharp } from './raster.ts';
import { encodeResult, type Rendered, renderSvg } from './result.ts';
import { collectAtRest, configureRuntime, defaultConcurrency, defaultPictures } from './runtime.ts';
import { sample } from './sampling.ts';
import type { Pixels, SourceBytes } from './source.ts';
import { isStraight, renderStraight } from './straight.ts';
import { renderText, type TextRequest } from './text.ts';

export interface ImageRendererOptions {
  /** Folder for the index of fonts; may be deleted at any time. */
  cacheFolder: string;
  /** Folder with more fonts. */
  fonts?: string | undefined;
  limits?: Partial<ImageLimits>;
  /** Pictures rendered at a time. Default: `defaultPictures()`. */
  concurrency?: number;
  /** Pictures that may wait. Default 256. */
  queue?: number;
  detectors?: Detectors;
  foregroundMask?: ForegroundMask;
  extraDecoder?: ExtraDecoder;
  extraEncoder?: ExtraEncoder;
}

export interface ProxyOptions {
  /** Longest side of the copy, in pixels. */
  readonly side: number;
}

export interface ImageRenderer {
  /**
   * Pixels and bytes for a plan of `@signet/transformation` (image output).
   *
   * @throws 400 when the source cannot be read, the plan asks for what cannot be done, or a limit is passed.
   * @throws 503 at the deadline or when too many pictures wait.
   */
  render(plan: Plan, input: RenderInput): Promise<Rendered>;
  /** A picture of a text as PNG: the `text` method of the Upload API, and the same code as text layers. */
  renderText(request: TextRequest): Promise<{ data: Buffer; width: number; height: number }>;
  /** A copy for `RenderInput.pixels`. @throws 400 when the source cannot be read, 503 as `render`. */
  proxy(source: SourceBytes, options: ProxyOptions): Promise<Pixels & { data: Buffer }>;
  readonly load: { running: number; waiting: number };
  close(): Promise<void>;
}

export function createImageRenderer(options: ImageRendererOptions): ImageRenderer {
  const limits: ImageLimits = { ...DEFAULT_LIMITS, ...options.limits };
  configureRuntime({ cacheFolder: options.cacheFolder, fonts: options.fonts });
  const pool = createPool({
    size: options.concurrency ?? defaultPictures(),
    queue: options.queue ?? 256,
    deadline: limits.deadline,
  });

  const ended = collectAtRest();
  const threads = createEffectThreads(options.concurrency ?? defaultConcurrency());
  const tools = {
    limits,
    threads,
    cacheFolder: options.cacheFolder,
    detectors: options.detectors ?? {},
    foregroundMask: options.foregroundMask,
    extraDecoder: options.extraDecoder,
    extraEncoder: options.extraEncoder,
  };

  const guarded = async <T>(
    work: (signal: AbortSignal, seconds: () => number) => Promise<T>,
    input: Pick<RenderInput, 'signal' | 'deadline'> = {},
  ): Promise<T> => {
    const end = performance.now() + (input.deadline ?? limits.deadline);
    const seconds = () => Math.max(1, Math.ceil((end - performance.now()) / 1000));
    try {
      return await pool.run((signal) => work(signal, seconds), input);
    } catch (error) {
      throw fromVips(error);
    } finally {
      ended();
    }
  };

  return {
    render: (plan, input) =>
      guarded((signal, seconds) => renderPlan(plan, makeContext(plan, input, { ...tools, signal, seconds })), input),
    renderText: (request) =>
      guarded(async () => {
        const picture = await renderText(request, limits.textLength);
        return { data: await toSharp(picture).png().toBuffer(), width: picture.width, height: picture.height };
      }),
    proxy: (source, { side }) =>
      guarded(async (signal, seconds) => {
        const opened = await openSource(source, FIRST_PICTURE, {
          limits,
          signal,
          seconds: seconds(),
          animated: false,
          ignoreProfile: false,
          extraDecoder: options.extraDecoder,
        });
        const { data, info } = await opened
          .resize(side, side, { fit: 'inside' })
          .raw()
          .toBuffer({ resolveWithObject: true });
        const { width, height, channels } = info;
        return { data, width, height, channels };
      }),
    get load() {
      return { running: pool.running, waiting: pool.waiting };
    },
    async close() {
      await pool.close();
      await threads.close();
    },
  };
}

/** What a request brings; the renderer and its pool give the rest. */
type OfRequest = 'input' | 'output' | 'original' | 'effort' | 'countStep' | 'countLayer';

function makeContext(plan: Plan, input: RenderInput, given: Omit<RenderContext, OfRequest>): RenderContext {
  if (plan.output.kind !== 'image') throw refuse('This transformation does not make an image');
  const { limits } = given;
  const count = { steps: 0, layers: 0 };
  return {
    ...given,
    input,
    output: plan.output,
    original: plan.decode.out,
    effort: input.effort ?? 'fast',
    countStep() {
      if (++count.steps > limits.steps) throw refuse(`Transformation is too long. Maximum is ${limits.steps} steps.`);
    },
    countLayer() {
      if (++count.layers > limits.layers)
        throw refuse(`Transformation has too many layers. Maximum is ${limits.layers}.`);
    },
  };
}

async function renderPlan(plan: Plan, context: RenderContext): Promise<Rendered> {
  const { output, input } = context;
  if (output.format === 'svg' && plan.steps.length === 0 && !plan.rest) return renderSvg(plan, context);
  const animated = output.animated && plan.decode.pages.kind === 'all';
  const reading = {
    limits: context.limits,
    signal: context.signal,
    seconds: context.seconds(),
    animated,
    pages: output.pages,
    ignoreProfile: output.profile === 'strip',
    extraDecoder: context.extraDecoder,
    ...(input.pixels ? { pixels: input.pixels } : {}),
  };
  const whole = await assemble(input.source, plan.decode, reading);
  if (whole) return finish(sample(whole, output.sampling), plan, context);
  const opened = await openSource(input.source, plan.decode, reading);
  const timing: Partial<Metadata> = animated ? await sharp(input.source, { pages: 1 }).metadata() : {};
  if (animated && output.sampling !== null)
    return finish(sample(await toCanvas(opened, timing), output.sampling), plan, context);
  const steps = animated ? plan.steps : await placeFirst(plan, context);
  const { pipeline, used } = fuse(opened, steps, plan.decode.out, output, !plan.rest && isStraight(output));
  for (const { out } of steps.slice(0, used)) {
    context.countStep();
    if (out) checkSize(out, timing.pages ?? 1, context.limits);
  }
  const straight = used === steps.length && !plan.rest && isStraight(output);
  if (straight) return renderStraight(pipeline, output, context.effort, animated, input.pixels?.density);
  const decoded = await toCanvas(pipeline, timing);
  return finish(decoded, { ...plan, steps: steps.slice(used) }, context);
}

/** The steps that are left, on pixels, and the result's bytes. */
async function finish(start: Canvas, part: PlanPart, context: RenderContext): Promise<Rendered> {
  const { canvas, output } = await runParts(start, part, context);
  return encodeResult(canvas, output?.kind === 'image' ? output : context.output, context);
}
