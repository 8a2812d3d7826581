import { roundOffset, roundPixels } from '../text.ts';
import type {
  Compass,
  CoverStep,
  CropStep,
  Focus,
  Gravity,
  LayerPlaced,
  LayerStep,
  Placed,
  Rect,
  Size,
  SmartPadStep,
} from './types.ts';

/** Share of the free space that lies left of / above the window, and the direction in which positive offsets move it. */
const ANCHORS: Readonly<Record<Compass, readonly [fx: number, fy: number, sx: 1 | -1, sy: 1 | -1]>> = {
  north_west: [0, 0, 1, 1],
  north: [0.5, 0, 1, 1],
  north_east: [1, 0, -1, 1],
  west: [0, 0.5, 1, 1],
  center: [0.5, 0.5, 1, 1],
  east: [1, 0.5, -1, 1],
  south_west: [0, 1, 1, -1],
  south: [0.5, 1, 1, -1],
  south_east: [1, 1, -1, -1],
};

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high));

/** +1 when a positive offset moves right / down, -1 when it moves left / up (spec 2.4). */
export function offsetSigns(at: Compass): readonly [1 | -1, 1 | -1] {
  const [, , sx, sy] = ANCHORS[at];
  return [sx, sy];
}

/** Top-left corner of a box of size `inner` held to `at` inside `outer`, in whole pixels. */
export function anchor(outer: Size, inner: Size, at: Compass): { x: number; y: number } {
  const [fx, fy] = ANCHORS[at];
  return { x: Math.floor((outer.width - inner.width) * fx) + 0, y: Math.floor((outer.height - inner.height) * fy) + 0 };
}

/** What a gravity falls back to when nothing is found; saliency itself falls back to the centre. */
export function fallbackCompass(gravity: Gravity): Compass {
  if (gravity.kind === 'compass') return gravity.at;
  if (gravity.kind === 'point' || gravity.kind === 'auto') return 'center';
  return gravity.fallback === 'auto' ? 'center' : gravity.fallback;
}

export function boundingBox(rects: readonly Rect[]): Rect | null {
  if (rects.length === 0) return null;
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.height));
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * The one box that counts: the largest for `face`, else the box around all. When a `window` is given and not all fit in it,
 * the heaviest that do.
 */
export function focusBox(gravity: Gravity, focus: readonly Focus[], window?: Size): Rect | null {
  const real = focus.filter((rect) => rect.width > 0 && rect.height > 0);
  if (real.length === 0) return null;
  if (gravity.kind === 'face') {
    return real.reduce((best, rect) => (rect.width * rect.height > best.width * best.height ? rect : best));
  }
  const byWeight = [...real].sort((a, b) => (b.weight ?? 1) - (a.weight ?? 1));
  let box: Rect | null = null;
  for (const rect of byWeight) {
    const wider: Rect = boundingBox(box ? [box, rect] : [rect]) ?? rect;
    if (box && window && (wider.width > window.width || wider.height > window.height)) continue;
    box = wider;
  }
  return box;
}

const centre = (rect: Rect) => ({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 });

/** The rectangle of a `crop` step, once the focus boxes (pixels of the picture before the step) are known. */
export function resolveCrop(step: Omit<CropStep, 'op' | 'out' | 'placed'>, focus: readonly Focus[]): Placed {
  const input = step.in;
  const box = focusBox(step.gravity, focus, step.want ?? undefined);
  if (!step.want) {
    const base = box ?? { x: 0, y: 0, ...input };
    const middle = centre(base);
    const width = Math.min(input.width, roundPixels(base.width / step.zoom));
    const height = Math.min(input.height, roundPixels(base.height / step.zoom));
    return window(input, {
      x: clamp(roundOffset(middle.x - width / 2 + step.x), 0, input.width - width),
      y: clamp(roundOffset(middle.y - height / 2 + step.y), 0, input.height - height),
      width,
      height,
    });
  }
  const size = { width: Math.min(step.want.width, input.width), height: Math.min(step.want.height, input.height) };
  if (box) {
    const middle = centre(box);
    return window(input, {
      x: clamp(roundOffset(middle.x - size.width / 2 + step.x), 0, input.width - size.width),
      y: clamp(roundOffset(middle.y - size.height / 2 + step.y), 0, input.height - size.height),
      ...size,
    });
  }
  const corner = anchor(input, size, fallbackCompass(step.gravity));
  return window(input, {
    x: clamp(corner.x + step.x, 0, input.width - size.width),
    y: clamp(corner.y + step.y, 0, input.height - size.height),
    ...size,
  });
}

function window(input: Size, region: Rect): Placed {
  return {
    region,
    scale: 1,
    resized: { width: input.width, height: input.height },
    offset: { x: region.x, y: region.y },
  };
}

/** The rectangle of a `cover` step, once the focus boxes (pixels of the picture before the step) are known. */
export function resolveCover(step: Omit<CoverStep, 'op' | 'placed'>, focus: readonly Focus[]): Placed {
  const { in: input, out } = step;
  const fillScale = Math.max(out.width / input.width, out.height / input.height);
  const fillWindow = { width: out.width / fillScale, height: out.height / fillScale };
  const box = focusBox(step.gravity, focus, fillWindow);
  if (!box) {
    const scale = fillScale * (step.mode === 'fill' ? 1 : Math.max(1, step.zoom));
    return covered(input, out, scale, anchored(input, out, scale, fallbackCompass(step.gravity), step));
  }
  const scale = Math.max(fillScale, coverScale(step, box, fillScale));
  const middle = centre(box);
  return covered(input, out, scale, {
    x: middle.x * scale - out.width / 2 + step.x,
    y: middle.y * scale - out.height / 2 + step.y,
  });
}

/** `c_auto` keeps this much around the subject before it closes in. */
const AUTO_MARGIN = 1.5;

function coverScale(step: Omit<CoverStep, 'op' | 'placed'>, box: Rect, fillScale: number): number {
  const tight = Math.min(step.out.width / box.width, step.out.height / box.height);
  if (step.mode === 'thumb') return tight * step.zoom;
  if (step.mode === 'auto') return Math.min((tight / AUTO_MARGIN) * step.zoom, Math.max(1, fillScale));
  return fillScale;
}

function anchored(input: Size, out: Size, scale: number, at: Compass, step: { x: number; y: number }) {
  const corner = anchor(scaled(input, out, scale), out, at);
  return { x: corner.x + step.x, y: corner.y + step.y };
}

/** The whole input at `scale`, never smaller than `out` by rounding. */
function scaled(input: Size, out: Size, scale: number): Size {
  return {
    width: Math.max(out.width, roundPixels(input.width * scale)),
    height: Math.max(out.height, roundPixels(input.height * scale)),
  };
}

function covered(input: Size, out: Size, scale: number, corner: { x: number; y: number }): Placed {
  const resized = scaled(input, out, scale);
  const offset = {
    x: clamp(roundOffset(corner.x), 0, resized.width - out.width),
    y: clamp(roundOffset(corner.y), 0, resized.height - out.height),
  };
  const width = Math.min(input.width, roundPixels(out.width / scale));
  const height = Math.min(input.height, roundPixels(out.height / scale));
  const region = {
    x: clamp(roundOffset(offset.x / scale), 0, input.width - width),
    y: clamp(roundOffset(offset.y / scale), 0, input.height - height),
    width,
    height,
  };
  return { region, scale, resized, offset };
}

/**
 * `c_fill_pad` / `c_auto_pad`: the picture resized to `resized`, its corner at `x`, `y` of the box (negative: cut there).
 * As close to filling as shows the whole focus; without a focus, `fill_pad` fills and `auto_pad` pads.
 */
export function resolveSmartPad(step: SmartPadStep, focus: readonly Focus[]): { resized: Size; x: number; y: number } {
  const { in: input, out } = step;
  const fill = Math.max(out.width / input.width, out.height / input.height);
  const fit = Math.min(out.width / input.width, out.height / input.height);
  const box = focusBox(step.gravity, focus);
  const wanted = box ? Math.min(out.width / box.width, out.height / box.height) : step.mode === 'fill_pad' ? fill : fit;
  const scale = clamp(wanted, fit, fill);
  const resized = { width: roundPixels(input.width * scale), height: roundPixels(input.height * scale) };
  const middle = box ? centre(box) : { x: input.width / 2, y: input.height / 2 };
  const position = (space: number, length: number, at: number) =>
    length <= space
      ? Math.floor((space - length) / 2)
      : -clamp(roundOffset(at * scale - space / 2), 0, length - space) + 0;
  return {
    resized,
    x: position(out.width, resized.width, middle.x),
    y: position(out.height, resized.height, middle.y),
  };
}

/**
 * Where a layer lands. The canvas grows when the layer reaches over the base, unless `noOverflow`, `tiled`, `cutter` or a
 * blend that only changes the base.
 */
export function placeLayer(
  base: Size,
  layer: Size,
  step: Pick<LayerStep, 'placement' | 'noOverflow' | 'tiled' | 'cutter' | 'blend'>,
  focus: readonly Focus[] = [],
): LayerPlaced {
  const corners = layerCorners(base, layer, step.placement, focus);
  const grows =
    !step.noOverflow && !step.tiled && !step.cutter && (step.blend === 'over' || step.blend === 'anti_removal');
  const box = boundingBox([
    { x: 0, y: 0, ...base },
    ...(grows ? corners.map((corner) => ({ ...corner, ...layer })) : []),
  ]);
  const canvas = box ?? { x: 0, y: 0, ...base };
  return {
    canvas: { width: canvas.width, height: canvas.height },
    base: { x: -canvas.x + 0, y: -canvas.y + 0 },
    layers: corners.map((corner) => ({ x: corner.x - canvas.x, y: corner.y - canvas.y })),
  };
}

function layerCorners(base: Size, layer: Size, placement: LayerStep['placement'], focus: readonly Focus[]) {
  const { gravity, x, y } = placement;
  const onCentre = (rect: Rect) => ({
    x: roundOffset(rect.x + rect.width / 2 - layer.width / 2 + x),
    y: roundOffset(rect.y + rect.height / 2 - layer.height / 2 + y),
  });
  if (gravity.kind === 'point') return [{ x: roundOffset(x - layer.width / 2), y: roundOffset(y - layer.height / 2) }];
  if (gravity.kind === 'faces') return focus.map(onCentre);
  if (gravity.kind !== 'compass') {
    const box = focusBox(gravity, focus);
    if (box) return [onCentre(box)];
    if (gravity.kind === 'face') return [];
  }
  const at = fallbackCompass(gravity);
  const [sx, sy] = offsetSigns(at);
  const corner = anchor(base, layer, at);
  return [{ x: corner.x + sx * x, y: corner.y + sy * y }];
}

/** What `fl_region_relative` measures: the largest face (every face gets a copy of one size), the box around all else. */
export const layerRegion = (gravity: Gravity, focus: readonly Focus[]): Rect | null =>
  focusBox(gravity.kind === 'faces' ? { ...gravity, kind: 'face' } : gravity, focus);

/** Size of a layer whose sides are fractions of the detected region (`fl_region_relative`); a missing side keeps the shape. */
export function regionRelativeSize(
  relative: NonNullable<LayerStep['regionRelative']>,
  region: Size,
  layer: Size,
): Size {
  const width = relative.width === null ? null : relative.width * region.width;
  const height = relative.height === null ? null : relative.height * region.height;
  const ratio = layer.width / layer.height;
  return {
    width: roundPixels(width ?? (height === null ? layer.width : height * ratio)),
    height: roundPixels(height ?? (width === null ? layer.height : width / ratio)),
  };
}
