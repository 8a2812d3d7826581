import type { ImageOutput } from '@signet/transformation';
import type { Sharp } from 'sharp';
import { defaultQuality, type Effort, encoderQuality, encodeWith, holdsAlpha, isNative } from './encode.ts';
import { setDensity } from './formats/png-chunks.ts';
import { describe, type Rendered } from './result.ts';

/** Whether one pipeline leads from the source's bytes to the result's: nothing has to be looked at in between. */
export const isStraight = (output: ImageOutput): boolean =>
  isNative(output) &&
  output.quality.mode !== 'auto' &&
  typeof output.colorSpace === 'string' &&
  !output.preserveTransparency &&
  !output.drawingAsPng &&
  !output.getinfo &&
  output.pages <= 1;

/** @param density of an original that is not what the pipeline reads */
export async function renderStraight(
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
