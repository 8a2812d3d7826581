import type {
  CoverStep,
  CropStep,
  FlipStep,
  PadStep,
  Placed,
  ResizeStep,
  RotateStep,
  Size,
  TurnStep,
} from '@signet/transformation';
import { makeBackground } from './background.ts';
import { type Canvas, createRaster, crop, drawOver, fromSharp, type Raster, toSharp } from './raster.ts';

/** Resizing, cutting and turning of pictures that are already pixels. Sizes are the plan's. */

export const mapFrames = async (canvas: Canvas, f: (frame: Raster) => Raster | Promise<Raster>): Promise<Canvas> => {
  const frames: Raster[] = [];
  for (const frame of canvas.frames) frames.push(await f(frame));
  return { ...canvas, frames };
};

export const resizeRaster = (raster: Raster, { width, height }: Size): Promise<Raster> =>
  fromSharp(toSharp(raster).resize(width, height, { fit: 'fill' }));

export const resize = (canvas: Canvas, step: ResizeStep): Promise<Canvas> =>
  mapFrames(canvas, (frame) =>
    frame.width === step.out.width && frame.height === step.out.height ? frame : resizeRaster(frame, step.out),
  );

/** The cut-out of a crop: outside the picture nothing is there, so it is transparent. */
export const cut = (canvas: Canvas, placed: Placed): Promise<Canvas> =>
  mapFrames(canvas, (frame) => crop(frame, placed.region));

export function cover(canvas: Canvas, step: CoverStep, placed: Placed): Promise<Canvas> {
  const { resized, offset } = placed;
  const window: CropStep['in'] & { x: number; y: number } = { ...offset, ...step.out };
  return mapFrames(canvas, async (frame) =>
    placed.scale <= 1
      ? crop(await resizeRaster(frame, resized), window)
      : resizeRaster(crop(frame, placed.region), step.out),
  );
}

export async function pad(canvas: Canvas, step: PadStep): Promise<Canvas> {
  const { background, out } = step;
  const behind = await makeBackground(background, canvas.frames[0]!, out);
  const result = await mapFrames(canvas, (frame) => {
    const base = behind ? { ...out, data: behind.data.slice() } : createRaster(out.width, out.height);
    return drawOver(base, frame, step.x, step.y);
  });
  return { ...result, opaque: behind ? canvas.opaque || background.kind !== 'default' : false };
}

const flipped = (raster: Raster, axis: FlipStep['axis']): Raster => {
  const { width, height } = raster;
  const from = new Uint32Array(aligned(raster.data).buffer, aligned(raster.data).byteOffset, width * height);
  const to = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const source = from.subarray(y * width, (y + 1) * width);
    if (axis === 'vertical') to.set(source, (height - 1 - y) * width);
    else to.set(source.slice().reverse(), y * width);
  }
  return { data: new Uint8Array(to.buffer), width, height };
};

const aligned = (data: Uint8Array): Uint8Array => (data.byteOffset % 4 === 0 ? data : data.slice());

export const flip = (canvas: Canvas, step: FlipStep): Promise<Canvas> =>
  mapFrames(canvas, (frame) => flipped(frame, step.axis));

export const turn = (canvas: Canvas, step: TurnStep): Promise<Canvas> =>
  mapFrames(canvas, (frame) => fromSharp(toSharp(frame).rotate(step.angle)));

/** Rotation by any angle; the result is cut or padded to the plan's size, which may differ by a pixel from libvips' own. */
export async function rotate(canvas: Canvas, step: RotateStep): Promise<Canvas> {
  const { out } = step;
  const turned = await mapFrames(canvas, async (frame) => {
    const raw = await fromSharp(toSharp(frame).rotate(step.angle, { background: { r: 0, g: 0, b: 0, alpha: 0 } }));
    return raw.width === out.width && raw.height === out.height ? raw : centered(raw, out);
  });
  const behind = await makeBackground(step.background, canvas.frames[0]!, out);
  if (!behind) return { ...turned, opaque: false };
  const painted = await mapFrames(turned, (frame) => drawOver({ ...out, data: behind.data.slice() }, frame, 0, 0));
  return { ...painted, opaque: step.background.kind !== 'color' || step.background.color.alpha === 1 };
}

const centered = (raster: Raster, size: Size): Raster =>
  crop(raster, {
    x: Math.floor((raster.width - size.width) / 2),
    y: Math.floor((raster.height - size.height) / 2),
    ...size,
  });
