import { BLACK, WHITE } from '../colors.ts';
import { evaluateCondition } from '../condition.ts';
import { clip, TransformationError } from '../errors.ts';
import type { Expression } from '../expression.ts';
import { hasFlag } from '../print.ts';
import type { Instruction } from '../structure.ts';
import type { Component } from '../syntax.ts';
import { roundPixels } from '../text.ts';
import { type QualityValue, quality } from '../values.ts';
import { isFilm, type State } from './context.ts';
import { secondsOf } from './decode.ts';
import { planEffect } from './effect.ts';
import { colorOf, define, environment, invalidParam, numberOf } from './environment.ts';
import { compose } from './focus.ts';
import { planLayer } from './layers.ts';
import { refuseUnheard } from './refuse.ts';
import { backgroundOf, checkSize, planResize, resizeTo } from './resize.ts';
import { fitInside, wanted } from './size.ts';
import type { PlanPart, RoundStep, Size, Step } from './types.ts';

/**
 * Runs the program from where the state stands until its end, or until a step whose size only the renderer can know.
 * The state is changed; with `rest` it is part of the result.
 */
export function runProgram(state: State): PlanPart {
  const steps: Step[] = [];
  while (state.at < state.program.length) {
    const instruction = state.program[state.at] as Instruction;
    if (instruction.op === 'jump') {
      state.at = instruction.to;
    } else if (instruction.op === 'unless') {
      const holds = evaluateCondition(instruction.condition, environment(state));
      if (holds === null)
        throw new TransformationError(`Invalid condition in transformation: ${clip(instruction.text)}`);
      state.at = holds ? state.at + 1 : instruction.to;
    } else {
      steps.push(...runInstruction(state, instruction));
      if (!state.current.known) return { steps, out: null, rest: { state } };
    }
  }
  return { steps, out: sizeOf(state), rest: null };
}

const sizeOf = (state: State): Size => ({ width: state.current.width, height: state.current.height });

/** Runs phases until the last, or until the size is not known; moves on in the program when done. */
function runInstruction(state: State, instruction: Extract<Instruction, { op: 'run' | 'layer' }>): Step[] {
  if (instruction.op === 'layer') {
    requirePicture(state, instruction);
    define(state, instruction.open);
    state.at++;
    return planLayer(state, instruction);
  }
  const steps: Step[] = [];
  while (state.phase < PHASES.length) {
    const phase = PHASES[state.phase++];
    const blank = state.current.width === 0;
    if (phase && !(blank && PICTURE_ONLY.has(phase)))
      steps.push(...phase(state, instruction.component, instruction.dpr));
    if (!state.current.known) break;
  }
  if (state.phase === PHASES.length) {
    state.phase = 0;
    state.at++;
  }
  return steps;
}

/** Only sound can be mixed into sound. */
function requirePicture(state: State, { open }: Extract<Instruction, { op: 'layer' }>): void {
  const layer = open.values.l ?? open.values.u;
  if (state.current.width === 0 && layer?.kind !== 'audio') throw new TransformationError('The asset has no picture');
  if (state.around.result === 'sound' && layer?.kind !== 'audio' && layer?.kind !== 'video')
    throw new TransformationError(
      `${invalidParam(open, open.values.l ? 'l' : 'u').message}: is not for a result that is sound only`,
    );
}

type Phase = (state: State, component: Component, dpr: Expression | 'auto' | null) => Step[];

/** Order of the actions that share a component (spec 2.1; inferred). */
const PHASES: readonly Phase[] = [
  defineVariables,
  (state, component) => {
    refuseUnheard(state, component);
    return [];
  },
  collectRequest,
  trim,
  waveform,
  turnFirst,
  planResize,
  (state, component) => planEffect(state, component),
  turnLast,
  opacity,
  roundAndBorder,
  flatten,
];

function defineVariables(state: State, component: Component): Step[] {
  define(state, component);
  return [];
}

/** Sound has no picture to turn, resize or paint: such parameters have no effect on it. Inferred. */
const PICTURE_ONLY: ReadonlySet<Phase> = new Set([turnFirst, planResize, turnLast, opacity, roundAndBorder, flatten]);

/** An asset may say what an automatic quality is for it (`quality_override` of the Upload API). */
function qualityOf({ around }: State, asked: QualityValue): QualityValue {
  const { qualityOverride = '' } = around.facts;
  const automatic = asked.level !== null && 'auto' in asked.level;
  return (automatic && qualityOverride !== '' && quality(qualityOverride)) || asked;
}

/** What only the encoder needs. */
function collectRequest(state: State, component: Component): Step[] {
  const { request } = state;
  const { values } = component;
  if (values.fn) throw new TransformationError('Custom functions are not supported by this server');
  if (values.fl) request.flags.push(...values.fl);
  if (values.q) {
    const { level, chroma, qmax } = qualityOf(state, values.q);
    if (level && 'auto' in level) request.quality = { mode: 'auto', level: level.auto };
    else if (level)
      request.quality = { mode: 'fixed', value: Math.round(numberOf(state, component, 'q', level.expr, 1, 100).v) };
    request.chroma = chroma;
    request.qmax = qmax;
  }
  if (values.dn) {
    const known = values.dn.k !== 'id' || state.around.facts.dpi !== undefined;
    if (known) request.density = Math.round(numberOf(state, component, 'dn', values.dn, 1, 2400).v);
  }
  if (values.ki) request.keyframeInterval = numberOf(state, component, 'ki', values.ki, 0.01, 3600).v;
  request.colorSpace = values.cs ?? request.colorSpace;
  request.delay = values.dl ?? request.delay;
  request.sampling = values.vs ?? request.sampling;
  request.videoCodec = values.vc ?? request.videoCodec;
  request.audioCodec = values.ac ?? request.audioCodec;
  request.audioFrequency = values.af ?? request.audioFrequency;
  request.bitRate = values.br ?? request.bitRate;
  request.fps = values.fps ?? request.fps;
  request.profile = values.sp ?? request.profile;
  request.hdr ||= values.dr === 'high';
  return [];
}

/** `so`, `eo`, `du` on a timeline. A still took its frame when it was decoded; a picture of the sound is of what is left. */
function trim(state: State, component: Component): Step[] {
  const { so, eo, du } = component.values;
  if (!(so || eo || du)) return [];
  if (isFilm(state)) return [{ op: 'trim', ...cut(state, component), out: sizeOf(state) }];
  if (state.around.facts.resourceType === 'video') state.current.cuts.push(component);
  return [];
}

/** The range that a component leaves, in seconds on the timeline so far. */
function cut(state: State, component: Component): { start: number | 'auto'; end: number | null } {
  const { so, eo, du } = component.values;
  const { current } = state;
  const total = current.duration ?? Number.POSITIVE_INFINITY;
  const known = Number.isFinite(total) ? total : 0;
  const start = so ? secondsOf(state, component, 'so', so, known) : 0;
  const from = start === 'auto' ? 0 : start;
  const last = eo ? secondsOf(state, component, 'eo', eo, known) : null;
  const length = du ? secondsOf(state, component, 'du', du, known) : null;
  const wantedEnd = typeof last === 'number' ? last : typeof length === 'number' ? from + length : null;
  if (from >= total) throw invalidParam(component, 'so');
  if (wantedEnd !== null && wantedEnd <= from) throw invalidParam(component, eo ? 'eo' : 'du');
  const end = wantedEnd === null ? null : Math.min(wantedEnd, total);
  if (current.duration !== null) current.duration = (end ?? current.duration) - from;
  return { start, end };
}

/** Size of a waveform picture when none is asked for. Inferred. */
const WAVEFORM: Size = { width: 1280, height: 720 };

function waveform(state: State, component: Component): Step[] {
  if (!hasFlag(component, 'waveform')) return [];
  if (state.around.facts.resourceType !== 'video') throw invalidParam(component, 'fl');
  const { co, b } = component.values;
  const { current } = state;
  const before = sizeOf(state);
  const base = before.width > 0 && before.height > 0 ? before : WAVEFORM;
  Object.assign(current, base);
  const want = wanted(state, component, null);
  const out = { width: want.width ?? base.width, height: want.height ?? base.height };
  checkSize(state, out);
  Object.assign(current, out);
  current.alpha = true;
  current.matrix = null;
  const background = b?.kind === 'color' ? colorOf(state, component, 'b', b.color) : BLACK;
  const heard = { start: 0, end: null as number | null };
  for (const one of current.cuts.splice(0)) {
    const { start, end } = cut(state, one);
    if (start === 'auto') throw invalidParam(one, 'so');
    if (end !== null) heard.end = heard.start + end;
    heard.start += start;
  }
  return [{ op: 'waveform', ...heard, color: co ? colorOf(state, component, 'co', co) : WHITE, background, out }];
}

// --------------------------------------------------------------------------------------------------------------- turning

type Turn = { kind: 'flip'; axis: 'horizontal' | 'vertical' } | { kind: 'angle'; degrees: number };

function turnsOf(state: State, component: Component): Turn[] {
  const turns: Turn[] = [];
  for (const item of component.values.a ?? []) {
    if (item === 'hflip') turns.push({ kind: 'flip', axis: 'horizontal' });
    else if (item === 'vflip') turns.push({ kind: 'flip', axis: 'vertical' });
    else if (item === 'auto_right' || item === 'auto_left') {
      if (turnsAuto(state, component)) turns.push({ kind: 'angle', degrees: item === 'auto_right' ? 90 : 270 });
    } else if (item !== 'ignore') {
      const { v } = numberOf(state, component, 'a', item.expr, -1e6, 1e6);
      const degrees = ((v % 360) + 360) % 360;
      if (degrees !== 0) turns.push({ kind: 'angle', degrees });
    }
  }
  return turns;
}

/** The wanted shape lies across the picture's: portrait against landscape. */
function turnsAuto(state: State, component: Component): boolean {
  const { width, height, ratio } = wanted(state, component, null);
  const shape = ratio ?? (width !== null && height !== null ? width / height : 1);
  const now = state.current.width / state.current.height;
  return (shape > 1 && now < 1) || (shape < 1 && now > 1);
}

const square = (turn: Turn) => turn.kind === 'flip' || turn.degrees % 90 === 0;

/** Mirrors and quarter turns come before the resize, so that its box is of the turned picture; other angles after it. */
function turnFirst(state: State, component: Component): Step[] {
  if (!component.values.a) return [];
  const turns = turnsOf(state, component);
  return turns.every(square) ? turns.flatMap((turn) => apply(state, component, turn)) : [];
}

function turnLast(state: State, component: Component): Step[] {
  const { a } = component.values;
  if (!a || a.every((item) => typeof item === 'string')) return [];
  const turns = turnsOf(state, component);
  return turns.every(square) ? [] : turns.flatMap((turn) => apply(state, component, turn));
}

/** Documentation: larger pictures are scaled down before a free rotation. */
const ROTATE_SIDE = 3000;

function apply(state: State, component: Component, turn: Turn): Step[] {
  const { current } = state;
  const { width, height } = current;
  const move = (matrix: readonly [number, number, number, number, number, number]) => {
    current.matrix &&= compose(current.matrix, matrix);
  };
  if (turn.kind === 'flip') {
    move(turn.axis === 'horizontal' ? [-1, 0, 0, 1, width, 0] : [1, 0, 0, -1, 0, height]);
    return [{ op: 'flip', axis: turn.axis, out: { width, height } }];
  }
  if (turn.degrees === 90 || turn.degrees === 180 || turn.degrees === 270) {
    const sideways = turn.degrees !== 180;
    if (turn.degrees === 90) move([0, 1, -1, 0, height, 0]);
    else if (turn.degrees === 270) move([0, -1, 1, 0, 0, width]);
    else move([-1, 0, 0, -1, width, height]);
    if (sideways) Object.assign(current, { width: height, height: width });
    return [{ op: 'turn', angle: turn.degrees, out: sizeOf(state) }];
  }
  const steps = resizeTo(state, fitInside(current, { width: ROTATE_SIDE, height: ROTATE_SIDE }, 'shrink'));
  const radians = (turn.degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const before = sizeOf(state);
  const out = {
    width: roundPixels(before.width * Math.abs(cos) + before.height * Math.abs(sin)),
    height: roundPixels(before.width * Math.abs(sin) + before.height * Math.abs(cos)),
  };
  checkSize(state, out);
  const x = out.width / 2 - (cos * before.width - sin * before.height) / 2;
  const y = out.height / 2 - (sin * before.width + cos * before.height) / 2;
  move([cos, sin, -sin, cos, x, y]);
  Object.assign(current, out);
  const background =
    component.values.c && PADS.has(component.values.c)
      ? ({ kind: 'default' } as const)
      : backgroundOf(state, component);
  if (background.kind !== 'color' || background.color.alpha < 1) current.alpha = true;
  return [...steps, { op: 'rotate', angle: turn.degrees, background, out }];
}

// ------------------------------------------------------------------------------------------------------- after the effect

function opacity(state: State, component: Component): Step[] {
  const { o } = component.values;
  if (!o) return [];
  const level = Math.round(numberOf(state, component, 'o', o, 0, 100).v);
  if (level === 100) return [];
  state.current.alpha = true;
  return [{ op: 'opacity', level, out: sizeOf(state) }];
}

function roundAndBorder(state: State, component: Component): Step[] {
  const steps: Step[] = [];
  const corners = cornersOf(state, component);
  if (corners) {
    state.current.alpha = true;
    steps.push({ op: 'round', corners, out: sizeOf(state) });
  }
  const { bo } = component.values;
  if (!bo) return steps;
  const width = Math.round(numberOf(state, component, 'bo', bo.width, 0, 10_000).v);
  if (width === 0) return steps;
  const out = { width: state.current.width + 2 * width, height: state.current.height + 2 * width };
  checkSize(state, out);
  state.current.matrix &&= compose(state.current.matrix, [1, 0, 0, 1, width, width]);
  Object.assign(state.current, out);
  return [...steps, { op: 'border', width, color: colorOf(state, component, 'bo', bo.color), corners, out }];
}

/** Two values: top-left and bottom-right, then the others. Three: top-left, then the two beside it, then bottom-right. */
function cornersOf(state: State, component: Component): RoundStep['corners'] | null {
  const { r } = component.values;
  if (!r) return null;
  if (r === 'max') return 'max';
  const most = Math.min(state.current.width, state.current.height) / 2;
  const values = r.map((expression) => Math.min(most, Math.max(0, numberOf(state, component, 'r', expression).v)));
  const [a = 0, b = a, c = a, d = b] = values;
  return values.some((value) => value > 0) ? [a, b, c, d] : null;
}

const PADS: ReadonlySet<string> = new Set(['pad', 'lpad', 'mpad', 'fill_pad', 'auto_pad']);

/** `b_` alone paints behind the picture; with a pad mode it belongs to the padding, unless the picture itself has holes. */
function flatten(state: State, component: Component): Step[] {
  const { b, c } = component.values;
  if (!b || hasFlag(component, 'waveform')) return [];
  const background = backgroundOf(state, component);
  if (background.kind === 'blurred') return [];
  if (c && PADS.has(c) && background.kind !== 'color') return [];
  if (background.kind === 'color' && background.color.alpha === 0) return [];
  if (!state.current.alpha) return [];
  if (background.kind !== 'color' || background.color.alpha === 1) state.current.alpha = false;
  return [{ op: 'flatten', background, out: sizeOf(state) }];
}
