/** A term as written, without quotes and escapes. */
export interface Value {
  readonly text: string;
  /** Ended with an active `*`: anything may follow. An empty text with a prefix (`"*"`) asks for any value. */
  readonly prefix: boolean;
  /** Began with an active `*`: the text may stand anywhere. */
  readonly anywhere: boolean;
  /** Position of its first character in the expression, from 1; for messages only. */
  readonly at: number;
}

export const OPERATORS = [':', '=', '>=', '<=', '>', '<'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Field {
  readonly name: string;
  /** What follows the first dot: `context.alt` has `alt`. Empty when there is none. */
  readonly path: string;
  readonly at: number;
}

export interface Bound {
  /** `undefined` is open: `[* TO 5]`. */
  readonly value: Value | undefined;
  readonly inclusive: boolean;
}

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Expression[] }
  | { readonly kind: 'not'; readonly item: Expression }
  | { readonly kind: 'match'; readonly field: Field; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'range'; readonly field: Field; readonly from: Bound; readonly to: Bound }
  /** A value without a field: searched in all texts. */
  | { readonly kind: 'term'; readonly value: Value };
