import { TransformationError } from '../errors.ts';
import type { Flag } from '../flags.ts';
import { hasFlag } from '../print.ts';
import type { Component } from '../syntax.ts';
import { isFilm, type State } from './context.ts';
import { resolveEffect } from './effect.ts';
import { invalidParam } from './environment.ts';
import { planAudio, planSplice, timingOf } from './film-layers.ts';
import { knownFocus } from './focus.ts';
import { layerRegion, placeLayer } from './geometry.ts';
import { isSound, type LayerInstruction, literal, type Planned, planLayerBody } from './layer-body.ts';
import { checkGravity, checkSize, offsetOf } from './resize.ts';
import type { Blend, Focus, Gravity, LayerStep, Step } from './types.ts';

/** Plans a layer and its place on the picture. */
export function planLayer(state: State, instruction: LayerInstruction): Step[] {
  const { open, close } = instruction;
  if (++state.layers > state.around.settings.maxLayers) {
    throw new TransformationError(`Too many layers, at most ${state.around.settings.maxLayers}`);
  }
  const name = open.values.l !== undefined ? 'l' : 'u';
  const value = literal(state, open, name);
  const closing = close ?? open;
  if (value.kind === 'lut') {
    return [{ op: 'lut', publicId: value.publicId, out: { width: state.current.width, height: state.current.height } }];
  }
  if (hasFlag(open, 'splice')) return [planSplice(state, instruction, value)];
  if (value.kind === 'audio' || isSound(state, value)) return [planAudio(state, instruction, value)];
  const placement = placementOf(state, closing);
  const focus = knownFocus(state, placement.gravity);
  const planned = planLayerBody(state, instruction, value, focus && layerRegion(placement.gravity, focus));
  const effect = resolveEffect(state, closing);
  const blend = effect?.blend ? (effect.name as Blend) : null;
  if (effect && !blend && close) throw invalidParam(closing, 'e');
  const base = { width: state.current.width, height: state.current.height };
  const flags = (flag: Flag['name']) => hasFlag(closing, flag) || hasFlag(open, flag);
  const partial: Omit<LayerStep, 'placed' | 'out'> = {
    op: 'layer',
    under: name === 'u',
    layer: planned.plan,
    blend: blend ?? 'over',
    blendArgs: blend === 'displace' ? { x: placement.x, y: placement.y } : levelOf(effect?.args),
    placement: blend === 'displace' ? { ...placement, x: 0, y: 0 } : placement,
    // The frames of a film have one size: a layer never enlarges them (inferred).
    noOverflow: flags('no_overflow') || isFilm(state),
    tiled: flags('tiled'),
    cutter: flags('cutter'),
    regionRelative: planned.regionRelative,
    disallowOverflow: flags('text_disallow_overflow'),
    timing: timingOf(state, closing),
  };
  return [settle(state, partial, base, focus, planned)];
}

function levelOf(args: Readonly<Record<string, unknown>> | undefined): Record<string, number> {
  return typeof args?.level === 'number' ? { level: args.level } : {};
}

/** Fills in positions and the new size as far as they are known. */
function settle(
  state: State,
  partial: Omit<LayerStep, 'placed' | 'out'>,
  base: { width: number; height: number },
  focus: readonly Focus[] | null,
  planned: Planned,
): LayerStep {
  const size = planned.plan.out;
  const fixed =
    partial.noOverflow ||
    partial.tiled ||
    partial.cutter ||
    (partial.blend !== 'over' && partial.blend !== 'anti_removal');
  const placed = size && focus && !partial.regionRelative ? placeLayer(base, size, partial, focus) : null;
  if (placed && partial.disallowOverflow && (placed.canvas.width > base.width || placed.canvas.height > base.height)) {
    throw new TransformationError('Text layer overflows the image');
  }
  if (partial.cutter || partial.blend === 'mask' || partial.blend === 'cut_out') state.current.alpha = true;
  if (partial.under) state.current.alpha = state.current.alpha && planned.alpha;
  const { current } = state;
  if (!placed) {
    if (fixed) return { ...partial, placed: null, out: base };
    current.known = false;
    current.matrix = null;
    return { ...partial, placed: null, out: null };
  }
  const grown = placed.canvas.width !== base.width || placed.canvas.height !== base.height;
  if (grown) {
    checkSize(state, placed.canvas);
    current.alpha = true;
    current.matrix &&= [
      current.matrix[0],
      current.matrix[1],
      current.matrix[2],
      current.matrix[3],
      current.matrix[4] + placed.base.x,
      current.matrix[5] + placed.base.y,
    ];
  }
  current.width = placed.canvas.width;
  current.height = placed.canvas.height;
  return { ...partial, placed, out: placed.canvas };
}

function placementOf(state: State, component: Component): LayerStep['placement'] {
  const value = component.values.g;
  checkGravity(value);
  if (value && value.kind !== 'gravity') throw new TransformationError('This gravity cannot place a layer');
  const gravity: Gravity = value?.gravity ?? { kind: 'compass', at: 'center' };
  const { width, height } = state.current;
  return { gravity, x: offsetOf(state, component, 'x', width), y: offsetOf(state, component, 'y', height) };
}
