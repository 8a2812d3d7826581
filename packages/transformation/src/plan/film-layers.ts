import { invalidComponent } from '../errors.ts';
import type { LayerValue } from '../layer.ts';
import { print } from '../print.ts';
import { type Instruction, without } from '../structure.ts';
import type { Component } from '../syntax.ts';
import { isFilm, type State } from './context.ts';
import { secondsOf } from './decode.ts';
import { invalidParam } from './environment.ts';
import { type LayerInstruction, literal, planLayerBody } from './layer-body.ts';
import type { LayerPlan, Step, Timing } from './types.ts';

/** When a layer of a film is seen or heard. */
export function timingOf(state: State, component: Component): Timing | null {
  if (!isFilm(state)) return null;
  const { so, eo, du } = component.values;
  const total = state.current.duration ?? 0;
  const seconds = (name: 'so' | 'eo' | 'du') => {
    const value = component.values[name];
    const result = value && secondsOf(state, component, name, value, total);
    return typeof result === 'number' ? result : null;
  };
  const start = seconds('so');
  const end = seconds('eo');
  const duration = end === null ? seconds('du') : Math.max(0, end - (start ?? 0));
  return so || eo || du ? { start, duration } : null;
}

function requireVideo(state: State, component: Component): void {
  if (!isFilm(state)) throw invalidComponent(print({ components: [component] }));
}

/** `fl_splice`: a film before or after the film, with a transition between them. */
export function planSplice(
  state: State,
  instruction: LayerInstruction,
  value: Exclude<LayerValue, { kind: 'deferred' | 'lut' }>,
): Step {
  const { open, close } = instruction;
  requireVideo(state, open);
  if (value.kind === 'text' || value.kind === 'subtitles') throw invalidParam(open, 'l');
  const flag = open.values.fl?.find((entry) => entry.name === 'splice');
  const clips = instruction.body.filter(isTransition);
  const body = instruction.body.filter((inner) => !isTransition(inner));
  const planned = planLayerBody(state, { ...instruction, body }, value, null);
  const nested = clips[0];
  const startAt = close?.values.so;
  const transition = transitionOf(flag?.option ?? null, open);
  let layer: LayerPlan | null = null;
  if (nested) {
    const inner = literal(state, nested.open, 'l');
    if (inner.kind !== 'lut')
      layer = planLayerBody(state, { ...nested, open: without(nested.open, ['e']) }, inner, null).plan;
  }
  if (planned.duration !== null && state.current.duration !== null) {
    state.current.duration += planned.duration - (transition?.duration ?? 0);
  }
  return {
    op: 'splice',
    layer: planned.plan,
    at: startAt?.kind === 'seconds' && startAt.expr.k === 'num' && startAt.expr.v === 0 ? 'start' : 'end',
    transition: layer ? { layer } : transition,
    out: { width: state.current.width, height: state.current.height },
  };
}

const isTransition = (inner: Instruction): inner is LayerInstruction =>
  inner.op === 'layer' && inner.open.values.e?.text === 'transition';

/** `transition_(name_<n>;du_<s>)`: fade and one second when not given; at most 60 seconds. */
function transitionOf(option: string | null, open: Component): { name: string; duration: number } | null {
  if (option === null) return null;
  const inner = /^transition(?:_\((.*)\))?$/.exec(option);
  if (!inner) throw invalidParam(open, 'fl');
  let name = 'fade';
  let duration = 1;
  for (const part of (inner[1] ?? '').split(';').filter(Boolean)) {
    const [, key, text = ''] = /^(name|du)_(.+)$/.exec(part) ?? [];
    if (key === 'name' && /^[a-z]{1,30}$/.test(text)) name = text;
    else if (key === 'du' && Number(text) >= 0 && Number(text) <= 60) duration = Number(text);
    else throw invalidParam(open, 'fl');
  }
  return { name, duration };
}

/** `l_audio`, and the sound of a film without pictures: mixed in, or another track of a stream (`fl_alternate`). */
export function planAudio(state: State, instruction: LayerInstruction, value: LayerValue): Step {
  const { open, close } = instruction;
  requireVideo(state, open);
  if (value.kind !== 'audio' && value.kind !== 'video') throw invalidParam(open, 'l');
  const flag = [...(open.values.fl ?? []), ...(close?.values.fl ?? [])].find((entry) => entry.name === 'alternate');
  const alternate = /^lang_([A-Za-z-]{2,20})(?:;name_(.+))?$/.exec(flag?.option ?? '');
  if (flag && !alternate) throw invalidParam(open, 'fl');
  return {
    op: 'mix-audio',
    layer: planLayerBody(state, instruction, value, null).plan,
    timing: timingOf(state, close ?? open),
    alternate: alternate ? { language: alternate[1] ?? '', name: alternate[2] ?? null } : null,
    out: { width: state.current.width, height: state.current.height },
  };
}
