import { stat } from 'node:fs/promises';
import {
  type ImageOutput,
  type Plan,
  type PlanPart,
  type Rect,
  resolveCover,
  resolveCrop,
  type Step,
} from '@signet/transformation';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { createPool } from '../pool.ts';
import { checkSize, type ForegroundMask, type RenderContext, type RenderInput, sizeOf } from './context.ts';
import { assemble, type ExtraDecoder, FIRST_PICTURE, openSource, toCanvas } from './decode.ts';
import { createEffectThreads, type EffectThreads } from './effect-threads.ts';
import {
  defaultQuality,
  type Effort,
  type EncodeSettings,
  type ExtraEncoder,
  encodeCanvas,
  encoderQuality,
  encodeWith,
  holdsAlpha,
  isNative,
} from './encode.ts';
import { runParts } from './execute.ts';
import { type Detectors, findFocus } from './focus.ts';
import { setDensity } from './formats/png-chunks.ts';
import { fuse } from './fuse.ts';
import { DEFAULT_LIMITS, type ImageLimits } from './limits.ts';
import { carryMetadata } from './metadata.ts';
import { fromVips, refuse } from './problem.ts';
import { chooseQuality } from './quality.ts';
import { type Canvas, crop, type Raster, toSharp } from './raster.ts';
import { collectAtRest, configureRuntime, defaultConcurrency, defaultPictures } from './runtime.ts';
import { sample } from './sampling.ts';
import { type Pixels, readAll, readHead, type SourceBytes, sniff } from './source.ts';
import { cleanSvg } from './svg.ts';
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
  /** Default effort of slow encoders: `fast`. */
  effort?: Effort;
  detectors?: Detectors;
  foregroundMask?: ForegroundMask;
  extraDecoder?: ExtraDecoder;
  extraEncoder?: ExtraEncoder;
}

export interface Rendered {
  data: Buffer;
  /** Canonical extension of what `data` really is. */
  format: string;
  contentType: string;
  width: number;
  height: number;
  /** Frames or pages. */
  pages: number;
  /** Encoder quality, where the format has one. */
  quality: number;
  /** False when the encoder was told to be fast and a better result of the same picture can be made with `effort: 'best'`. */
  best: boolean;
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
      guarded(
        (signal, seconds) =>
          renderPlan(plan, makeContext(plan, input, options, limits, signal, seconds, threads), options),
        input,
      ),
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

function makeContext(
  plan: Plan,
  input: RenderInput,
  options: ImageRendererOptions,
  limits: ImageLimits,
  signal: AbortSignal,
  seconds: () => number,
  threads: EffectThreads,
): RenderContext {
  if (plan.output.kind !== 'image') throw refuse('This transformation does not make an image');
  const count = { steps: 0, layers: 0 };
  return {
    limits,
    cacheFolder: options.cacheFolder,
    input,
    output: plan.output,
    original: plan.decode.out,
    signal,
    seconds,
    threads,
    detectors: options.detectors ?? {},
    foregroundMask: options.foregroundMask,
    extraDecoder: options.extraDecoder,
    countStep() {
      if (++count.steps > limits.steps) throw refuse(`Transformation is too long. Maximum is ${limits.steps} steps.`);
    },
    countLayer() {
      if (++count.layers > limits.layers)
        throw refuse(`Transformation has too many layers. Maximum is ${limits.layers}.`);
    },
  };
}

async function renderPlan(plan: Plan, context: RenderContext, options: ImageRendererOptions): Promise<Rendered> {
  const { output, input } = context;
  const effort = input.effort ?? options.effort ?? 'fast';
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
  if (whole) return finish(sample(whole, output.sampling), plan, effort, context, options);
  const opened = await openSource(input.source, plan.decode, reading);
  const timing: Partial<Metadata> = animated ? await sharp(input.source, { pages: 1 }).metadata() : {};
  if (animated && output.sampling !== null)
    return finish(sample(await toCanvas(opened, timing), output.sampling), plan, effort, context, options);
  const steps = animated ? plan.steps : await placeFirst(plan, context);
  const { pipeline, used } = fuse(opened, steps, plan.decode.out, output, !plan.rest && isStraight(output));
  for (const { out } of steps.slice(0, used)) {
    context.countStep();
    if (out) checkSize(out, timing.pages ?? 1, context.limits);
  }
  const straight = used === steps.length && !plan.rest && isStraight(output);
  if (straight) return renderStraight(pipeline, output, effort, animated, input.pixels?.density);
  const decoded = await toCanvas(pipeline, timing);
  return finish(decoded, { ...plan, steps: steps.slice(used) }, effort, context, options);
}

/** The steps that are left, on pixels, and the result's bytes. */
async function finish(
  start: Canvas,
  part: PlanPart,
  effort: Effort,
  context: RenderContext,
  options: ImageRendererOptions,
): Promise<Rendered> {
  const { canvas, output } = await runParts(start, part, context);
  return encode(canvas, output?.kind === 'image' ? output : context.output, effort, context, options);
}

/** Side of the picture in which detectors and saliency look before the real one is decoded. */
const PROBE_SIDE = 800;

/**
 * When the plan begins with a cut whose place depends on the picture, that place is found on a small copy (which libvips
 * decodes in a fraction of the time) and scaled up, so that the rest still is one pipeline.
 */
async function placeFirst(plan: Plan, context: RenderContext): Promise<readonly Step[]> {
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

/** One pipeline from the source's bytes to the result's: nothing has to be looked at in between. */
const isStraight = (output: ImageOutput): boolean =>
  isNative(output) &&
  output.quality.mode !== 'auto' &&
  typeof output.colorSpace === 'string' &&
  !output.preserveTransparency &&
  !output.drawingAsPng &&
  !output.getinfo &&
  output.pages <= 1;

/** @param density of an original that is not what the pipeline reads */
async function renderStraight(
  start: Sharp,
  output: ImageOutput,
  effort: Effort,
  animated: boolean,
  density: number | undefined,
): Promise<Rendered> {
  const quality =
    output.quality.mode === 'fixed'
      ? encoderQuality(output.format, output.quality.value)
      : defaultQuality(output.format);
  let pipeline = start;
  if (!holdsAlpha(output.format) || output.pngBits === 24)
    pipeline = pipeline.flatten({ background: { ...output.background } });
  if (output.pngBits === 32) pipeline = pipeline.ensureAlpha();
  if (output.profile === 'keep') pipeline = pipeline.keepIccProfile();
  if (output.metadata !== 'strip') pipeline = pipeline.keepExif().keepXmp();
  if (animated) pipeline = withTiming(pipeline, output);
  const { data, info } = await encodeWith(pipeline, output, { quality, effort, tuned: false }).toBuffer({
    resolveWithObject: true,
  });
  // The one format that libvips lets keep the density when the metadata is stripped.
  if (density !== undefined && output.format === 'png' && output.density === null) setDensity(data, density);
  const pages = animated ? (info.pages ?? 1) : 1;
  return describe(data, output, { width: info.width, height: info.pageHeight ?? info.height }, pages, quality, effort);
}

function withTiming(pipeline: Sharp, output: ImageOutput): Sharp {
  const timing = {
    ...(output.delay !== null ? { delay: output.delay } : {}),
    ...(output.loop !== null ? { loop: output.loop } : {}),
  };
  if (output.format === 'gif') return pipeline.gif(timing);
  return output.format === 'webp' ? pipeline.webp(timing) : pipeline;
}

async function encode(
  start: Canvas,
  wanted: ImageOutput,
  effort: Effort,
  context: RenderContext,
  options: ImageRendererOptions,
): Promise<Rendered> {
  let canvas = start;
  const png = { format: 'png', contentType: 'image/png' } as const;
  let output = wanted;
  if (wanted.preserveTransparency && !canvas.opaque && !holdsAlpha(wanted.format)) output = { ...wanted, ...png };
  else if (wanted.drawingAsPng && isDrawing(canvas.frames[0]!))
    output = { ...wanted, ...png, pngBits: fewColors(canvas.frames[0]!) ? 8 : null };
  if (output.format === 'svg') return describe(svgOf(canvas), output, sizeOf(canvas), 1, 100, 'best');
  const keepFrames = output.animated || output.pages > 1;
  if (!keepFrames && canvas.frames.length > 1) canvas = { ...canvas, frames: canvas.frames.slice(0, 1) };
  if ((!holdsAlpha(output.format) || output.pngBits === 24) && !canvas.opaque) canvas = onColor(canvas, output);
  if (output.format === 'avif' && canvas.frames.length > 1) canvas = evenSides(canvas);
  if (output.pngBits === 32) canvas = { ...canvas, opaque: false };
  if (output.anyFormat && output.format === 'png' && output.quality.mode === 'auto' && fewColors(canvas.frames[0]!)) {
    output = { ...output, pngBits: 8 };
  }
  const settings = await settingsFor(canvas, output, effort);
  const carry = await carryMetadata(output, context.input.source);
  const profile = await profileOf(output, context);
  const finish = (pipeline: Sharp) => (profile ? carry(pipeline).withIccProfile(profile) : carry(pipeline));
  const data = await encodeCanvas(canvas, output, settings, {
    signal: context.signal,
    seconds: context.seconds(),
    extraEncoder: options.extraEncoder,
    finish,
  });
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const result = describe(bytes, output, sizeOf(canvas), canvas.frames.length, settings.quality, effort);
  return output.getinfo ? info(result, context) : result;
}

/** True when most pixels are exactly as their left neighbour: text, logos, screenshots, which JPEG blurs and inflates. */
function isDrawing({ data, width, height }: Raster): boolean {
  const pixels = new Uint32Array(new Uint8Array(data).buffer);
  let same = 0;
  for (let p = 1; p < pixels.length; p++) if (pixels[p] === pixels[p - 1]) same++;
  return same > width * height * 0.6;
}

/** True when a palette of 256 holds every colour: a smaller PNG with the same pixels. */
function fewColors({ data }: Raster): boolean {
  const pixels = new Uint32Array(new Uint8Array(data).buffer);
  const seen = new Set<number>();
  for (const pixel of pixels) if (seen.add(pixel).size > 256) return false;
  return true;
}

/** The path of the profile that `cs_icc:<id>` names. */
async function profileOf({ colorSpace }: ImageOutput, { input }: RenderContext): Promise<string | undefined> {
  if (typeof colorSpace === 'string') return undefined;
  const path = await input.openRaw?.(colorSpace.icc);
  if (typeof path !== 'string') throw refuse(`Unknown or invalid referenced icc profile ${colorSpace.icc}`);
  return path;
}

async function settingsFor(canvas: Canvas, output: ImageOutput, effort: Effort): Promise<EncodeSettings> {
  const { quality, format } = output;
  if (quality.mode === 'fixed') return { quality: encoderQuality(format, quality.value), effort, tuned: false };
  const lossless = format === 'png' || format === 'gif' || format === 'tiff' || format === 'bmp';
  if (quality.mode === 'default' || lossless)
    return { quality: defaultQuality(format), effort, tuned: quality.mode === 'auto' };
  return { quality: await chooseQuality(canvas, quality.level, format), effort, tuned: true };
}

/** The encoder of moving AVIF shares colours between two pixels and two rows: what is odd loses its last. */
function evenSides(canvas: Canvas): Canvas {
  const even = (side: number): number => Math.max(2, side & ~1);
  const [width, height] = [even(sizeOf(canvas).width), even(sizeOf(canvas).height)];
  return { ...canvas, frames: canvas.frames.map((frame) => crop(frame, { x: 0, y: 0, width, height })) };
}

/** Blends transparency with the colour of the output, in place: the canvas is ours. */
function onColor(canvas: Canvas, { background: { r, g, b } }: ImageOutput): Canvas {
  for (const { data } of canvas.frames) {
    for (let i = 0; i < data.length; i += 4) {
      const alpha = data[i + 3]!;
      if (alpha === 255) continue;
      const rest = 255 - alpha;
      data[i] = (data[i]! * alpha + r * rest + 127) / 255;
      data[i + 1] = (data[i + 1]! * alpha + g * rest + 127) / 255;
      data[i + 2] = (data[i + 2]! * alpha + b * rest + 127) / 255;
      data[i + 3] = 255;
    }
  }
  return { ...canvas, opaque: true };
}

const describe = (
  data: Buffer,
  output: ImageOutput,
  size: { width: number; height: number },
  pages: number,
  quality: number,
  effort: Effort,
): Rendered => ({
  data,
  format: output.format,
  contentType: output.contentType,
  width: size.width,
  height: size.height,
  pages,
  quality,
  best: effort === 'best' || pages > 1 || (output.format !== 'avif' && output.format !== 'jxl'),
});

/** The vector result of `e_vectorize`, when it was the last thing that happened. */
function svgOf(canvas: Canvas): Buffer {
  const { svg } = canvas.frames[0]!;
  if (svg === undefined)
    throw refuse('Invalid extension in transformation: svg (a bitmap becomes SVG only by e_vectorize)');
  return Buffer.from(svg);
}

/** An SVG source asked for as SVG: the same document, cleaned. */
async function renderSvg(plan: Plan, { input, limits, output }: RenderContext): Promise<Rendered> {
  if (sniff(await readHead(input.source)) !== 'svg')
    throw refuse('Invalid extension in transformation: svg (a bitmap becomes SVG only by e_vectorize)');
  const data = Buffer.from(cleanSvg(await readAll(input.source), limits.svgBytes));
  return describe(data, output, plan.decode.out, 1, 100, 'best');
}

/** `fl_getinfo`: JSON about input and output (documentation, flags). */
async function info(result: Rendered, { input, original }: RenderContext): Promise<Rendered> {
  const bytes = typeof input.source === 'string' ? (await stat(input.source)).size : input.source.length;
  const body = {
    input: { ...original, bytes },
    output: { format: result.format, width: result.width, height: result.height, bytes: result.data.length },
  };
  return { ...result, data: Buffer.from(JSON.stringify(body)), format: 'json', contentType: 'application/json' };
}
