import { parseColor, TRANSPARENT } from '../colors.ts';
import { clip, invalidValue, TransformationError } from '../errors.ts';
import {
  type Characteristic,
  type Environment,
  type Expression,
  evaluateExpression,
  type Value,
} from '../expression.ts';
import { PARAMS, type ParamName } from '../params.ts';
import type { Component } from '../syntax.ts';
import type { ColorValue } from '../values.ts';
import type { State } from './context.ts';
import type { Color } from './types.ts';

const num = (v: number | undefined): Value | undefined =>
  v === undefined ? undefined : { k: 'num', v, decimal: false };
const list = (v: readonly string[]): Value => ({ k: 'list', v });

/** Answers of the characteristics, as data. */
const ANSWERS: Record<Characteristic, (state: State) => Value | undefined> = {
  w: ({ current }) => num(current.width),
  h: ({ current }) => num(current.height),
  ar: ({ current }) => num(current.width / current.height),
  iw: ({ around }) => num(around.original.width),
  ih: ({ around }) => num(around.original.height),
  iar: ({ around }) => num(around.original.width / around.original.height),
  ow: ({ around }) => num(around.original.width),
  oh: ({ around }) => num(around.original.height),
  // Inferred: without pixels the trimmed ratio is the ratio now.
  tar: ({ current }) => num(current.width / current.height),
  du: ({ current }) => num(current.duration ?? undefined),
  idu: ({ around }) => num(around.facts.duration),
  idn: ({ around }) => num(around.facts.dpi),
  cp: () => num(1),
  pc: ({ around }) => num(around.facts.pages ?? 1),
  px: () => num(0),
  py: () => num(0),
  pgnames: ({ around }) => list(around.facts.pageNames ?? []),
  fc: ({ around }) => num(around.facts.faces?.length ?? 0),
  rc: ({ around }) => num(Object.keys(around.facts.regions ?? {}).length),
  rn: ({ around }) => list(Object.keys(around.facts.regions ?? {})),
  ccc: ({ around }) => num(around.facts.customCoordinates?.length ?? 0),
  ils: ({ around }) => num(around.facts.illustrationScore ?? 0),
  cpi: ({ around }) => ({ k: 'str', v: around.facts.publicId }),
  tags: ({ around }) => list(around.facts.tags ?? []),
};

export function environment(state: State): Environment {
  return {
    variable: (name) => (Object.hasOwn(state.variables, name) ? state.variables[name] : undefined),
    characteristic: (name) => ANSWERS[name](state),
    context: (key) => own(state.around.facts.context, key),
    metadata: (id) => own(state.around.facts.metadata, id),
  };
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The text of a parameter as it was written, for error messages. */
export function written(component: Component, name: ParamName): string {
  return component.items.findLast((item) => item.name === name)?.raw ?? '';
}

export function invalidParam(component: Component, name: ParamName): TransformationError {
  const spec = PARAMS[name];
  return invalidValue(spec.errorName ?? spec.long, written(component, name));
}

/** Evaluates to a number within the range, or throws the cloud's error for that parameter. */
export function numberOf(
  state: State,
  component: Component,
  name: ParamName,
  expression: Expression,
  min = -1e7,
  max = 1e7,
): { v: number; decimal: boolean } {
  const value = evaluateExpression(expression, environment(state));
  if (value?.k !== 'num' || !(value.v >= min && value.v <= max)) throw invalidParam(component, name);
  return value;
}

export function define(state: State, component: Component): void {
  for (const { name, value } of component.variables) {
    const result = evaluateExpression(value, environment(state));
    if (!result) throw new TransformationError(`Invalid variable in transformation: $${clip(name)}`);
    state.variables[name] = result;
  }
}

/** A variable as text, for layer ids, effect names and text. Null when it is not defined. */
export function variableText(state: State, name: string): string | null {
  const value = Object.hasOwn(state.variables, name) ? state.variables[name] : undefined;
  if (!value) return null;
  if (value.k === 'num') return String(value.v);
  return value.k === 'list' ? value.v.join(',') : value.k === 'ref' ? value.id : value.v;
}

export function colorOf(state: State, component: Component, name: 'co' | 'b' | 'bo', value: ColorValue): Color {
  if (!('variable' in value)) return value;
  const text = variableText(state, value.variable);
  const color = text === null ? null : parseColor(text);
  if (!color) throw invalidParam(component, name);
  return color;
}

export function isTransparent(color: Color): boolean {
  return color.alpha === TRANSPARENT.alpha;
}
