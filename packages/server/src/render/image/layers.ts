import {
  type LayerPlaced,
  type LayerPlan,
  type LayerStep,
  layerRegion,
  placeLayer,
  regionRelativeSize,
} from '@signet/transformation';
import { isFontFile, openAccountFont } from './account-fonts.ts';
import { blend, cutter, spread } from './blend.ts';
import { checkSize, type RenderContext, sizeOf } from './context.ts';
import { decodeCanvas } from './decode.ts';
import { findFocus } from './focus.ts';
import { mapFrames, resizeRaster } from './geometry.ts';
import { refuse } from './problem.ts';
import { type Canvas, createRaster, crop, drawOver, isOpaque, type Raster } from './raster.ts';
import { renderText } from './text.ts';

/** Runs the steps of a layer; given by `execute.ts`, which needs this module for nested layers. */
export type RunPart = (canvas: Canvas, part: LayerPlan, context: RenderContext) => Promise<Canvas>;

/** The layer as pixels, its own steps done. */
async function renderLayer(layer: LayerPlan, context: RenderContext, runPart: RunPart): Promise<Canvas> {
  context.countLayer();
  return runPart(await openLayer(layer, context), layer, context);
}

async function openLayer(layer: LayerPlan, context: RenderContext): Promise<Canvas> {
  const { source, decode } = layer;
  const { input, limits } = context;
  if (source.kind === 'text') {
    const style = source.style ?? (source.preset === null ? undefined : await input.openTextStyle?.(source.preset));
    if (!style) throw refuse(`Unknown or invalid referenced image ${source.preset} of type text`);
    const font = isFontFile(style.fontFamily)
      ? await openAccountFont(style.fontFamily, input, context.cacheFolder)
      : undefined;
    return still(
      await renderText(
        font ? { ...source, style: { ...style, fontFamily: font.family }, fontFile: font.path } : { ...source, style },
        limits.textLength,
      ),
    );
  }
  if (source.kind === 'subtitles') throw refuse('Subtitles can be laid over videos only');
  if (source.ref.resourceType === 'raw')
    throw refuse(`Unknown or invalid referenced image ${source.ref.publicId} of type ${source.ref.type}`);
  if (!input.open) throw refuse('Layers are not available here');
  const bytes = await input.open(source.ref);
  return decodeCanvas(bytes, decode ?? { pages: { kind: 'first' }, autoOrient: true, out: { width: 0, height: 0 } }, {
    limits,
    signal: context.signal,
    seconds: context.seconds(),
    animated: false,
    ignoreProfile: false,
    extraDecoder: context.extraDecoder,
  });
}

const still = (raster: Raster): Canvas => ({ frames: [raster], opaque: isOpaque(raster) });

/** Puts a layer onto (or under) every frame of the base. */
export async function composite(
  base: Canvas,
  step: LayerStep,
  context: RenderContext,
  runPart: RunPart,
): Promise<Canvas> {
  const first = base.frames[0]!;
  const focus =
    step.placed && !step.regionRelative
      ? []
      : await findFocus(step.placement.gravity, first, context.detectors, context.signal);
  let layer = await renderLayer(step.layer, context, runPart);
  const region = layerRegion(step.placement.gravity, focus);
  if (step.regionRelative && region) layer = await relativeTo(layer, region, step.regionRelative);
  const size = sizeOf(layer);
  if (step.disallowOverflow && (size.width > first.width || size.height > first.height)) {
    throw refuse(`Text is larger than the image: ${size.width}x${size.height} over ${first.width}x${first.height}`);
  }
  const placed = step.placed ?? placeLayer(sizeOf(base), size, step, focus);
  checkSize(placed.canvas, base.frames.length, context.limits);
  if (placed.layers.length === 0) return base;
  const top = step.tiled ? tile(layer.frames[0]!, placed) : undefined;
  const frames = base.frames.map((frame, i) => {
    const picture = layer.frames[i % layer.frames.length]!;
    return step.under ? underlay(frame, picture, placed, step) : overlay(frame, picture, top, placed, step);
  });
  return { ...base, frames, opaque: step.blend === 'over' && !step.cutter && frames.every(isOpaque) };
}

async function relativeTo(
  layer: Canvas,
  region: { width: number; height: number },
  fractions: NonNullable<LayerStep['regionRelative']>,
): Promise<Canvas> {
  const size = regionRelativeSize(fractions, region, sizeOf(layer));
  return mapFrames(layer, (frame) => resizeRaster(frame, size));
}

/** The base on the new canvas; itself when nothing grows. */
function onCanvas(frame: Raster, placed: LayerPlaced): Raster {
  const { canvas, base } = placed;
  if (canvas.width === frame.width && canvas.height === frame.height && base.x === 0 && base.y === 0) return frame;
  return crop(frame, { x: -base.x, y: -base.y, ...canvas });
}

function overlay(
  frame: Raster,
  picture: Raster,
  tiles: Raster | undefined,
  placed: LayerPlaced,
  step: LayerStep,
): Raster {
  let canvas = onCanvas(frame, placed);
  const spots = tiles ? [{ x: 0, y: 0 }] : placed.layers;
  const top = tiles ?? picture;
  if (step.cutter) {
    const shape = createRaster(canvas.width, canvas.height);
    for (const { x, y } of spots) drawOver(shape, top, x, y);
    return cutter(canvas, shape, {});
  }
  for (const { x, y } of spots) canvas = blend(canvas, top, x, y, step.blend, step.blendArgs);
  return canvas;
}

function underlay(frame: Raster, picture: Raster, placed: LayerPlaced, step: LayerStep): Raster {
  const { canvas, base, layers } = placed;
  const behind = createRaster(canvas.width, canvas.height);
  if (step.tiled) drawOver(behind, tile(picture, placed), 0, 0);
  else for (const { x, y } of layers) drawOver(behind, picture, x, y);
  return blend(behind, spread(behind, frame, base.x, base.y), 0, 0, step.blend, step.blendArgs);
}

/** The layer repeated over the whole canvas, one copy where it was placed. */
function tile(picture: Raster, placed: LayerPlaced): Raster {
  const { canvas, layers } = placed;
  const out = createRaster(canvas.width, canvas.height);
  const start = layers[0] ?? { x: 0, y: 0 };
  const left = (((start.x % picture.width) + picture.width) % picture.width) - picture.width;
  const above = (((start.y % picture.height) + picture.height) % picture.height) - picture.height;
  for (let y = above; y < canvas.height; y += picture.height) {
    for (let x = left; x < canvas.width; x += picture.width) drawOver(out, picture, x, y);
  }
  return out;
}
