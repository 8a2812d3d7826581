import { BLACK, WHITE } from '../colors.ts';
import { clip, invalidComponent, TransformationError } from '../errors.ts';
import { DEFAULT_TEXT_STYLE, type LayerValue, parseLiteralLayer } from '../layer.ts';
import { hasFlag, print } from '../print.ts';
import { type Instruction, without } from '../structure.ts';
import type { Component } from '../syntax.ts';
import { type Current, IDENTITY, isFilm, layerKey, type State } from './context.ts';
import { planDecode, readEarly, secondsOf } from './decode.ts';
import { resolveEffect } from './effect.ts';
import { colorOf, invalidParam, numberOf, variableText } from './environment.ts';
import { knownFocus } from './focus.ts';
import { layerRegion, placeLayer } from './geometry.ts';
import { emptyRequest } from './request.ts';
import { checkGravity, checkSize, offsetOf } from './resize.ts';
import { runProgram } from './run.ts';
import type {
  AssetRef,
  Blend,
  Decode,
  Focus,
  Gravity,
  LayerPlan,
  LayerSource,
  LayerStep,
  SourceFacts,
  Step,
  Timing,
} from './types.ts';

type LayerInstruction = Extract<Instruction, { op: 'layer' }>;

/** A layer may hold layers; deeper than this is no honest URL. */
const PLACEMENT_FLAGS = [
  'layer_apply',
  'no_overflow',
  'tiled',
  'cutter',
  'text_disallow_overflow',
  'text_no_trim',
  'splice',
  'alternate',
] as const;

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
  const flags = (flag: (typeof PLACEMENT_FLAGS)[number]) => hasFlag(closing, flag) || hasFlag(open, flag);
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

interface Planned {
  readonly plan: LayerPlan;
  readonly alpha: boolean;
  readonly duration: number | null;
  readonly regionRelative: State['regionRelative'];
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

/** The layer's value with variables filled in. */
function literal(state: State, component: Component, name: 'l' | 'u'): Exclude<LayerValue, { kind: 'deferred' }> {
  const value = component.values[name] as LayerValue;
  if (value.kind !== 'deferred') return value;
  const text = value.text.replace(/\$([A-Za-z][A-Za-z0-9]*)/g, (whole, variable: string) => {
    const filled = variableText(state, variable);
    if (filled === null) throw invalidParam(component, name);
    // Folders are written with colons in a layer's ID.
    return value.text.startsWith('text:') ? filled : whole && filled.replaceAll('/', ':');
  });
  const parsed = parseLiteralLayer(text);
  if (!parsed || parsed.kind === 'deferred') throw invalidParam(component, name);
  return parsed;
}

export function layerRef(value: Extract<LayerValue, { kind: 'image' | 'video' | 'audio' }>): AssetRef {
  return {
    resourceType: value.kind === 'image' ? 'image' : 'video',
    type: value.type,
    publicId: value.publicId,
    format: value.format,
  };
}

function factsOf(state: State, ref: AssetRef): SourceFacts {
  const key = layerKey(ref);
  const { layers } = state.around;
  const facts = Object.hasOwn(layers, key) ? layers[key] : undefined;
  if (!facts) {
    throw new TransformationError(
      `Unknown or invalid referenced ${ref.resourceType} ${clip(ref.publicId)} of type ${ref.type}`,
    );
  }
  return facts;
}

function isSound(state: State, value: LayerValue): boolean {
  return value.kind === 'video' && factsOf(state, layerRef(value)).isAudio === true;
}

// ------------------------------------------------------------------------------------------------------------- the layer

/** Parameters of the one-component form that place the layer instead of changing it. */
const PLACING = ['l', 'u', 'g', 'x', 'y', 'so', 'eo', 'du'] as const;

function bodyProgram(state: State, instruction: LayerInstruction, isText: boolean): Instruction[] {
  const { open, body, close } = instruction;
  const ownColours = isText ? (['co', 'b', 'bo'] as const) : [];
  const effect = open.values.e ? resolveEffect(state, open) : null;
  const first = close
    ? without(open, ['l', 'u', ...ownColours])
    : without(open, [...PLACING, ...(effect?.blend ? (['e'] as const) : []), ...ownColours]);
  const program: Instruction[] = [{ op: 'run', component: first, dpr: first.values.dpr ?? null }];
  // Jumps inside the body count from its own start.
  const shift = program.length;
  for (const inner of body) program.push('to' in inner ? { ...inner, to: inner.to + shift } : inner);
  if (close) {
    const rest = without(close, ['g', 'x', 'y', 'so', 'eo', 'du', 'e']);
    if (rest.items.some((item) => item.name !== 'fl'))
      program.push({ op: 'run', component: rest, dpr: rest.values.dpr ?? null });
  }
  return program;
}

function planLayerBody(
  state: State,
  instruction: LayerInstruction,
  value: Exclude<LayerValue, { kind: 'deferred' | 'lut' }>,
  region: { width: number; height: number } | null,
): Planned {
  const frame = { base: { width: state.current.width, height: state.current.height }, region };
  let program: Instruction[] = bodyProgram(state, instruction, value.kind === 'text' || value.kind === 'subtitles');
  let source: LayerSource;
  let facts: SourceFacts | null = null;
  if (value.kind === 'text') {
    const wrap = takeWrap(state, program);
    program = wrap.program;
    source = textSource(state, instruction, value, wrap.box);
  } else if (value.kind === 'subtitles') {
    if (!isFilm(state)) throw new TransformationError('Subtitles are only supported for videos');
    const { co, b } = instruction.open.values;
    source = {
      kind: 'subtitles',
      publicId: value.publicId,
      style: value.style ?? DEFAULT_TEXT_STYLE,
      color: co ? colorOf(state, instruction.open, 'co', co) : WHITE,
      background: b?.kind === 'color' ? colorOf(state, instruction.open, 'b', b.color) : null,
    };
  } else {
    const ref = layerRef(value);
    facts = factsOf(state, ref);
    source = { kind: 'asset', ref, contentId: facts.contentId ?? null };
  }
  const child = childState(state, program, frame, facts);
  let decode: Decode | null = null;
  if (facts) {
    decode = planDecode(child, facts, readEarly(program), { ...child.around, facts });
    child.current.width = decode.out.width;
    child.current.height = decode.out.height;
  } else child.current.known = false;
  const part = child.current.known ? runProgram(child) : { steps: [], out: null, rest: { state: child } };
  for (const header of child.vary) if (!state.vary.includes(header)) state.vary.push(header);
  state.layers = child.layers;
  // A text with nothing to do after it has no more plan.
  const idle =
    !facts && program.every((inner) => inner.op === 'run' && inner.component.items.every((item) => item.name === 'fl'));
  return {
    plan: { source, decode, steps: part.steps, out: part.out, rest: idle ? null : part.rest },
    alpha: child.current.alpha,
    duration: child.current.duration,
    regionRelative: child.regionRelative,
  };
}

function childState(state: State, program: Instruction[], frame: State['frame'], facts: SourceFacts | null): State {
  const current: Current = {
    width: facts?.width ?? 0,
    height: facts?.height ?? 0,
    ratio: null,
    known: true,
    alpha: facts ? (facts.hasAlpha ?? false) : true,
    duration: facts?.duration ?? null,
    cuts: [],
    hasAudio: facts?.hasAudio ?? false,
    matrix: facts ? IDENTITY : null,
  };
  // Focus boxes inside the layer are the layer's own; iw, ih stay those of the main picture.
  const own = facts ?? { ...state.around.facts, faces: [], customCoordinates: [], regions: {} };
  return {
    around: {
      ...state.around,
      // A picture on a film is a picture: whatever images can do is done to it before it is laid.
      ...(isFilm(state) && facts?.resourceType !== 'video'
        ? { kind: 'image' as const, animated: false, result: 'still' as const }
        : {}),
      facts: {
        ...own,
        tags: state.around.facts.tags,
        context: state.around.facts.context,
        metadata: state.around.facts.metadata,
      },
    },
    program,
    frame,
    at: 0,
    phase: 0,
    current,
    variables: { ...state.variables },
    request: emptyRequest(),
    regionRelative: null,
    layers: state.layers,
    vary: [],
  };
}

// ------------------------------------------------------------------------------------------------------------------ text

/** `c_fit,w_[,h_]` of a text layer wraps its lines instead of scaling it; only whole pixels do (spec 2.10.1). */
function takeWrap(state: State, program: Instruction[]) {
  for (const [i, instruction] of program.slice(0, 2).entries()) {
    if (instruction.op !== 'run') break;
    const { component } = instruction;
    const { c, w, h } = component.values;
    if (c !== 'fit' || w?.kind !== 'expr') continue;
    const width = numberOf(state, component, 'w', w.expr, 0, 1e5);
    if (width.decimal) continue;
    const height = h?.kind === 'expr' ? numberOf(state, component, 'h', h.expr, 1, 1e5).v : null;
    const rest: Instruction = { ...instruction, component: without(component, ['c', 'w', 'h']) };
    return {
      program: program.with(i, rest),
      box: { width: Math.max(1, Math.round(width.v)), height: height === null ? null : Math.round(height) },
    };
  }
  return { program, box: null };
}

function textSource(
  state: State,
  { open, close }: LayerInstruction,
  value: Extract<LayerValue, { kind: 'text' }>,
  wrap: { width: number; height: number | null } | null,
): LayerSource {
  const { co, b, bo } = open.values;
  const text = value.text.replace(/\$\(([A-Za-z][A-Za-z0-9]*)\)/g, (_, name: string) => {
    const filled = variableText(state, name);
    if (filled === null) throw new TransformationError(`Undefined variable in text layer: $${clip(name)}`);
    return filled;
  });
  if (text.length > 5000) throw new TransformationError('Text layer is too long, at most 5000 characters');
  return {
    kind: 'text',
    style: value.style,
    preset: value.preset,
    text: text.replaceAll('\r\n', '\n'),
    color: co ? colorOf(state, open, 'co', co) : BLACK,
    background: b?.kind === 'color' ? colorOf(state, open, 'b', b.color) : null,
    border: bo
      ? { width: numberOf(state, open, 'bo', bo.width, 0, 1000).v, color: colorOf(state, open, 'bo', bo.color) }
      : null,
    wrap,
    trim: !(hasFlag(open, 'text_no_trim') || (close !== null && hasFlag(close, 'text_no_trim'))),
  };
}

// ------------------------------------------------------------------------------------------------------------- placement

function placementOf(state: State, component: Component): LayerStep['placement'] {
  const value = component.values.g;
  checkGravity(value);
  if (value && value.kind !== 'gravity') throw new TransformationError('This gravity cannot place a layer');
  const gravity: Gravity = value?.gravity ?? { kind: 'compass', at: 'center' };
  const { width, height } = state.current;
  return { gravity, x: offsetOf(state, component, 'x', width), y: offsetOf(state, component, 'y', height) };
}

function timingOf(state: State, component: Component): Timing | null {
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

// ----------------------------------------------------------------------------------------------------------------- video

function requireVideo(state: State, component: Component): void {
  if (!isFilm(state)) throw invalidComponent(print({ components: [component] }));
}

function planSplice(
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

function planAudio(state: State, instruction: LayerInstruction, value: LayerValue): Step {
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
