import { CROPS, type CropMode } from '../crops.ts';
import { TransformationError } from '../errors.ts';
import { type Expression, evaluateExpression } from '../expression.ts';
import { hasFlag } from '../print.ts';
import type { Component } from '../syntax.ts';
import { roundPixels } from '../text.ts';
import type { Breakpoints, Dimension } from '../values.ts';
import type { State } from './context.ts';
import { environment, invalidParam, numberOf, written } from './environment.ts';
import type { Size } from './types.ts';

/** What a component wants, in whole pixels; null: not given. */
export interface Wanted {
  readonly width: number | null;
  readonly height: number | null;
  readonly ratio: number | null;
}

/** The lengths that fractions refer to: the picture itself, the base of a layer, or the region under it. */
export function fractionBase(state: State, component: Component): Size {
  if (state.frame && hasFlag(component, 'region_relative') && state.frame.region) return state.frame.region;
  if (state.frame && hasFlag(component, 'relative')) return state.frame.base;
  return state.current;
}

export function wanted(state: State, component: Component, dpr: Expression | 'auto' | null): Wanted {
  const { w, h, ar } = component.values;
  checkMixed(component);
  const base = fractionBase(state, component);
  const factor = w || h ? pixelRatio(state, component, dpr) : 1;
  return {
    width: w ? length(state, component, 'w', w, base.width, factor) : null,
    height: h ? length(state, component, 'h', h, base.height, factor) : null,
    ratio: ar ? numberOf(state, component, 'ar', ar, 1e-4, 1e4).v : null,
  };
}

function length(
  state: State,
  component: Component,
  name: 'w' | 'h',
  value: Dimension,
  base: number,
  factor: number,
): number | null {
  if (value.kind === 'auto') {
    const width = component.named ? null : autoWidth(state, value);
    return width === null ? null : roundPixels(width * factor);
  }
  const { v, decimal } = numberOf(state, component, name, value.expr, -1e9, 1e9);
  const pixels = (decimal ? v * base : v) * factor;
  if (!(v > 0) || pixels > 1e7) throw invalidParam(component, name);
  return roundPixels(pixels);
}

/** Spec 2.7. No hint and no fallback: the original's width. */
function autoWidth(state: State, value: Extract<Dimension, { kind: 'auto' }>): number {
  note(state, 'Sec-CH-Width', 'Width');
  const original = state.around.original.width;
  const hint = state.around.hints.width;
  if (value.breakpoints) {
    if (value.breakpoints.json)
      throw new TransformationError('w_auto:breakpoints:json is not supported by this server');
    const target = hint ?? value.fallback ?? value.breakpoints.max;
    const steps = state.around.settings.breakpoints ?? spacedBreakpoints(value.breakpoints, original);
    return steps.find((step) => step >= target) ?? steps.at(-1) ?? original;
  }
  if (hint === undefined || !(hint > 0)) return value.fallback ?? original;
  return Math.ceil(hint / value.step) * value.step;
}

/** Inferred: evenly spaced between the bounds when nobody measured the asset's own. */
function spacedBreakpoints({ min, max, count }: Breakpoints, original: number): number[] {
  const [low, high] = [Math.min(min, original), Math.min(max, original)];
  const points = Math.max(2, count);
  return Array.from({ length: points }, (_, i) => roundPixels(low + ((high - low) * i) / (points - 1)));
}

function pixelRatio(state: State, component: Component, dpr: Expression | 'auto' | null): number {
  if (dpr === null) return 1;
  if (dpr !== 'auto') {
    const value = evaluateExpression(dpr, environment(state));
    if (value?.k !== 'num' || !(value.v > 0 && value.v <= 20)) throw invalidParam(component, 'dpr');
    return value.v;
  }
  note(state, 'Sec-CH-DPR', 'DPR');
  const hint = state.around.hints.dpr;
  return hint !== undefined && hint > 0 ? Math.min(10, Math.ceil(hint)) : 1;
}

export function note(state: State, ...headers: string[]): void {
  for (const header of headers) if (!state.vary.includes(header)) state.vary.push(header);
}

/** Whole numbers are pixels and decimals fractions; one component holds one kind (zero is both). */
function checkMixed(component: Component): void {
  let decimals = 0;
  let integers = 0;
  let first: 'w' | 'h' | 'x' | 'y' | null = null;
  for (const name of ['w', 'h', 'x', 'y'] as const) {
    const value = component.values[name];
    const expr = value && 'kind' in value ? (value.kind === 'expr' ? value.expr : null) : value;
    if (expr?.k !== 'num' || expr.v === 0) continue;
    if (expr.decimal) decimals++;
    else integers++;
    if (expr.decimal) first ??= name;
  }
  if (decimals > 0 && integers > 0 && first) {
    throw new TransformationError(
      `Invalid transformation: sizes and offsets of one component must be all pixels or all fractions: ${first}_${written(component, first)}`,
    );
  }
}

/** Sides from an aspect ratio alone must not leave the picture with these modes. */
const INSCRIBED: ReadonlySet<CropSpecHow> = new Set(['cover', 'window', 'smart-pad', 'stretch', 'inside']);
type CropSpecHow = (typeof CROPS)[CropMode]['how'];

/** A size, and its exact ratio when one is remembered. */
type Shape = Size & { readonly ratio?: number | null };

/** The same shape, up to rounding of one side. */
export function isShape(size: Size, ratio: number): boolean {
  return roundPixels(size.width / ratio) === size.height || roundPixels(size.height * ratio) === size.width;
}

/**
 * Width / height, without the rounding of earlier proportional resizes: `c_scale,w_400/c_scale,w_iw` gives back the original
 * size (documented).
 */
export function ratioOf(shape: Shape): number {
  const { ratio } = shape;
  return ratio && isShape(shape, ratio) ? ratio : shape.width / shape.height;
}

/** Both sides of the box a mode works with. The picture's own ratio gives what nobody asked for. */
export function boxOf(current: Shape, want: Wanted, mode: CropMode, ignoreRatio: boolean): Size {
  const { width, height, ratio } = want;
  if (width !== null && height !== null) return { width, height };
  if (ratio !== null) {
    if (width !== null) return { width, height: roundPixels(width / ratio) };
    if (height !== null) return { width: roundPixels(height * ratio), height };
    return ratioBox(current, ratio, INSCRIBED.has(CROPS[mode].how));
  }
  if (width !== null) {
    return { width, height: ignoreRatio ? current.height : roundPixels(width / ratioOf(current)) };
  }
  if (height !== null) {
    return { width: ignoreRatio ? current.width : roundPixels(height * ratioOf(current)), height };
  }
  return { width: current.width, height: current.height };
}

/** `ar` alone (spec 2.1): above 1 the width stays, below 1 the height; too large → the largest rectangle inside. */
function ratioBox(current: Size, ratio: number, inscribed: boolean): Size {
  const byWidth = { width: current.width, height: roundPixels(current.width / ratio) };
  const byHeight = { width: roundPixels(current.height * ratio), height: current.height };
  const first = ratio >= 1 ? byWidth : byHeight;
  const fits = first.width <= current.width && first.height <= current.height;
  if (fits || !inscribed) return first;
  return ratio >= 1 ? byHeight : byWidth;
}

/** The picture scaled so that it fits `box` (`limit` ≤ 1, `grow` ≥ 1). Both sides at least one pixel. */
export function fitInside(current: Shape, box: Size, bound: 'none' | 'shrink' | 'grow'): Size {
  const ratio = ratioOf(current);
  const byWidth = box.width <= box.height * ratio;
  const scale = byWidth ? box.width / current.width : box.height / current.height;
  if ((bound === 'shrink' && scale >= 1) || (bound === 'grow' && scale <= 1)) {
    return { width: current.width, height: current.height };
  }
  return byWidth
    ? { width: box.width, height: Math.min(box.height, roundPixels(box.width / ratio)) }
    : { width: Math.min(box.width, roundPixels(box.height * ratio)), height: box.height };
}
