import {
  type Environment,
  type Expression,
  evaluateExpression,
  parseTokens,
  VARIABLE,
  type Value,
} from './expression.ts';
import { splitTokens } from './text.ts';

/** `if_…` (documentation: conditional_transformations). AND binds before OR: a list of alternatives, each a list of tests. */
export type Condition = readonly (readonly Test[])[];

export type Test =
  | { readonly k: 'compare'; readonly op: Comparison; readonly l: Expression; readonly r: Expression }
  | { readonly k: 'defined'; readonly name: string; readonly wanted: boolean };

const COMPARISONS = ['eq', 'ne', 'lt', 'gt', 'lte', 'gte', 'in', 'nin'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Parses the text after `if_`; null when it is no condition. */
export function parseCondition(text: string): Condition | null {
  const tokens = splitTokens(text);
  if (tokens.length > 400) return null;
  const position = { at: 0 };
  const alternatives: Test[][] = [[]];
  for (;;) {
    const test = parseTest(tokens, position);
    if (!test) return null;
    alternatives.at(-1)?.push(test);
    if (position.at === tokens.length) return alternatives;
    const joint = tokens[position.at++];
    if (joint === 'or') alternatives.push([]);
    else if (joint !== 'and') return null;
  }
}

function parseTest(tokens: readonly string[], position: { at: number }): Test | null {
  const first = tokens[position.at] ?? '';
  if (first === 'isdef' || first === 'isndef') {
    const name = tokens[position.at + 1] ?? '';
    if (!VARIABLE.test(name)) return null;
    position.at += 2;
    return { k: 'defined', name: name.slice(1), wanted: first === 'isdef' };
  }
  const l = parseTokens(tokens, position);
  const op = tokens[position.at] as Comparison;
  if (!l || !COMPARISONS.includes(op)) return null;
  position.at++;
  const r = parseTokens(tokens, position);
  return r && { k: 'compare', op, l, r };
}

/** Null when a test cannot be decided (an undefined variable, an order between texts). */
export function evaluateCondition(condition: Condition, env: Environment): boolean | null {
  let any = false;
  for (const tests of condition) {
    let all = true;
    for (const test of tests) {
      const holds = evaluateTest(test, env);
      if (holds === null) return null;
      all &&= holds;
    }
    any ||= all;
  }
  return any;
}

function evaluateTest(test: Test, env: Environment): boolean | null {
  if (test.k === 'defined') return (env.variable(test.name) !== undefined) === test.wanted;
  const left = evaluateExpression(test.l, env);
  const right = evaluateExpression(test.r, env);
  if (!left || !right) return null;
  if (test.op === 'in' || test.op === 'nin') return contains(left, right) === (test.op === 'in');
  if (test.op === 'eq' || test.op === 'ne') return equal(left, right) === (test.op === 'eq');
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a === null || b === null) return null;
  switch (test.op) {
    case 'lt':
      return a < b;
    case 'gt':
      return a > b;
    case 'lte':
      return a <= b;
    case 'gte':
      return a >= b;
  }
}

function asNumber(value: Value): number | null {
  return value.k === 'num' ? value.v : null;
}

function asSet(value: Value): readonly string[] {
  if (value.k === 'list') return value.v;
  if (value.k === 'num') return [String(value.v)];
  const text = value.k === 'ref' ? value.id : value.v;
  return text === '' ? [] : text.split(':');
}

/** Ratios such as `16:9` are rarely met to the last digit by whole pixels. */
const RATIO_TOLERANCE = 1e-9;

function equal(left: Value, right: Value): boolean {
  if (left.k === 'num' && right.k === 'num') return Math.abs(left.v - right.v) <= RATIO_TOLERANCE;
  const [a, b] = [asSet(left), asSet(right)];
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** Both orders are documented (`!a:b!_in_tags`, `tags_in_!a:b!`): the written text must be wholly in the collection. */
function contains(left: Value, right: Value): boolean {
  const [wanted, collection] = left.k === 'list' && right.k !== 'list' ? [right, left] : [left, right];
  const there = new Set(asSet(collection));
  return asSet(wanted).every((item) => there.has(item));
}
