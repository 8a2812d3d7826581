import type { Condition } from './condition.ts';
import type { Expression } from './expression.ts';
import type { ParamValues } from './params.ts';

/** The syntax tree. Plain data: it can be stored, compared and sent to a worker. */
export interface Transformation {
  readonly components: readonly Component[];
}

/** One item as it was written, still percent-encoded. `if`, `if_else`, `if_end`, `$name` and parameters. */
export interface Item {
  /** `w`, `$size`, `if`, `if_else`, `if_end` */
  readonly name: string;
  /** Empty for `if_else` and `if_end`. */
  readonly raw: string;
}

export interface Component {
  readonly items: readonly Item[];
  /** Parsed values; of a repeated parameter the last, flags added up. */
  readonly values: Partial<ParamValues>;
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly condition: Condition | null;
  readonly mark: 'if_else' | 'if_end' | null;
  /** Came out of a named transformation: `f_auto`, `w_auto` and `dpr_auto` have no effect there. */
  readonly named?: true;
}
