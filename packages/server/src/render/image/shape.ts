import type { BorderStep, FlattenStep, OpacityStep, RoundStep } from '@signet/transformation';
import sharp from 'sharp';
import { makeBackground } from './background.ts';
import { mapFrames } from './geometry.ts';
import { type Canvas, type Color, createRaster, drawOver, fromSharp, type Raster } from './raster.ts';

/** Opacity, rounded corners, borders, flattening. */

export function opacity(canvas: Canvas, { level }: OpacityStep): Promise<Canvas> {
  const factor = level / 100;
  return mapFrames({ ...canvas, opaque: canvas.opaque && level >= 100 }, (frame) => {
    const data = frame.data.slice();
    for (let i = 3; i < data.length; i += 4) data[i] = data[i]! * factor + 0.5;
    return { ...frame, data };
  });
}

type Corners = RoundStep['corners'];

/** The outline as an SVG path inside a box. */
function outlinePath(corners: Corners, width: number, height: number, inset = 0): string {
  const [x0, y0, x1, y1] = [inset, inset, width - inset, height - inset];
  if (corners === 'max') {
    const [rx, ry] = [(x1 - x0) / 2, (y1 - y0) / 2];
    return `M${x0} ${y0 + ry}A${rx} ${ry} 0 1 1 ${x1} ${y0 + ry}A${rx} ${ry} 0 1 1 ${x0} ${y0 + ry}Z`;
  }
  const [tl, tr, br, bl] = corners.map((r) => Math.max(0, r - inset)) as [number, number, number, number];
  const arc = (r: number, x: number, y: number) => (r > 0 ? `A${r} ${r} 0 0 1 ${x} ${y}` : `L${x} ${y}`);
  return (
    `M${x0 + tl} ${y0}L${x1 - tr} ${y0}${arc(tr, x1, y0 + tr)}L${x1} ${y1 - br}${arc(br, x1 - br, y1)}` +
    `L${x0 + bl} ${y1}${arc(bl, x0, y1 - bl)}L${x0} ${y0 + tl}${arc(tl, x0 + tl, y0)}Z`
  );
}

const drawPath = (path: string, width: number, height: number, fill: string): Promise<Raster> =>
  fromSharp(
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path d="${path}" fill="${fill}" fill-rule="evenodd"/></svg>`,
      ),
    ),
  );

const isSquare = (corners: Corners | null): boolean =>
  corners === null || (corners !== 'max' && corners.every((r) => r <= 0));

export async function round(canvas: Canvas, { corners }: RoundStep): Promise<Canvas> {
  if (isSquare(corners)) return canvas;
  const { width, height } = canvas.frames[0]!;
  const mask = await drawPath(outlinePath(corners, width, height), width, height, '#fff');
  const cut = await mapFrames(canvas, (frame) => multiplyAlpha(frame, mask));
  return { ...cut, opaque: false };
}

/** Alpha of the frame times alpha of the mask (same size). */
export function multiplyAlpha(frame: Raster, mask: Raster): Raster {
  const data = frame.data.slice();
  for (let i = 3; i < data.length; i += 4) data[i] = (data[i]! * mask.data[i]! + 127) / 255;
  return { ...frame, data };
}

const css = ({ r, g, b, alpha }: Color): string => `rgba(${r},${g},${b},${alpha})`;

/** The picture grows by the border on every side; rounded corners are followed by the border's outer edge. */
export async function border(canvas: Canvas, { width: line, color, corners }: BorderStep): Promise<Canvas> {
  const { width, height } = canvas.frames[0]!;
  const [outerWidth, outerHeight] = [width + 2 * line, height + 2 * line];
  let frame: Raster;
  if (isSquare(corners)) {
    frame = createRaster(outerWidth, outerHeight, color);
    const hole = createRaster(width, height);
    for (let y = 0; y < height; y++)
      frame.data.set(hole.data.subarray(0, width * 4), ((y + line) * outerWidth + line) * 4);
  } else {
    const outer: Corners =
      corners === 'max' ? 'max' : (corners!.map((r) => (r > 0 ? r + line : 0)) as [number, number, number, number]);
    const path = outlinePath(outer, outerWidth, outerHeight) + outlinePath(outer, outerWidth, outerHeight, line);
    frame = await drawPath(path, outerWidth, outerHeight, css(color));
  }
  // The picture goes on top of a copy of the frame; antialiased rims of both meet, so the frame is drawn once more above.
  const result = await mapFrames(canvas, (picture) => {
    const base = createRaster(outerWidth, outerHeight);
    drawOver(base, picture, line, line);
    return isSquare(corners) ? drawOver(base, frame, 0, 0) : under(base, frame);
  });
  return { ...result, opaque: canvas.opaque && isSquare(corners) && color.alpha === 1 };
}

/** Where picture and frame share a pixel their coverages add up, as both come from the same outline. */
function under(base: Raster, frame: Raster): Raster {
  for (let i = 0; i < base.data.length; i += 4) {
    const a = base.data[i + 3]!;
    const b = Math.min(frame.data[i + 3]!, 255 - a);
    if (b === 0) continue;
    const sum = a + b;
    for (let c = 0; c < 3; c++) base.data[i + c] = (base.data[i + c]! * a + frame.data[i + c]! * b) / sum + 0.5;
    base.data[i + 3] = sum;
  }
  return base;
}

export async function flatten(canvas: Canvas, { background }: Pick<FlattenStep, 'background'>): Promise<Canvas> {
  if (canvas.opaque) return canvas;
  const { width, height } = canvas.frames[0]!;
  const behind = await makeBackground(background, canvas.frames[0]!, { width, height });
  if (!behind) return canvas;
  const painted = await mapFrames(canvas, (frame) => drawOver({ ...behind, data: behind.data.slice() }, frame, 0, 0));
  return { ...painted, opaque: background.kind !== 'color' || background.color.alpha === 1 };
}
