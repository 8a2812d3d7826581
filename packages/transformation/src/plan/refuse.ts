import { TransformationError } from '../errors.ts';
import { FLAGS, type FlagName, type FlagSpec } from '../flags.ts';
import type { ParamName, ParamValues } from '../params.ts';
import type { Component } from '../syntax.ts';
import type { Result, State } from './context.ts';
import { invalidParam } from './environment.ts';

/** A parameter that a result does not have: answered with 400, never left out in silence. */
interface Refusal<K extends ParamName> {
  readonly on: readonly Exclude<Result, 'still'>[];
  readonly reason: string;
  /** Values that are refused; default all. */
  readonly values?: (value: ParamValues[K]) => boolean;
}

type Refusals = { readonly [K in ParamName]?: readonly Refusal<K>[] };

const onSound = (reason = 'is not for a result that is sound only') => ({ on: ['sound'] as const, reason });
const forPictures = { on: ['film', 'manifest', 'sound'], reason: 'is for pictures only' } as const;
const forAnimated = { on: ['film', 'manifest', 'sound'], reason: 'is for animated pictures only' } as const;
const forFilms = { on: ['animated'], reason: 'is not for animated pictures' } as const;

/**
 * Stills are not in here: the SDKs write the parameters of a video into the address of its poster, too.
 */
const REFUSALS: Refusals = {
  a: [onSound()],
  ac: [{ ...forFilms, values: (codec) => codec !== 'none' }],
  af: [forFilms],
  ar: [onSound()],
  b: [onSound()],
  bo: [onSound()],
  br: [forFilms],
  c: [onSound()],
  cs: [{ ...forPictures, values: (space) => space !== 'copy' }],
  dl: [forAnimated],
  dn: [forPictures],
  dr: [onSound(), forFilms],
  fps: [onSound()],
  h: [onSound()],
  ki: [onSound(), forFilms],
  o: [onSound()],
  q: [
    {
      on: ['film', 'manifest', 'animated'],
      reason: 'videos are made as 4:2:0',
      values: ({ chroma }) => chroma === '444',
    },
    { ...onSound('sound has no chroma'), values: ({ chroma }) => chroma !== null },
    { on: ['sound', 'animated'], reason: 'qmax is for videos only', values: ({ qmax }) => qmax !== null },
  ],
  r: [onSound()],
  sp: [{ on: ['film', 'sound', 'animated'], reason: 'is for m3u8 and mpd only' }],
  vc: [
    { ...onSound(), values: ({ name }) => name !== 'none' && name !== 'auto' },
    { ...forFilms, values: ({ name }) => name !== 'auto' },
  ],
  vs: [forAnimated],
  w: [onSound()],
};

/** Of pictures, and with a meaning for those that move too. */
const ANIMATED_FLAGS: ReadonlySet<FlagName> = new Set(['lossy']);
/** Of films, and without a meaning for a picture that moves. */
const FILM_FLAGS: ReadonlySet<FlagName> = new Set(['mono', 'hlsv3', 'keep_dar']);

function refusesFlag(result: Result, name: FlagName): boolean {
  const { media = 'image' }: FlagSpec = FLAGS[name];
  if (result === 'animated') return FILM_FLAGS.has(name) || (media === 'image' && !ANIMATED_FLAGS.has(name));
  return media === 'image';
}

function refuse<K extends ParamName>(component: Component, name: K, result: Result): void {
  const value = component.values[name];
  if (value === undefined) return;
  for (const { on, reason, values } of (REFUSALS[name] ?? []) as readonly Refusal<K>[])
    if ((on as readonly Result[]).includes(result) && (values?.(value) ?? true))
      throw new TransformationError(`${invalidParam(component, name).message}: ${reason}`);
}

/**
 * What the result of a video cannot have.
 *
 * @throws TransformationError naming the parameter
 */
export function refuseUnheard({ around: { result }, frame }: State, component: Component): void {
  if (result === 'still' || frame !== null) return;
  for (const name of Object.keys(REFUSALS) as ParamName[]) refuse(component, name, result);
  for (const { name } of component.values.fl ?? [])
    if (refusesFlag(result, name))
      throw new TransformationError(
        `Invalid flags in transformation: ${name} is not for ${result === 'animated' ? 'pictures made from videos' : 'videos'}`,
      );
}

/** Effects that sound has. */
export const SOUND_EFFECTS: ReadonlySet<string> = new Set([
  'accelerate',
  'boomerang',
  'fade',
  'loop',
  'reverse',
  'volume',
]);
