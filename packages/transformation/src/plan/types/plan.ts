import type { Decode } from './decode.ts';
import type { AssetRef } from './layers.ts';
import type { Delivery, Output } from './output.ts';
import type { Size } from './shapes.ts';
import type { Step } from './step.ts';

/**
 * What is still to be planned, as plain data. Opaque to renderers: hand it to `continuePlan(rest, actual)` with the size the
 * picture really has.
 */
export interface Rest {
  readonly state: unknown;
}

/** Steps that can be run now, and what comes after them. */
export interface PlanPart {
  readonly steps: readonly Step[];
  /** Size after `steps`; null when only the renderer can know. */
  readonly out: Size | null;
  readonly rest: Rest | null;
}

/** What comes back from `continuePlan`: more steps; `output` is set with the last part of a main plan. */
export interface ContinuedPlan extends PlanPart {
  readonly output: Output | null;
}

export interface Plan extends PlanPart {
  /** True: nothing is asked, deliver the stored bytes as they are. */
  readonly original: boolean;
  readonly decode: Decode;
  /**
   * With `rest`, what is known so far: the last `ContinuedPlan` has the final one.
   */
  readonly output: Output;
  readonly delivery: Delivery;
  /**
   * Stable key of everything that changes a byte of the result: two URLs with equal keys give equal bytes for the same
   * original. `w_432` and `c_scale,w_0.5` of an 864 px picture are equal. Add the original's hash and the engine's version.
   */
  readonly canonical: string;
  /** Assets used as layers, fonts, profiles, tables: the caller checks access to them. */
  readonly references: readonly AssetRef[];
}
