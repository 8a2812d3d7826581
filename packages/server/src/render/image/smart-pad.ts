import { type Background, type Focus, resolveSmartPad, type Size, type SmartPadStep } from '@signet/transformation';
import { mapFrames, resizeRaster } from './geometry.ts';
import { type Canvas, createRaster, drawOver, type Raster } from './raster.ts';

type MakeBackground = (background: Background, picture: Raster, size: Size) => Promise<Raster | undefined>;

/** `c_fill_pad`, `c_auto_pad`: crop as far as the subject allows, pad the rest. The plan's package decides where. */
export async function smartPad(
  canvas: Canvas,
  step: SmartPadStep,
  focus: readonly Focus[],
  makeBackground: MakeBackground,
): Promise<Canvas> {
  const { out } = step;
  const { resized, x, y } = resolveSmartPad(step, focus);
  const behind = await makeBackground(step.background, canvas.frames[0]!, out);
  const result = await mapFrames(canvas, async (frame) => {
    const base = behind ? { ...out, data: behind.data.slice() } : createRaster(out.width, out.height);
    return drawOver(base, await resizeRaster(frame, resized), x, y);
  });
  const covered = x <= 0 && y <= 0 && x + resized.width >= out.width && y + resized.height >= out.height;
  return { ...result, opaque: canvas.opaque && (covered || behind !== undefined) };
}
