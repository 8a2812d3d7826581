import { parseColor } from '../colors.ts';
import { parseEffect, type ReadNumber } from '../effect-options.ts';
import { effectSpec, UPSCALE_LIMIT, VECTORIZE_SIDE } from '../effects.ts';
import { TransformationError } from '../errors.ts';
import { evaluateExpression, parseExpression } from '../expression.ts';
import type { Component } from '../syntax.ts';
import { roundPixels } from '../text.ts';
import { isFilm, type State } from './context.ts';
import { colorOf, environment, invalidParam, numberOf, variableText } from './environment.ts';
import { SOUND_EFFECTS } from './refuse.ts';
import { checkGravity, checkSize, offsetOf } from './resize.ts';
import { fractionBase } from './size.ts';
import type { EffectStep, EffectValue, Rect, Size, Step } from './types.ts';

export interface ResolvedEffect {
  readonly name: string;
  readonly args: Readonly<Record<string, EffectValue>>;
  readonly blend: boolean;
}

/** Reads `e_` with variables filled in. Null when the component has none. */
export function resolveEffect(state: State, component: Component): ResolvedEffect | null {
  const { e } = component.values;
  if (!e) return null;
  const text = e.text.replace(/\$([A-Za-z][A-Za-z0-9]*)/g, (whole, name: string, at: number) => {
    const isExpression = /(?:^|[:;_])\$\w+_(?:add|sub|mul|div|mod|pow)_/.test(e.text.slice(Math.max(0, at - 1)));
    return isExpression ? whole : (variableText(state, name) ?? whole);
  });
  const env = environment(state);
  const readNumber: ReadNumber = (word) => {
    const expression = parseExpression(word);
    const value = expression && evaluateExpression(expression, env);
    return value?.k === 'num' ? value.v : null;
  };
  const parsed = parseEffect(text, readNumber);
  if (!parsed) throw invalidParam(component, 'e');
  const { name, spec } = parsed;
  if (spec.unavailable) {
    const needs = { generative: 'a generative service', 'add-on': 'an add-on', '3d': 'a 3D renderer' }[
      spec.unavailable
    ];
    throw new TransformationError(`Effect ${name} needs ${needs} that this server does not have`);
  }
  if (spec.media === 'video' && !isFilm(state) && !state.around.animated) {
    throw new TransformationError(`Effect ${name} is only supported for videos`);
  }
  if (spec.media === 'image' && isFilm(state)) {
    throw new TransformationError(`Effect ${name} is not supported for videos`);
  }
  if (state.around.result === 'sound' && state.frame === null && !SOUND_EFFECTS.has(name)) {
    throw new TransformationError(`Effect ${name} is not for a result that is sound only`);
  }
  let args = parsed.args;
  if (spec.color) {
    const { co } = component.values;
    args = { ...args, color: co ? colorOf(state, component, 'co', co) : parseColor(spec.color) };
  }
  if (spec.offsets) {
    args = {
      ...args,
      x: component.values.x ? offsetOf(state, component, 'x', state.current.width) : null,
      y: component.values.y ? offsetOf(state, component, 'y', state.current.height) : null,
    };
  }
  if (spec.region) args = { ...args, region: regionOf(state, component) };
  return { name, args, blend: spec.blend ?? false };
}

/** Inferred: a missing side reaches to the edge; nothing given is the whole picture. */
function regionOf(state: State, component: Component): Rect {
  checkGravity(component.values.g);
  const { width, height } = state.current;
  const left = offsetOf(state, component, 'x', width);
  const top = offsetOf(state, component, 'y', height);
  const side = (name: 'w' | 'h', base: number, rest: number) => {
    const value = component.values[name];
    if (value?.kind !== 'expr' || component.values.c) return rest;
    const { v, decimal } = numberOf(state, component, name, value.expr);
    return roundPixels(decimal ? v * base : v);
  };
  const base = fractionBase(state, component);
  const x = Math.max(0, Math.min(left, width - 1));
  const y = Math.max(0, Math.min(top, height - 1));
  return {
    x,
    y,
    width: Math.max(1, Math.min(side('w', base.width, width), width - x)),
    height: Math.max(1, Math.min(side('h', base.height, height), height - y)),
  };
}

export function planEffect(state: State, component: Component): Step[] {
  const effect = resolveEffect(state, component);
  if (!effect) return [];
  if (effect.blend || effect.name === 'transition') throw invalidParam(component, 'e');
  const { current } = state;
  if (effect.name === 'loop' && state.around.kind === 'image') {
    state.request.loop = typeof effect.args.count === 'number' ? effect.args.count : 0;
    return [];
  }
  const spec = effectSpec(effect.name);
  if (current.duration !== null) current.duration = durationAfter(current.duration, effect);
  if (effect.name === 'zoompan') current.duration = Number(effect.args.du);
  if (spec?.alpha) current.alpha = true;
  if (spec?.size === 'pixels') {
    current.known = false;
    current.matrix = null;
    return [{ op: 'effect', name: effect.name, args: effect.args, out: null } satisfies EffectStep];
  }
  const before = { width: current.width, height: current.height };
  const out = spec?.size === 'computed' ? computedSize(before, effect) : before;
  checkSize(state, out);
  if (spec?.size) current.matrix = null;
  current.width = out.width;
  current.height = out.height;
  return [{ op: 'effect', name: effect.name, args: effect.args, out }];
}

function durationAfter(seconds: number, { name, args }: ResolvedEffect): number {
  if (name === 'accelerate') return seconds / (1 + Number(args.percent) / 100);
  if (name === 'boomerang') return seconds * 2;
  if (name === 'preview') return Math.min(seconds, Number(args.duration));
  return name === 'loop' ? seconds * (1 + Number(args.count ?? 0)) : seconds;
}

/** Beyond this the sheared picture is a thin line on a huge canvas. */
const MAX_SHEAR = 50;

function computedSize(size: Size, effect: ResolvedEffect): Size {
  const { width, height } = size;
  if (effect.name === 'upscale') {
    if (width * height > UPSCALE_LIMIT) {
      throw new TransformationError(`Effect upscale is only supported below 4.2 megapixels: ${width}x${height}`);
    }
    return { width: width * 4, height: height * 4 };
  }
  if (effect.name === 'vectorize') {
    const scale = Math.min(1, VECTORIZE_SIDE / Math.max(width, height));
    return { width: roundPixels(width * scale), height: roundPixels(height * scale) };
  }
  const slope = (value: EffectValue | undefined) => Math.abs(Math.tan((Number(value ?? 0) * Math.PI) / 180));
  const [x, y] = [slope(effect.args.x), slope(effect.args.y)];
  if (x > MAX_SHEAR || y > MAX_SHEAR) throw new TransformationError('Effect shear is too steep');
  const sheared = width + height * x;
  return { width: roundPixels(sheared), height: roundPixels(height + sheared * y) };
}
