import { invalidValue, TransformationError } from '../errors.ts';
import type { FlagName } from '../flags.ts';
import { canonicalFormat, formatSpec } from '../formats.ts';
import { references } from '../references.ts';
import { compile, type Program } from '../structure.ts';
import type { Component, Transformation } from '../syntax.ts';
import { stableStringify } from './canonical.ts';
import { DEFAULT_SETTINGS, IDENTITY, type PlanContext, type Result, type State, type Surroundings } from './context.ts';
import { clips, planDecode, readEarly } from './decode.ts';
import { chooseFormat, type FormatChoice, finishOutput, isAnimated } from './output.ts';
import { emptyRequest } from './request.ts';
import { checkSize } from './resize.ts';
import { runProgram } from './run.ts';
import type {
  ContinuedPlan,
  Decode,
  Delivery,
  Output,
  Plan,
  PlanPart,
  Rest,
  Size,
  SourceFacts,
  Step,
} from './types.ts';

/**
 * Source facts + transformation + client hints → ordered steps with exact sizes. Pure: the same input gives the same plan.
 * Named transformations must be expanded (`expand`), layers looked up (`references`, `PlanContext.layers`).
 *
 * @throws TransformationError 400 with the cloud's text for what cannot be honoured.
 */
export function evaluate(transformation: Transformation, context: PlanContext): Plan {
  const settings = { ...DEFAULT_SETTINGS, ...context.settings };
  const hints = context.hints ?? {};
  const { facts } = context;
  const extension = context.format ?? null;
  const program = compile(transformation);
  const { components } = transformation;
  if (facts.resourceType === 'raw') return rawPlan(transformation, context);
  const asked = components.findLast((component) => component.values.f !== undefined && effective(component));
  const choice = chooseFormat(facts, hints, extension, asked?.values.f, settings);
  const flags = new Set<FlagName>(
    components.flatMap((component) => component.values.fl ?? []).map((flag) => flag.name),
  );
  const page = components.some((component) => component.values.pg !== undefined && !clips(component));
  const made = facts.resourceType === 'video' || components.some(zooms);
  const animated = choice.kind === 'image' && !page && isAnimated(facts, choice, flags, made);
  const around: Surroundings = {
    facts,
    original: { width: facts.width, height: facts.height },
    hints,
    format: extension,
    layers: Object.fromEntries(context.layers ?? []),
    settings,
    kind: choice.kind,
    result: resultOf(choice, facts, components, animated && made),
    animated,
  };
  const state = initialState(around, program);
  const decode = planDecode(state, facts, readEarly(program), around);
  checkDecoded(state, decode);
  Object.assign(state.current, decode.out);
  (state.around as { original: Size }).original = decode.out;
  const part = runProgram(state);
  const steps = [...part.steps, ...(part.rest ? [] : evenSides(state, choice))];
  const output = finishOutput(state, choice, decode);
  const original = isOriginal(components, facts.format, choice, steps, part, output, flags);
  const out = part.rest ? null : { width: state.current.width, height: state.current.height };
  const rest: Rest | null = part.rest && { state: { state, choice, decode } satisfies RestState };
  return {
    original,
    decode,
    steps,
    out,
    rest,
    output,
    delivery: deliveryOf(state, components, choice),
    canonical: stableStringify(original ? 'original' : { decode, steps, output, rest }),
    references: references(transformation).layers,
  };
}

/** What `rest.state` holds for a main plan; a layer's holds its `State` alone. */
interface RestState {
  readonly state: State;
  readonly choice: FormatChoice;
  readonly decode: Decode;
}

/**
 * The steps after one whose size only the renderer could know. `actual` is the size the picture has now; `alpha` whether it
 * has transparency, when that is known.
 */
export function continuePlan(rest: Rest, actual: Size & { readonly alpha?: boolean }): ContinuedPlan {
  const held = rest.state as State | RestState;
  const main = 'choice' in held ? held : null;
  // A plan may be continued more than once (a retry): never change what it holds.
  const state = structuredClone(main ? main.state : (held as State));
  Object.assign(state.current, { width: actual.width, height: actual.height, known: true });
  if (actual.alpha !== undefined) state.current.alpha = actual.alpha;
  checkSize(state, actual);
  const part = runProgram(state);
  if (!main) return { ...part, output: null };
  if (part.rest) return { ...part, rest: { state: { ...main, state } satisfies RestState }, output: null };
  const steps = [...part.steps, ...evenSides(state, main.choice)];
  const output = finishOutput(state, main.choice, main.decode);
  return { steps, out: { width: state.current.width, height: state.current.height }, rest: null, output };
}

function initialState(around: Surroundings, program: Program): State {
  const { facts } = around;
  return {
    around,
    program,
    frame: null,
    at: 0,
    phase: 0,
    current: {
      width: facts.width,
      height: facts.height,
      ratio: null,
      known: true,
      alpha: facts.hasAlpha ?? false,
      duration: facts.duration ?? null,
      cuts: [],
      hasAudio: facts.hasAudio ?? false,
      matrix: IDENTITY,
    },
    variables: {},
    request: emptyRequest(),
    regionRelative: null,
    layers: 0,
    vary: [],
  };
}

/** A picture needs pixels; sound has none, but may become a waveform. */
function checkDecoded(state: State, decode: Decode): void {
  const { width, height } = decode.out;
  if (state.around.facts.isAudio) return;
  if (!(width >= 1 && height >= 1)) throw new TransformationError('The asset has no picture');
  if (state.around.kind === 'image' && decode.density) checkSize(state, decode.out);
}

/** Parts of a stream: what its representations say of the picture is for assets with and without one. */
const STREAM_PARTS: ReadonlySet<string> = new Set(['ts', 'mp4dv', 'mp4da']);

/** `e_zoompan` makes something that moves of a still. */
const zooms = ({ values }: Component): boolean => values.e !== undefined && /^zoompan(?::|$)/.test(values.e.text);

/** @param animated an animated picture is made as films are */
function resultOf(
  { kind, format }: FormatChoice,
  { isAudio }: SourceFacts,
  components: readonly Component[],
  animated: boolean,
): Result {
  if (kind === 'image') return animated ? 'animated' : 'still';
  const spec = format === null ? undefined : formatSpec(format);
  if (spec?.kind === 'manifest' || spec?.kind === 'text') return 'manifest';
  if (format !== null && STREAM_PARTS.has(format)) return 'film';
  const without = components.findLast(({ values }) => values.vc !== undefined)?.values.vc?.name === 'none';
  return spec?.kind === 'audio' || isAudio || without ? 'sound' : 'film';
}

/** f_auto, w_auto and dpr_auto have no effect inside named transformations (spec 2.12). */
function effective(component: Component): boolean {
  return !(component.named && component.values.f?.kind === 'auto');
}

/** Video encoders with 4:2:0 chroma want even sides. Inferred. */
function evenSides(state: State, choice: FormatChoice): Step[] {
  const { width, height } = state.current;
  if (choice.kind !== 'video' || width === 0 || (width % 2 === 0 && height % 2 === 0)) return [];
  const out = { width: Math.max(2, width - (width % 2)), height: Math.max(2, height - (height % 2)) };
  Object.assign(state.current, out);
  return [{ op: 'resize', method: 'resample', out }];
}

/** Flags that do not touch the bytes. */
const NEUTRAL: ReadonlySet<FlagName> = new Set([
  'attachment',
  'immutable_cache',
  'original',
  'streaming_attachment',
  'c2pa',
]);

/** Without anything to do and in the stored format, the stored bytes are the answer (spec 2.14). */
function isOriginal(
  components: readonly Component[],
  stored: string,
  choice: FormatChoice,
  steps: readonly Step[],
  part: PlanPart,
  output: Output,
  flags: ReadonlySet<FlagName>,
): boolean {
  if (choice.format !== canonicalFormat(stored) || output.getinfo) return false;
  if (flags.has('original')) return true;
  if (steps.length > 0 || part.rest) return false;
  return components.every((component) =>
    Object.entries(component.values).every(
      ([name]) =>
        name === 'd' || (name === 'fl' && (component.values.fl ?? []).every((flag) => NEUTRAL.has(flag.name))),
    ),
  );
}

function deliveryOf(state: State, components: readonly Component[], choice: FormatChoice): Delivery {
  const flags = components.flatMap((component) => component.values.fl ?? []);
  const attachment = flags.findLast((flag) => flag.name === 'attachment' || flag.name === 'streaming_attachment');
  if (attachment?.option && !/^[^\p{Cc}"\\/]{1,200}$/u.test(attachment.option)) {
    throw invalidValue('flags', `attachment:${attachment.option}`);
  }
  return {
    attachment: attachment ? { filename: attachment.option } : null,
    immutableCache: flags.some((flag) => flag.name === 'immutable_cache'),
    vary: [...new Set([...choice.vary, ...state.vary])],
  };
}

/** Raw files are never transformed; only flags about the delivery are taken (spec 2.1, inferred). */
function rawPlan(transformation: Transformation, { facts }: PlanContext): Plan {
  const { components } = transformation;
  const only = components.every(
    (component) =>
      component.items.every((item) => item.name === 'fl') &&
      (component.values.fl ?? []).every((flag) => NEUTRAL.has(flag.name)),
  );
  if (!only) throw new TransformationError('Transformations are not supported for raw files');
  const format = canonicalFormat(facts.format);
  const decode: Decode = { pages: { kind: 'first' }, autoOrient: true, out: { width: 0, height: 0 } };
  const around: Surroundings = {
    facts,
    original: { width: 0, height: 0 },
    hints: {},
    format,
    layers: {},
    settings: DEFAULT_SETTINGS,
    kind: 'image',
    result: 'still',
    animated: false,
  };
  const state = initialState(around, []);
  const choice: FormatChoice = { kind: 'image', format: 'png', codec: null, animated: false, vary: [] };
  const output = finishOutput(state, choice, decode);
  return {
    original: true,
    decode,
    steps: [],
    out: null,
    rest: null,
    output: { ...output, format, contentType: 'application/octet-stream' } as Output,
    delivery: deliveryOf(state, components, choice),
    canonical: stableStringify('original'),
    references: [],
  };
}
