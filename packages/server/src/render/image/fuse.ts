import type { CoverStep, CropStep, ImageOutput, PadStep, Placed, Step } from '@signet/transformation';
import type { Sharp } from 'sharp';
import { holdsAlpha } from './encode.ts';
import { TRANSPARENT } from './raster.ts';

/**
 * The beginning of a plan as one libvips pipeline, so that decoding, shrink-on-load, resizing, cutting, padding and encoding
 * run in a single streaming pass. sharp fixes the order inside a pipeline (extract → resize → extract → extend), hence the
 * stages: a step is taken over only when it fits after what is already there.
 */
const STAGE = { start: 0, cut: 1, resized: 2, window: 3, padded: 4 } as const;

type Stage = (typeof STAGE)[keyof typeof STAGE];

export interface Fused {
  pipeline: Sharp;
  /** Steps of the plan that the pipeline already does. */
  used: number;
}

interface State {
  pipeline: Sharp;
  stage: Stage;
}

const area = ({ region }: Placed) => ({ left: region.x, top: region.y, width: region.width, height: region.height });

const cropStep = (step: CropStep, { pipeline, stage }: State): State | undefined => {
  if (!step.placed) return undefined;
  if (stage === STAGE.start) return { pipeline: pipeline.extract(area(step.placed)), stage: STAGE.cut };
  return stage === STAGE.resized ? { pipeline: pipeline.extract(area(step.placed)), stage: STAGE.window } : undefined;
};

const coverStep = (step: CoverStep, { pipeline, stage }: State): State | undefined => {
  const { placed, out } = step;
  if (!placed || stage > STAGE.cut) return undefined;
  const whole = placed.region.width === step.in.width && placed.region.height === step.in.height;
  const resize = (width: number, height: number) => pipeline.resize(width, height, { fit: 'fill' });
  if (whole) return { pipeline: resize(out.width, out.height), stage: STAGE.resized };
  if (placed.scale <= 1) {
    const { resized, offset } = placed;
    const window = { left: offset.x, top: offset.y, width: out.width, height: out.height };
    return { pipeline: resize(resized.width, resized.height).extract(window), stage: STAGE.window };
  }
  if (stage !== STAGE.start) return undefined;
  return {
    pipeline: pipeline.extract(area(placed)).resize(out.width, out.height, { fit: 'fill' }),
    stage: STAGE.resized,
  };
};

function padStep(
  step: PadStep,
  size: { width: number; height: number },
  state: State,
  last: boolean,
  output: ImageOutput,
): State | undefined {
  const { out, x, y, background } = step;
  const right = out.width - size.width - x;
  const bottom = out.height - size.height - y;
  if (state.stage === STAGE.padded || x < 0 || y < 0 || right < 0 || bottom < 0) return undefined;
  if (background.kind !== 'color' && background.kind !== 'default') return undefined;
  const flat = !holdsAlpha(output.format);
  // A transparent pad that a later step may paint over has to stay transparent until then.
  if (background.kind === 'default' && flat && !last) return undefined;
  const color = background.kind === 'color' ? background.color : flat ? output.background : TRANSPARENT;
  if (color.alpha < 1 && flat) return undefined;
  return {
    pipeline: state.pipeline.extend({ left: x, top: y, right, bottom, background: { ...color } }),
    stage: STAGE.padded,
  };
}

/**
 * Takes as many leading steps into the pipeline as fit. `decoded` is the upright size of what it reads; `straight` says that
 * an encoder may follow directly.
 */
export function fuse(
  start: Sharp,
  steps: readonly Step[],
  decoded: { width: number; height: number },
  output: ImageOutput,
  straight: boolean,
): Fused {
  let state: State = { pipeline: start, stage: STAGE.start };
  let size = decoded;
  let used = 0;
  for (const step of steps) {
    const last = used === steps.length - 1;
    const next = take(step, size, state, last, output, straight);
    if (!next) break;
    state = next;
    if (step.out) size = step.out;
    used++;
  }
  return { pipeline: state.pipeline, used };
}

function take(
  step: Step,
  size: { width: number; height: number },
  state: State,
  last: boolean,
  output: ImageOutput,
  straight: boolean,
): State | undefined {
  if (!step.out) return undefined;
  switch (step.op) {
    case 'resize':
      if (step.method !== 'resample' || state.stage > STAGE.cut) return undefined;
      return {
        pipeline: state.pipeline.resize(step.out.width, step.out.height, { fit: 'fill' }),
        stage: STAGE.resized,
      };
    case 'crop':
      return cropStep(step, state);
    case 'cover':
      return coverStep(step, state);
    case 'pad':
      return padStep(step, size, state, last, output);
    case 'effect':
      // A gray pipeline gives one channel, so only an encoder may come next.
      return step.name === 'grayscale' && last && straight && state.stage < STAGE.padded
        ? { ...state, pipeline: state.pipeline.grayscale() }
        : undefined;
    default:
      return undefined;
  }
}
