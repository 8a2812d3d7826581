import sharp from 'sharp';
import { refuse } from '../problem.ts';
import { fromSharp, type Raster, toSharp } from '../raster.ts';
import { type Effect, type EffectArgs, number } from './effect.ts';

/**
 * `e_vectorize`: few colours, traced into shapes by vtracer. The result is drawn again as pixels for bitmap formats; for
 * `f_svg` the drawing itself is delivered.
 */
async function vectorize(raster: Raster, args: EffectArgs, size: { width: number; height: number }): Promise<Raster> {
  const tracer = await import('@neplex/vectorizer').catch(() => {
    throw refuse('Effect vectorize is not available on this platform');
  });
  const colors = number(args, 'colors', 10);
  const small = await fromSharp(toSharp(raster).resize(size.width, size.height, { fit: 'fill' }).median(3));
  const reduced = await fromSharp(
    sharp(await toSharp(small).png({ palette: true, colors, dither: 0, effort: 4 }).toBuffer()),
  );
  // `detail` is 0–1 or 0–1000 in URLs.
  const given = number(args, 'detail', 300);
  const detail = given <= 1 ? given : given / 1000;
  const svg = await tracer.vectorizeRaw(
    Buffer.from(reduced.data),
    { width: reduced.width, height: reduced.height },
    {
      colorMode: tracer.ColorMode.Color,
      hierarchical: tracer.Hierarchical.Stacked,
      filterSpeckle: Math.round(number(args, 'despeckle', 2) + (1 - detail) * 4),
      colorPrecision: 8,
      layerDifference: 0,
      mode: tracer.PathSimplifyMode.Spline,
      cornerThreshold: Math.round(150 - number(args, 'corners', 25) * 1.2),
      lengthThreshold: Math.max(3.5, 10 - detail * 6.5),
      maxIterations: 10,
      spliceThreshold: 45,
      pathPrecision: 2,
    },
  );
  const drawn = await fromSharp(sharp(Buffer.from(svg)).resize(size.width, size.height, { fit: 'fill' }));
  return { ...drawn, svg };
}

export const VECTORIZE: Readonly<Record<string, Effect>> = {
  vectorize: { alpha: true, apply: (raster, args, { out }) => vectorize(raster, args, out ?? raster) },
};
