import { CROPS, type CropMode, type CropSpec } from '../crops.ts';
import { effectSpec } from '../effects.ts';
import { TransformationError } from '../errors.ts';
import type { Expression } from '../expression.ts';
import type { GravityValue } from '../gravity.ts';
import { OBJECT_NAMES } from '../objects.ts';
import { hasFlag } from '../print.ts';
import type { Component } from '../syntax.ts';
import { roundOffset } from '../text.ts';
import type { State } from './context.ts';
import { colorOf, invalidParam, isTransparent, numberOf } from './environment.ts';
import { compose, knownFocus } from './focus.ts';
import { anchor, fallbackCompass, offsetSigns, resolveCover, resolveCrop } from './geometry.ts';
import { boxOf, fitInside, isShape, ratioOf, wanted } from './size.ts';
import type { Background, CoverStep, CropStep, Gravity, Placed, Rect, Size, SmartPadStep, Step } from './types.ts';

const GRAVITY_AUTO = 'Use auto gravity only with crop, fill, lfill, fill_pad or thumb';
const CENTER: Gravity = { kind: 'compass', at: 'center' };

/** The crop or resize of a component: none, or one or two steps. Updates `state.current`. */
export function planResize(state: State, component: Component, dpr: Expression | 'auto' | null): Step[] {
  const steps = resizeSteps(state, component, dpr);
  // The result, not the box: c_limit with a huge box is harmless.
  if (steps.length > 0 && state.current.known) checkSize(state, state.current);
  return steps;
}

function resizeSteps(state: State, component: Component, dpr: Expression | 'auto' | null): Step[] {
  const mode = modeOf(component);
  if (!mode) return [];
  const spec: CropSpec = CROPS[mode];
  if (spec.addOn) throw new TransformationError(`Crop mode ${mode} needs an add-on that this server does not have`);
  const gravity = gravityOf(state, component, mode, spec);
  if (regionRelativeLater(state, component)) return [];
  const want = wanted(state, component, dpr);
  if (want.width === null && want.height === null && want.ratio === null) {
    const region = (mode === 'crop' || mode === 'thumb') && gravity.kind !== 'compass' && gravity.kind !== 'point';
    return region ? cropStep(state, component, gravity, null) : [];
  }
  const box = boxOf(state.current, want, mode, hasFlag(component, 'ignore_aspect_ratio'));
  const steps = stepsOf(state, component, mode, gravity, box);
  // Two sides that were both asked for are exact, even where they are what the ratio would have given.
  if (EXACT.has(mode) && [want.width, want.height, want.ratio].filter((side) => side !== null).length > 1)
    state.current.ratio = null;
  return steps;
}

/** Modes whose result has the wanted size. */
const EXACT: ReadonlySet<CropMode> = new Set(['scale', 'fill', 'thumb', 'auto']);

function stepsOf(state: State, component: Component, mode: CropMode, gravity: Gravity, box: Size): Step[] {
  switch (mode) {
    case 'scale':
      return resizeTo(state, box, component.values.g?.kind === 'liquid' ? 'liquid' : 'resample');
    case 'fit':
      return resizeTo(state, fitInside(state.current, box, 'none'));
    case 'limit':
      return resizeTo(state, fitInside(state.current, box, 'shrink'));
    case 'mfit':
      return resizeTo(state, fitInside(state.current, box, 'grow'));
    case 'crop':
      return cropStep(state, component, gravity, box);
    case 'lfill':
      return largeFill(state, component, gravity, box);
    case 'fill':
    case 'thumb':
    case 'auto':
      return coverStep(state, component, gravity, box, mode);
    case 'fill_pad':
    case 'auto_pad':
      return smartPad(state, component, gravity, box, mode);
    case 'pad':
      return padSteps(state, component, gravity, box, fitInside(state.current, box, 'none'));
    case 'lpad':
      return padSteps(state, component, gravity, box, fitInside(state.current, box, 'shrink'));
    case 'mpad':
      return padSteps(state, component, gravity, largest(state.current, box), state.current);
    default:
      throw invalidParam(component, 'c');
  }
}

/** The default is `scale`; the sizes of a region effect are its own. */
function modeOf(component: Component): CropMode | null {
  const { c, w, h, ar, e } = component.values;
  if (c) return c;
  if (w === undefined && h === undefined && ar === undefined) return null;
  const effect = e && effectSpec(e.text.split(':', 1)[0] ?? '');
  if (effect?.region || hasFlag(component, 'waveform')) return null;
  return 'scale';
}

/** @throws TransformationError for what nothing here finds; the text says what would be known */
export function checkGravity(
  value: GravityValue | undefined,
): asserts value is Exclude<GravityValue, { kind: 'unavailable' | 'unknown' }> | undefined {
  if (value?.kind === 'unavailable')
    throw new TransformationError(`Gravity ${value.what} needs a service that this server does not have`);
  if (value?.kind === 'unknown')
    throw new TransformationError(
      `Invalid gravity in transformation: ${value.what}: expected a side, auto, face, faces, body, custom or one of ${OBJECT_NAMES.join(', ')}`,
    );
}

/**
 * Gravity of a crop. Modes without gravity ignore a side or corner (documented as not allowed, but met in the wild), never
 * `g_auto`, for which the cloud's error is documented.
 */
function gravityOf(state: State, component: Component, mode: CropMode, spec: CropSpec): Gravity {
  const value = component.values.g;
  if (!value) return mode === 'auto' || mode === 'auto_pad' || mode === 'fill_pad' ? AUTO : CENTER;
  checkGravity(value);
  if (value.kind === 'liquid') {
    if (mode !== 'scale') throw new TransformationError('Use liquid gravity only with scale');
    return CENTER;
  }
  const { gravity } = value;
  if (gravity.kind === 'auto' && !spec.auto) throw new TransformationError(GRAVITY_AUTO);
  if (spec.gravity === 'none') return CENTER;
  if (spec.gravity === 'compass' && gravity.kind !== 'compass') return CENTER;
  // Spec 2.13: the frames of an animated picture have no common subject.
  if (state.around.animated && gravity.kind !== 'compass' && gravity.kind !== 'custom') return CENTER;
  if (gravity.kind !== 'auto' || gravity.areas.length === 0) return gravity;
  return { ...gravity, areas: gravity.areas.map((area) => areaInPixels(area, state.current)) };
}

const AUTO: Gravity = {
  kind: 'auto',
  algorithm: 'subject',
  focus: [],
  faces: true,
  avoid: [],
  areas: [],
  ruleOfThirds: true,
  customOverrides: true,
};

/** `aoi_0.1_0.2_0.5_0.5` is in fractions of the picture when no value is above 1. */
function areaInPixels(area: Rect, size: Size): Rect {
  const fractions = [area.x, area.y, area.width, area.height].every((value) => value <= 1);
  if (!fractions) return area;
  return {
    x: roundOffset(area.x * size.width),
    y: roundOffset(area.y * size.height),
    width: Math.max(1, roundOffset(area.width * size.width)),
    height: Math.max(1, roundOffset(area.height * size.height)),
  };
}

/** `fl_region_relative` whose region only the renderer can find: the step that places the layer carries the fractions. */
function regionRelativeLater(state: State, component: Component): boolean {
  if (!state.frame || state.frame.region || !hasFlag(component, 'region_relative')) return false;
  const side = (name: 'w' | 'h') => {
    const value = component.values[name];
    return value?.kind === 'expr' ? numberOf(state, component, name, value.expr).v : null;
  };
  state.regionRelative = { width: side('w'), height: side('h') };
  return true;
}

export function checkSize(state: State, size: Size): void {
  const { maxPixels, maxSide } = state.around.settings;
  if (size.width > maxSide || size.height > maxSide || size.width * size.height > maxPixels) {
    throw new TransformationError(
      `Maximum image size exceeded: ${size.width}x${size.height}, at most ${maxPixels / 1e6} megapixels and ${maxSide} pixels a side`,
    );
  }
}

const largest = (a: Size, b: Size): Size => ({
  width: Math.max(a.width, b.width),
  height: Math.max(a.height, b.height),
});
const same = (a: Size, b: Size) => a.width === b.width && a.height === b.height;

/** Sets the size after a step and keeps track of where the original's pixels went. */
function become(state: State, out: Size, scaleX: number, scaleY: number, moveX: number, moveY: number): void {
  const { matrix } = state.current;
  state.current.matrix = matrix && compose(matrix, [scaleX, 0, 0, scaleY, moveX, moveY]);
  state.current.width = out.width;
  state.current.height = out.height;
  state.current.ratio = null;
}

export function resizeTo(state: State, out: Size, method: 'resample' | 'liquid' = 'resample'): Step[] {
  const { current } = state;
  if (same(current, out)) return [];
  const ratio = ratioOf(current);
  become(state, out, out.width / current.width, out.height / current.height, 0, 0);
  current.ratio = isShape(out, ratio) ? ratio : null;
  if (method === 'liquid') current.matrix = null;
  return [{ op: 'resize', method, out }];
}

/** Offsets in pixels of the picture now, signs turned to right and down. */
function offsets(state: State, component: Component, gravity: Gravity): { x: number; y: number } {
  const [sx, sy] = gravity.kind === 'compass' ? offsetSigns(gravity.at) : [1, 1];
  const { width, height } = state.current;
  return { x: sx * offsetOf(state, component, 'x', width) + 0, y: sy * offsetOf(state, component, 'y', height) + 0 };
}

/** `x_` or `y_` in whole pixels; fractions are of `base`. */
export function offsetOf(state: State, component: Component, name: 'x' | 'y', base: number): number {
  const expression = component.values[name];
  if (!expression) return 0;
  const { v, decimal } = numberOf(state, component, name, expression);
  return roundOffset(decimal ? v * base : v);
}

function zoomOf(state: State, component: Component): number {
  const { z } = component.values;
  return z ? numberOf(state, component, 'z', z, 0.01, 100).v : 1;
}

/** `g_xy_center`: the point is the focus and x, y are no offsets. */
function pointFocus(gravity: Gravity, at: { x: number; y: number }) {
  return gravity.kind === 'point' ? [{ x: at.x - 0.5, y: at.y - 0.5, width: 1, height: 1 }] : null;
}

function cropStep(state: State, component: Component, gravity: Gravity, want: Size | null): Step[] {
  const { current } = state;
  const input = { width: current.width, height: current.height };
  const { g, x, y } = component.values;
  // Spec 2.3: offsets without a gravity count from the top-left corner.
  const held: Gravity = !g && (x || y) ? { kind: 'compass', at: 'north_west' } : gravity;
  const move = offsets(state, component, held);
  const zoom = want ? 1 : zoomOf(state, component);
  const point = pointFocus(held, move);
  const base = { in: input, gravity: held, x: point ? 0 : move.x, y: point ? 0 : move.y, zoom, want };
  let placed: Placed | null = null;
  if (held.kind === 'compass' && want) placed = compassCrop(component, input, want, held, move);
  else {
    const focus = point ?? knownFocus(state, held);
    placed = focus && resolveCrop(base, focus);
  }
  const out = placed
    ? placed.region
    : want && { width: Math.min(want.width, input.width), height: Math.min(want.height, input.height) };
  if (placed && same(placed.region, input)) return [];
  if (!out) {
    current.known = false;
    current.matrix = null;
    return [{ op: 'crop', ...base, placed, out: null } satisfies CropStep];
  }
  const size = { width: out.width, height: out.height };
  if (placed) become(state, size, 1, 1, -placed.region.x, -placed.region.y);
  else lose(state, size);
  return [{ op: 'crop', ...base, placed, out: size } satisfies CropStep];
}

/** A detector decides where: positions of the original are not known any more. */
function lose(state: State, out: Size): void {
  become(state, out, 1, 1, 0, 0);
  state.current.matrix = null;
}

/** Inferred: what lies outside is cut off, as far as something is left. */
function compassCrop(
  component: Component,
  input: Size,
  want: Size,
  gravity: Extract<Gravity, { kind: 'compass' }>,
  move: { x: number; y: number },
): Placed {
  const size = { width: Math.min(want.width, input.width), height: Math.min(want.height, input.height) };
  const corner = anchor(input, size, gravity.at);
  const left = Math.max(0, corner.x + move.x);
  const top = Math.max(0, corner.y + move.y);
  const right = Math.min(input.width, corner.x + move.x + size.width);
  const bottom = Math.min(input.height, corner.y + move.y + size.height);
  if (right <= left) throw invalidParam(component, 'x');
  if (bottom <= top) throw invalidParam(component, 'y');
  const region = { x: left, y: top, width: right - left, height: bottom - top };
  return { region, scale: 1, resized: input, offset: { x: left, y: top } };
}

function coverStep(state: State, component: Component, gravity: Gravity, out: Size, mode: CoverStep['mode']): Step[] {
  const input = { width: state.current.width, height: state.current.height };
  const move = offsets(state, component, gravity);
  const zoom = mode === 'fill' ? 1 : zoomOf(state, component);
  const point = pointFocus(gravity, move);
  const base = { in: input, out, mode, gravity, x: point ? 0 : move.x, y: point ? 0 : move.y, zoom };
  if (point && mode !== 'fill') {
    // A point has no size to close in on: the window around it is that of fill, zoomed.
    const scale = Math.max(out.width / input.width, out.height / input.height);
    const [width, height] = [out.width / scale, out.height / scale];
    point[0] = { x: move.x - width / 2, y: move.y - height / 2, width, height };
  }
  const focus = point ?? knownFocus(state, gravity);
  const placed = focus && resolveCover(base, focus);
  if (same(input, out) && placed?.scale === 1) return [];
  if (placed && same(placed.resized, out)) return resizeTo(state, out);
  if (placed) become(state, out, placed.scale, placed.scale, -placed.offset.x, -placed.offset.y);
  else lose(state, out);
  return [{ op: 'cover', ...base, placed } satisfies CoverStep];
}

/** Never enlarges: smaller originals stay, and when one side is too small only the other is cut (inferred). */
function largeFill(state: State, component: Component, gravity: Gravity, box: Size): Step[] {
  const { width, height } = state.current;
  if (width <= box.width && height <= box.height) return [];
  if (width >= box.width && height >= box.height) return coverStep(state, component, gravity, box, 'fill');
  const cut = { width: Math.min(width, box.width), height: Math.min(height, box.height) };
  return coverStep(state, component, gravity, cut, 'fill');
}

export function backgroundOf(state: State, component: Component): Background {
  const value = component.values.b;
  if (!value) return { kind: 'default' };
  if (value.kind === 'gen_fill')
    throw new TransformationError('Background gen_fill needs a generative service that this server does not have');
  if (value.kind === 'color') return { kind: 'color', color: colorOf(state, component, 'b', value.color) };
  if (value.kind === 'blurred' && state.around.kind !== 'video') throw invalidParam(component, 'b');
  return value;
}

function padSteps(state: State, component: Component, gravity: Gravity, box: Size, inner: Size): Step[] {
  const background = backgroundOf(state, component);
  const steps = resizeTo(state, { width: inner.width, height: inner.height });
  const at = gravity.kind === 'compass' ? gravity.at : fallbackCompass(gravity);
  const [sx, sy] = offsetSigns(at);
  const corner = anchor(box, inner, at);
  const x = corner.x + sx * offsetOf(state, component, 'x', box.width);
  const y = corner.y + sy * offsetOf(state, component, 'y', box.height);
  if (same(inner, box) && x === 0 && y === 0) return steps;
  become(state, box, 1, 1, x, y);
  if (background.kind === 'default' || (background.kind === 'color' && background.color.alpha < 1))
    state.current.alpha = true;
  steps.push({ op: 'pad', out: { width: box.width, height: box.height }, x: x + 0, y: y + 0, background });
  return steps;
}

function smartPad(state: State, component: Component, gravity: Gravity, out: Size, mode: SmartPadStep['mode']): Step[] {
  if (state.around.animated && state.around.kind === 'image') {
    throw new TransformationError(`Crop mode ${mode} is not supported for animated images`);
  }
  const input = { width: state.current.width, height: state.current.height };
  const background = backgroundOf(state, component);
  if (background.kind === 'default' || (background.kind === 'color' && isTransparent(background.color)))
    state.current.alpha = true;
  lose(state, out);
  return [{ op: 'smart-pad', in: input, out, mode, gravity, background }];
}
