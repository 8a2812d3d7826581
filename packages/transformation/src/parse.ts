import { parseCondition } from './condition.ts';
import { clip, invalidComponent, invalidValue, TransformationError } from './errors.ts';
import { type Expression, parseExpression } from './expression.ts';
import { isParamName, PARAMS, type ParamName, type ParamSpec, type ParamValues } from './params.ts';
import type { Component, Item, Transformation } from './syntax.ts';
import { percentDecode } from './text.ts';

/** More than any honest URL holds; the work of everything behind the parser is bounded by them. */
export const LIMITS = { length: 16_384, components: 250, items: 64 } as const;

const EMPTY: Transformation = { components: [] };

/**
 * Parses a transformation as it stands in a URL or in `eager` (`c_fill,w_100/e_sepia`), in one pass over the text.
 * Empty segments and items are skipped, as the SDKs produce them.
 *
 * @throws TransformationError with the cloud's text, and nothing else, whatever the text is.
 */
export function parse(text: string): Transformation {
  if (text === '') return EMPTY;
  if (text.length > LIMITS.length) {
    throw new TransformationError(`Transformation is too long: ${text.length} characters, at most ${LIMITS.length}`);
  }
  const components: Component[] = [];
  for (const segment of text.split('/')) {
    if (segment === '') continue;
    if (components.length === LIMITS.components) {
      throw new TransformationError(`Too many transformation components, at most ${LIMITS.components}`);
    }
    const component = parseComponent(segment);
    if (component.items.length > 0) components.push(component);
  }
  return { components };
}

/** A component while it is read. */
interface Draft {
  readonly items: Item[];
  readonly values: { [K in ParamName]?: ParamValues[ParamName] };
  readonly variables: { name: string; value: Expression }[];
  condition: Component['condition'];
  mark: Component['mark'];
}

/** Parses one component, without slashes. */
function parseComponent(segment: string): Component {
  const draft: Draft = { items: [], values: {}, variables: [], condition: null, mark: null };
  for (const part of segment.split(',')) {
    if (part === '') continue;
    const item = draft.items.length < LIMITS.items ? readItem(part) : null;
    if (!item) throw invalidComponent(segment);
    draft.items.push(item);
    addItem(draft, item, segment);
  }
  const { items, values, variables, condition, mark } = draft;
  if (mark === 'if_end' && items.length > 1) throw invalidComponent(segment);
  return { items, values: values as Partial<ParamValues>, variables, condition, mark };
}

function addItem(draft: Draft, item: Item, segment: string): void {
  const { name, raw } = item;
  if (name === 'if_else' || name === 'if_end') {
    if (draft.items.length > 1) throw invalidComponent(segment);
    draft.mark = name;
  } else if (name === 'if') {
    if (draft.items.length > 1) throw invalidComponent(segment);
    draft.condition = parseCondition(percentDecode(raw));
    if (!draft.condition) throw new TransformationError(`Invalid condition in transformation: ${clip(raw)}`);
  } else if (name.startsWith('$')) {
    draft.variables.push({ name: name.slice(1), value: parseVariable(item) });
  } else addValue(draft.values, name as ParamName, raw);
}

/** Flags add up; of any other parameter the last one counts. */
function addValue(values: Draft['values'], name: ParamName, raw: string): void {
  const value = parseValue(name, raw);
  const before = name === 'fl' ? (values.fl as ParamValues['fl'] | undefined) : undefined;
  values[name] = before ? [...before, ...(value as ParamValues['fl'])] : value;
}

function readItem(part: string): Item | null {
  if (part === 'if_else' || part === 'if_end') return { name: part, raw: '' };
  const underscore = part.indexOf('_');
  if (underscore < 1) return null;
  const name = part.slice(0, underscore);
  const raw = part.slice(underscore + 1);
  const known = name === 'if' || isParamName(name) || /^(?:\$|%24)[A-Za-z][A-Za-z0-9]*$/.test(name);
  return known ? { name: name.startsWith('%24') ? `$${name.slice(3)}` : name, raw } : null;
}

function parseValue(name: ParamName, raw: string): ParamValues[ParamName] {
  const spec = PARAMS[name] as ParamSpec<ParamValues[ParamName]>;
  const text = percentDecode(raw);
  const value = text === '' ? null : spec.parse(text);
  if (value === null) throw invalidValue(spec.errorName ?? spec.long, raw);
  return value;
}

/** Variables also hold words without quotes: effect names, public IDs, colours. */
function parseVariable(item: Item): Expression {
  const text = percentDecode(item.raw);
  if (text === '') throw new TransformationError(`Invalid variable in transformation: ${clip(item.name)}`);
  return parseExpression(text) ?? { k: 'str', v: text };
}
