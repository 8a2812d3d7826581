import { splitTokens } from './text.ts';

/** Arithmetic and text expressions of parameter values and variables (documentation: user_defined_variables). Plain data. */
export type Expression =
  /** `decimal`: written with a point, which makes a size a fraction. */
  | { readonly k: 'num'; readonly v: number; readonly decimal: boolean }
  | { readonly k: 'str'; readonly v: string }
  /** `$name` */
  | { readonly k: 'var'; readonly name: string }
  /** A characteristic: `w`, `iw`, `fc` … */
  | { readonly k: 'id'; readonly name: Characteristic }
  | { readonly k: 'ctx' | 'md'; readonly key: string }
  /** `ref:!public id!` */
  | { readonly k: 'ref'; readonly id: string }
  | { readonly k: 'cast'; readonly to: 'i' | 'f'; readonly of: Expression }
  | { readonly k: 'bin'; readonly op: Operator; readonly l: Expression; readonly r: Expression };

export const OPERATORS = { add: 1, sub: 1, mul: 2, div: 2, mod: 2, pow: 3 } as const;
export type Operator = keyof typeof OPERATORS;

/** What an expression or a condition may ask about the picture. `current` follows the chain, the others never change. */
export const CHARACTERISTICS = {
  w: { long: 'width', doc: 'Width of the picture so far.' },
  h: { long: 'height', doc: 'Height of the picture so far.' },
  ar: { long: 'aspect_ratio', doc: 'Width / height of the picture so far.' },
  iw: { long: 'initial_width', doc: 'Width of the original.' },
  ih: { long: 'initial_height', doc: 'Height of the original.' },
  iar: { long: 'initial_aspect_ratio', doc: 'Aspect ratio of the original.' },
  ow: { long: 'original_width', doc: 'Same as iw (not in the public reference).' },
  oh: { long: 'original_height', doc: 'Same as ih (not in the public reference).' },
  tar: { long: 'trimmed_aspect_ratio', doc: 'Aspect ratio after trimming.' },
  du: { long: 'duration', doc: 'Seconds of the video so far.' },
  idu: { long: 'initial_duration', doc: 'Seconds of the original.' },
  idn: { long: 'initial_density', doc: 'DPI of the original.' },
  cp: { long: 'current_page', doc: 'Page being delivered.' },
  pc: { long: 'page_count', doc: 'Pages of the original.' },
  px: { long: 'page_x', doc: 'X position of the layer of a PSD.' },
  py: { long: 'page_y', doc: 'Y position of the layer of a PSD.' },
  pgnames: { long: 'page_names', doc: 'Names of the layers of a PSD.' },
  fc: { long: 'face_count', doc: 'Number of faces.' },
  rc: { long: 'region_count', doc: 'Number of named regions.' },
  rn: { long: 'region_names', doc: 'Names of the regions.' },
  ccc: { long: 'custom_coordinates_count', doc: 'Number of custom coordinates (meaning inferred).' },
  ils: { long: 'illustration_score', doc: '0 (photograph) to 1 (drawing).' },
  cpi: { long: 'current_public_id', doc: 'Public ID.' },
  tags: { long: 'tags', doc: 'Tags of the asset.' },
} as const satisfies Record<string, { long: string; doc: string }>;
export type Characteristic = keyof typeof CHARACTERISTICS;

function isCharacteristic(name: string): name is Characteristic {
  return Object.hasOwn(CHARACTERISTICS, name);
}

/** More tokens than this in one expression is no honest URL. */
const MAX_TOKENS = 200;

const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)$/;
const RATIO = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/;
export const VARIABLE = /^\$[A-Za-z][A-Za-z0-9]*$/;

/** `16:9` or a decimal. Null when it is neither or not positive. */
export function parseRatio(text: string): number | null {
  const ratio = RATIO.exec(text);
  const value = ratio ? Number(ratio[1]) / Number(ratio[2]) : NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value : null;
}

/**
 * Parses a whole expression; null when it is none. `implied` is the left operand of an expression that begins with an
 * operator (`w_mul_2`).
 */
export function parseExpression(text: string, implied?: Characteristic): Expression | null {
  const simple = text.length <= 20 && NUMBER.test(text);
  if (simple) return number(text);
  const tokens = splitTokens(text);
  if (tokens.length > MAX_TOKENS) return null;
  if (implied && isOperator(tokens[0] ?? '')) tokens.unshift(implied);
  const end = { at: 0 };
  const expression = parseTokens(tokens, end);
  return expression && end.at === tokens.length ? expression : null;
}

/** Parses as much as is an expression, from `position.at` on, which is moved. For conditions, which stop at a comparison. */
export function parseTokens(tokens: readonly string[], position: { at: number }, floor = 1): Expression | null {
  let left = parseOperand(tokens, position);
  if (!left) return null;
  for (;;) {
    const op = tokens[position.at] ?? '';
    if (!isOperator(op) || OPERATORS[op] < floor) return left;
    position.at++;
    const right = parseTokens(tokens, position, OPERATORS[op] + 1);
    if (!right) return null;
    left = { k: 'bin', op, l: left, r: right };
  }
}

function isOperator(token: string): token is Operator {
  return Object.hasOwn(OPERATORS, token);
}

function number(token: string): Expression {
  return { k: 'num', v: Number(token), decimal: token.includes('.') };
}

function parseOperand(tokens: readonly string[], position: { at: number }): Expression | null {
  const token = tokens[position.at];
  if (token === undefined || token === '') return null;
  const operand = parseAtom(token);
  if (!operand) return null;
  position.at++;
  const cast = tokens[position.at + 1];
  if (tokens[position.at] === 'to' && (cast === 'i' || cast === 'f')) {
    position.at += 2;
    return { k: 'cast', to: cast, of: operand };
  }
  return operand;
}

function parseAtom(token: string): Expression | null {
  if (NUMBER.test(token)) return number(token);
  if (VARIABLE.test(token)) return { k: 'var', name: token.slice(1) };
  if (isCharacteristic(token)) return { k: 'id', name: token };
  const prefixed = /^(?:(ctx|md|ref):)?!([^!]*)!$/.exec(token);
  if (prefixed) {
    const [, prefix, text = ''] = prefixed;
    if (prefix === 'ctx' || prefix === 'md') return { k: prefix, key: text };
    return prefix === 'ref' ? { k: 'ref', id: text } : { k: 'str', v: text };
  }
  const ratio = parseRatio(token);
  return ratio === null ? null : { k: 'num', v: ratio, decimal: true };
}

// -------------------------------------------------------------------------------------------------------------- evaluation

/** `decimal` survives from a literal through variables, but not through arithmetic: a computed size is always pixels. */
export type Value =
  | { readonly k: 'num'; readonly v: number; readonly decimal: boolean }
  | { readonly k: 'str'; readonly v: string }
  | { readonly k: 'list'; readonly v: readonly string[] }
  | { readonly k: 'ref'; readonly id: string };

export interface Environment {
  /** Undefined: not defined. */
  variable(name: string): Value | undefined;
  /** Undefined: not known for this asset. */
  characteristic(name: Characteristic): Value | undefined;
  context(key: string): string | undefined;
  metadata(id: string): string | number | readonly string[] | undefined;
}

/** Null when a part is undefined, not a number where one is needed, or the result is not finite. */
export function evaluateExpression(expression: Expression, env: Environment): Value | null {
  switch (expression.k) {
    case 'num':
    case 'str':
    case 'ref':
      return expression;
    case 'var':
      return env.variable(expression.name) ?? null;
    case 'id':
      return env.characteristic(expression.name) ?? null;
    case 'ctx':
      return { k: 'str', v: env.context(expression.key) ?? '' };
    case 'md': {
      const value = env.metadata(expression.key);
      if (typeof value === 'number') return { k: 'num', v: value, decimal: false };
      if (typeof value === 'string' || value === undefined) return { k: 'str', v: value ?? '' };
      return { k: 'list', v: value };
    }
    case 'cast': {
      const value = evaluateExpression(expression.of, env);
      if (!value || value.k === 'list' || value.k === 'ref') return null;
      const parsed = value.k === 'num' ? value.v : Number(value.v.trim() || Number.NaN);
      if (!Number.isFinite(parsed)) return null;
      return { k: 'num', v: expression.to === 'i' ? Math.trunc(parsed) : parsed, decimal: false };
    }
    case 'bin': {
      const left = evaluateExpression(expression.l, env);
      const right = evaluateExpression(expression.r, env);
      if (expression.op === 'add' && left?.k === 'str' && right?.k === 'str') return { k: 'str', v: left.v + right.v };
      if (left?.k !== 'num' || right?.k !== 'num') return null;
      const result = ARITHMETIC[expression.op](left.v, right.v);
      return Number.isFinite(result) ? { k: 'num', v: result, decimal: false } : null;
    }
  }
}

const ARITHMETIC: Record<Operator, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
  pow: (a, b) => a ** b,
};
