import { BLACK, WHITE } from '../colors.ts';
import { clip, TransformationError } from '../errors.ts';
import { DEFAULT_TEXT_STYLE, type LayerValue, parseLiteralLayer } from '../layer.ts';
import { hasFlag } from '../print.ts';
import { type Instruction, without } from '../structure.ts';
import type { Component } from '../syntax.ts';
import { type Current, IDENTITY, isFilm, layerKey, type State } from './context.ts';
import { planDecode, readEarly } from './decode.ts';
import { resolveEffect } from './effect.ts';
import { colorOf, invalidParam, numberOf, variableText } from './environment.ts';
import { emptyRequest } from './request.ts';
import { runProgram } from './run.ts';
import type { AssetRef, Decode, LayerPlan, LayerSource, SourceFacts } from './types.ts';

export type LayerInstruction = Extract<Instruction, { op: 'layer' }>;

export interface Planned {
  readonly plan: LayerPlan;
  readonly alpha: boolean;
  readonly duration: number | null;
  readonly regionRelative: State['regionRelative'];
}

/** The layer's value with variables filled in. */
export function literal(
  state: State,
  component: Component,
  name: 'l' | 'u',
): Exclude<LayerValue, { kind: 'deferred' }> {
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

function layerRef(value: Extract<LayerValue, { kind: 'image' | 'video' | 'audio' }>): AssetRef {
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

export function isSound(state: State, value: LayerValue): boolean {
  return value.kind === 'video' && factsOf(state, layerRef(value)).isAudio === true;
}

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

/** The layer by itself: what it shows, what is done to it, and its size as far as that is known. */
export function planLayerBody(
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
