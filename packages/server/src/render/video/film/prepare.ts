import {
  type Background,
  type EffectStep,
  effectIsColorOnly,
  type Focus,
  type Gravity,
  type LayerPlan,
  type LayerStep,
  type LutStep,
  type Plan,
  resolveCover,
  resolveCrop,
  resolveSmartPad,
  type Size,
  type Step,
  type Timing,
} from '@signet/transformation';
import { ERRORS } from '../../../errors.ts';
import type { Part } from '../operations/highlights.ts';
import type { Drawings } from './draw.ts';
import { FILM_EFFECTS } from './effects.ts';
import type { Clip, FilmInput, FilmJob, FilmStep, Paint, Shown } from './job.ts';

export interface PrepareOptions {
  readonly drawings: Drawings;
  /** Boxes around what a gravity looks for, in a picture of the film; sizes are those of `base`. */
  readonly look: (input: FilmInput, gravity: Gravity, base: Size) => Promise<readonly Focus[]>;
  /** The liveliest parts of a film. */
  readonly highlights: (input: FilmInput, wish: { duration: number; parts: number }) => Promise<readonly Part[]>;
  /** Opens the file of a layer. */
  readonly open: (layer: LayerPlan) => Promise<FilmInput>;
}

const refuse = (message: string) => ERRORS.BadRequest(message);

const BLACK: Paint = { r: 0, g: 0, b: 0, alpha: 1 };
const CLEAR: Paint = { r: 0, g: 0, b: 0, alpha: 0 };

const shownOf = (timing: Timing | null): Shown | null => {
  if (timing === null) return null;
  const start = timing.start ?? 0;
  return { start, end: timing.duration === null ? null : start + timing.duration };
};

/** Grounds on which a blend mode changes nothing: what is transparent in the layer must not touch the film. */
const NEUTRAL: Readonly<Record<string, Paint>> = {
  multiply: { r: 255, g: 255, b: 255, alpha: 1 },
  screen: BLACK,
  overlay: { r: 128, g: 128, b: 128, alpha: 1 },
};

const isMoving = ({ source }: LayerPlan): boolean => source.kind === 'asset' && source.ref.resourceType === 'video';

/** Steps after which every part of the picture still is where it was, but for its scale. */
const KEEPS_WHOLE: ReadonlySet<Step['op']> = new Set([
  'resize',
  'effect',
  'lut',
  'trim',
  'mix-audio',
  'opacity',
  'layer',
]);

interface Before {
  readonly input: FilmInput;
  readonly whole: boolean;
  /** Seconds are not those of the file any more. */
  readonly timed: boolean;
}

/** Steps and effects after which a moment is at another time. */
const CHANGES_TIME: ReadonlySet<string> = new Set([
  ...['trim', 'splice'],
  ...['accelerate', 'boomerang', 'loop', 'preview', 'reverse', 'zoompan'],
]);

/** Documented defaults of `e_preview`: up to so many seconds, parts at most and the seconds of each at least. */
const PREVIEWS: readonly (readonly [upTo: number, parts: number, least: number])[] = [
  [5, 1, 0],
  [10, 3, 3],
  [15, 4, 3],
  [20, 5, 4],
  [Number.POSITIVE_INFINITY, 6, 5],
];

function previewOf({ duration, max_seg, min_seg_dur }: EffectStep['args']): { duration: number; parts: number } {
  const seconds = Number(duration ?? 5);
  const [, parts, least] = PREVIEWS.find(([upTo]) => seconds <= upTo)!;
  const most = typeof max_seg === 'number' ? max_seg : parts;
  const shortest = typeof min_seg_dur === 'number' ? min_seg_dur : least;
  const fit = shortest > 0 ? Math.floor(seconds / shortest) : most;
  return { duration: seconds, parts: Math.max(1, Math.min(most, fit)) };
}

/**
 * A plan for a film → a job for a worker: everything that stands still is drawn, every file is opened, and what films
 * cannot have is refused before any work.
 *
 * @param source the file that the first step works on
 * @throws 400 naming the parameter
 */
export async function prepareFilm(
  plan: Plan,
  source: FilmInput,
  file: string,
  { drawings, open, look, highlights }: PrepareOptions,
): Promise<FilmJob> {
  const { output } = plan;
  if (plan.rest) throw refuse('The size of this transformation depends on pixels, which videos do not support');
  const inputs: FilmInput[] = [source];
  const add = (input: FilmInput): number => inputs.push(input) - 1;
  const still = (path: string): number => add({ path, demuxer: 'png_pipe', still: true });
  const hasAlpha = output.kind === 'image' || output.format === 'webm' || output.format === 'mov';
  const behindPads: Paint = hasAlpha && output.kind === 'image' ? CLEAR : BLACK;

  const paintOf = (background: Background): Paint => {
    if (background.kind === 'color') return background.color;
    if (background.kind === 'default') return behindPads;
    throw refuse(`Background ${background.kind} is not supported here for videos`);
  };

  async function layer(step: LayerStep, base: Size): Promise<FilmStep[]> {
    const shown = shownOf(step.timing);
    const { blend, layer: body } = step;
    if (isMoving(body)) {
      if (blend !== 'over' || step.cutter || step.tiled)
        throw refuse('A video layer can only be laid over or under a video');
      const { placed } = step;
      if (placed === null) throw refuse('This gravity cannot place a video layer');
      const clip = await clipOf(body);
      return placed.layers.map(({ x, y }) => ({ op: 'clip', clip, x, y, under: step.under, shown }));
    }
    if (body.source.kind === 'subtitles')
      return [{ op: 'subtitles', ...(await drawings.subtitles(step, body.source, base)) }];
    if (step.cutter || blend === 'mask') return [{ op: 'mask', input: still(await drawings.shape(step, base)) }];
    if (blend === 'multiply' || blend === 'screen' || blend === 'overlay')
      return [{ op: 'blend', input: still(await drawings.opaque(step, base, NEUTRAL[blend]!)), mode: blend, shown }];
    if (blend !== 'over') throw refuse(`Effect ${blend} is not supported for layers of videos`);
    const { path, x, y } = await drawings.layer(step, base);
    return [{ op: 'picture', input: still(path), x, y, under: step.under, shown }];
  }

  async function clipOf(body: LayerPlan): Promise<Clip> {
    if (body.rest) throw refuse('The size of a video layer cannot depend on its pixels');
    const input = add(await open(body));
    return { input, steps: await stepsOf(inputs[input]!, body.steps, body.decode?.out ?? { width: 0, height: 0 }) };
  }

  async function effect(step: EffectStep, { input, timed }: Before): Promise<FilmStep> {
    if (step.name === 'preview') {
      if (timed) throw refuse('Effect preview has to stand before what changes the time of a video');
      return { op: 'parts', parts: await highlights(input, previewOf(step.args)) };
    }
    if (!Object.hasOwn(FILM_EFFECTS, step.name)) throw refuse(`Effect ${step.name} is not supported for videos`);
    return { op: 'effect', name: step.name, args: step.args };
  }

  /** The subject is looked for in the film as it came: after anything but a change of size it would be elsewhere. */
  async function focusOf(step: { readonly gravity: Gravity }, base: Size, before: Before): Promise<readonly Focus[]> {
    if (step.gravity.kind === 'compass' || step.gravity.kind === 'point') return [];
    if (!before.whole) throw refuse('A gravity that looks for a subject has to stand before other crops of a video');
    return look(before.input, step.gravity, base);
  }

  async function one(step: Exclude<Step, EffectStep | LutStep>, base: Size, before: Before): Promise<FilmStep[]> {
    switch (step.op) {
      case 'resize':
        if (step.method === 'liquid') throw refuse('Gravity liquid is not supported for videos');
        return [{ op: 'resize', out: step.out }];
      case 'crop': {
        const { region } = step.placed ?? resolveCrop(step, await focusOf(step, base, before));
        const { x, y, width, height } = region;
        return [{ op: 'window', resized: base, x, y, out: { width, height } }];
      }
      case 'cover': {
        const { resized, offset } = step.placed ?? resolveCover(step, await focusOf(step, base, before));
        return [{ op: 'window', resized, ...offset, out: step.out }];
      }
      case 'pad': {
        const { out, x, y, background } = step;
        if (background.kind === 'blurred')
          return [{ op: 'blurred-pad', out, x, y, intensity: background.intensity, brightness: background.brightness }];
        return [{ op: 'pad', out, x, y, behind: paintOf(background) }];
      }
      case 'smart-pad': {
        const { resized, x, y } = resolveSmartPad(step, await focusOf(step, base, before));
        return [
          { op: 'resize', out: resized },
          { op: 'pad', out: step.out, x, y, behind: paintOf(step.background) },
        ];
      }
      case 'turn':
        return [{ op: 'turn', angle: step.angle }];
      case 'flip':
        return [{ op: 'flip', axis: step.axis }];
      case 'rotate':
        return [
          {
            op: 'rotate',
            angle: step.angle,
            behind: step.background.kind === 'default' ? CLEAR : paintOf(step.background),
            out: step.out,
          },
        ];
      case 'opacity':
        return [{ op: 'opacity', level: step.level }];
      case 'flatten':
        return [{ op: 'flatten', behind: paintOf(step.background) }];
      case 'round':
        return [{ op: 'mask', input: still(await drawings.shape(step, base)) }];
      case 'border': {
        if (step.corners !== null) throw refuse('Border bo_ around rounded corners is not supported for videos');
        return [{ op: 'pad', out: step.out, x: step.width, y: step.width, behind: step.color }];
      }
      case 'layer':
        return layer(step, base);
      case 'trim':
        if (step.start === 'auto') throw refuse('Invalid start_offset in transformation: auto is for pictures only');
        return [{ op: 'trim', start: step.start, end: step.end }];
      case 'splice': {
        if (!isMoving(step.layer)) throw refuse('Flag splice joins videos only');
        const { transition } = step;
        if (transition !== null && 'layer' in transition)
          throw refuse('Effect transition is not supported: use fl_splice:transition');
        return [{ op: 'splice', clip: await clipOf(step.layer), at: step.at, transition }];
      }
      case 'mix-audio':
        if (step.alternate) throw refuse('Flag alternate is not supported by this server');
        return [{ op: 'mix', clip: await clipOf(step.layer), shown: shownOf(step.timing) }];
      case 'waveform':
        throw refuse('Flag waveform makes a picture: ask for a picture format');
    }
  }

  /** Effects on colours that follow each other are one table. */
  async function stepsOf(input: FilmInput, steps: readonly Step[], start: Size): Promise<FilmStep[]> {
    let whole = true;
    let timed = false;
    const made: FilmStep[] = [];
    let base = start;
    let colors: (EffectStep | LutStep)[] = [];
    const flush = async (): Promise<void> => {
      if (colors.length > 0) made.push({ op: 'colors', table: still(await drawings.colors(colors)) });
      colors = [];
    };
    for (const step of steps) {
      if (step.op === 'lut' || (step.op === 'effect' && effectIsColorOnly(step.name, step.args))) colors.push(step);
      else {
        await flush();
        const before = { input, whole, timed };
        made.push(...(step.op === 'effect' ? [await effect(step, before)] : await one(step, base, before)));
        whole &&= KEEPS_WHOLE.has(step.op);
        timed ||= CHANGES_TIME.has(step.op === 'effect' ? step.name : step.op);
      }
      base = step.out ?? base;
    }
    await flush();
    return made;
  }

  const steps = await stepsOf(source, plan.steps, plan.decode.out);
  return { inputs, main: { input: 0, steps }, output, file };
}
