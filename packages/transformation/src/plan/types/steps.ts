import type { Background } from './background.ts';
import type { Gravity } from './gravity.ts';
import type { Color, Rect, Size } from './shapes.ts';

/** Fields every step has. `out: null`: only the renderer can know; see `../types.ts`. */
export interface Sized {
  readonly out: Size | null;
}

/** A rectangle chosen in the picture before the step, and where it ends up. All whole pixels. */
export interface Placed {
  /** In pixels of the picture before the step. It is inside the picture. */
  readonly region: Rect;
  /** Output pixels per input pixel. 1 for a crop. */
  readonly scale: number;
  /** Size of the *whole* input when scaled by `scale`; `offset` is where `out` begins in it. Two equal ways to render:
   * `extract(region)` then resize to `out`, or resize to `resized` then extract `out` at `offset` (faster when scale < 1). */
  readonly resized: Size;
  readonly offset: { readonly x: number; readonly y: number };
}

/** Resize to exactly `out`, distorting if it must. */
export interface ResizeStep extends Sized {
  readonly op: 'resize';
  readonly out: Size;
  /** `liquid`: seam carving (`g_liquid`). */
  readonly method: 'resample' | 'liquid';
}

/** Cut a rectangle, no scaling. `placed` null: call `resolveCrop`. */
export interface CropStep extends Sized {
  readonly op: 'crop';
  readonly in: Size;
  readonly gravity: Gravity;
  /** Offset of the window from the gravity point, px, signs already turned to right/down. */
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  /** Wanted size; null: the detected region itself (scaled by zoom) becomes the result. */
  readonly want: Size | null;
  readonly placed: Placed | null;
}

/** Scale and cut so that `out` is filled. `placed` null: call `resolveCover`. */
export interface CoverStep extends Sized {
  readonly op: 'cover';
  readonly in: Size;
  readonly out: Size;
  /**
   * `fill`: smallest scale that covers, the gravity moves the window. `thumb`: close in on the focus (by zoom).
   * `auto`: whichever of the two shows the subject best.
   */
  readonly mode: 'fill' | 'thumb' | 'auto';
  readonly gravity: Gravity;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly placed: Placed | null;
}

/** Put the picture on a larger (or smaller) box. */
export interface PadStep extends Sized {
  readonly op: 'pad';
  readonly out: Size;
  /** Top-left corner of the picture inside the box, px; may be negative or outside, what is outside is cut. */
  readonly x: number;
  readonly y: number;
  readonly background: Background;
}

/** `c_fill_pad`, `c_auto_pad`: crop to the subject as far as nothing important is lost, pad the rest. Saliency decides. */
export interface SmartPadStep extends Sized {
  readonly op: 'smart-pad';
  readonly in: Size;
  readonly out: Size;
  readonly mode: 'fill_pad' | 'auto_pad';
  readonly gravity: Gravity;
  readonly background: Background;
}

/** Rotation by a multiple of 90°, clockwise. */
export interface TurnStep extends Sized {
  readonly op: 'turn';
  readonly angle: 90 | 180 | 270;
  readonly out: Size;
}

/** Rotation by any other angle, clockwise degrees in (0, 360); the canvas grows to the bounding box. */
export interface RotateStep extends Sized {
  readonly op: 'rotate';
  readonly angle: number;
  readonly background: Background;
  readonly out: Size;
}

/** `horizontal` mirrors left-right, `vertical` top-bottom. */
export interface FlipStep extends Sized {
  readonly op: 'flip';
  readonly axis: 'horizontal' | 'vertical';
  readonly out: Size;
}

/** A value of an effect after parsing: a number in the documented range, a word, a colour, a list of numbers. */
export type EffectValue = number | string | boolean | Color | Rect | readonly number[] | readonly ColorStop[] | null;

export interface ColorStop {
  readonly color: Color;
  /** 0–100 (per cent). */
  readonly position: number | null;
}

/**
 * One effect. `args` has every option of the table in `effects.ts` by name, with defaults filled in; `color` is `co_`
 * when the effect takes one; `x`, `y` in pixels when it takes offsets; `region` in pixels for the `*_region` effects.
 */
export interface EffectStep extends Sized {
  readonly op: 'effect';
  readonly name: string;
  readonly args: Readonly<Record<string, EffectValue>>;
}

/** `o_`: alpha times level / 100. */
export interface OpacityStep extends Sized {
  readonly op: 'opacity';
  /** 0–100 */
  readonly level: number;
  readonly out: Size;
}

/** `r_`: `max` is the inscribed ellipse; else px for top-left, top-right, bottom-right, bottom-left, at most half a side. */
export interface RoundStep extends Sized {
  readonly op: 'round';
  readonly corners: 'max' | readonly [number, number, number, number];
  readonly out: Size;
}

/** `bo_`: follows the rounding of the same component when `corners` is set (corners of the picture before the border). */
export interface BorderStep extends Sized {
  readonly op: 'border';
  readonly width: number;
  readonly color: Color;
  readonly corners: RoundStep['corners'] | null;
  readonly out: Size;
}

/** `b_` alone: paint behind transparent parts; the result is opaque unless the colour is not. */
export interface FlattenStep extends Sized {
  readonly op: 'flatten';
  readonly background: Background;
  readonly out: Size;
}

/** `l_lut`: colour lookup table. */
export interface LutStep extends Sized {
  readonly op: 'lut';
  readonly publicId: string;
  readonly out: Size;
}
