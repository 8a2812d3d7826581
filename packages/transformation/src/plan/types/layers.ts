import type { Decode } from './decode.ts';
import type { ResourceType } from './facts.ts';
import type { Gravity } from './gravity.ts';
import type { PlanPart } from './plan.ts';
import type { Color, Size } from './shapes.ts';
import type { Sized } from './steps.ts';

export interface TextStyle {
  readonly fontFamily: string;
  /** px */
  readonly fontSize: number;
  readonly weight: 'normal' | 'bold' | 'thin' | 'light';
  readonly style: 'normal' | 'italic';
  readonly decoration: 'none' | 'underline' | 'strikethrough';
  readonly align: 'left' | 'center' | 'right' | 'start' | 'end' | 'justify';
  readonly stroke: boolean;
  readonly letterSpacing: number;
  readonly lineSpacing: number;
  readonly antialias: 'none' | 'gray' | 'subpixel' | 'fast' | 'good' | 'best' | null;
  readonly hinting: 'none' | 'slight' | 'medium' | 'full' | null;
}

export interface AssetRef {
  readonly resourceType: ResourceType;
  /** Delivery type: upload, private, authenticated, text, fetch … */
  readonly type: string;
  /** With folders by `/`. For `fetch`, the absolute URL. */
  readonly publicId: string;
  /** Extension written after the id, if any. */
  readonly format: string | null;
}

export type LayerSource =
  | { readonly kind: 'asset'; readonly ref: AssetRef; readonly contentId: string | null }
  | {
      readonly kind: 'text';
      /** null: the style comes from the text asset `preset`. */
      readonly style: TextStyle | null;
      readonly preset: string | null;
      /** Decoded, variables filled in; lines end with \n. */
      readonly text: string;
      readonly color: Color;
      readonly background: Color | null;
      readonly border: { readonly width: number; readonly color: Color } | null;
      /** `c_fit,w_,h_`: wrap at this width; cut with an ellipsis at this height. */
      readonly wrap: { readonly width: number; readonly height: number | null } | null;
      /** Trim to the ink (default) or keep the line box. */
      readonly trim: boolean;
    }
  | {
      readonly kind: 'subtitles';
      readonly publicId: string;
      readonly style: TextStyle;
      readonly color: Color;
      readonly background: Color | null;
    };

/** A layer before it is placed: decode (assets only), then steps; both as in a plan. Text and unknown sizes start with `rest`. */
export interface LayerPlan extends PlanPart {
  readonly source: LayerSource;
  readonly decode: Decode | null;
}

export type Blend = 'over' | 'multiply' | 'screen' | 'overlay' | 'mask' | 'cut_out' | 'displace' | 'anti_removal';

/** Where on the base; x, y in px with the signs of the gravity (inwards positive). */
export interface Placement {
  readonly gravity: Gravity;
  readonly x: number;
  readonly y: number;
}

/** Seconds on the timeline of the base. */
export interface Timing {
  readonly start: number | null;
  readonly duration: number | null;
}

/**
 * Composite `layer` onto the picture. `over: false` puts it behind (underlay). `placed` gives all positions when both sizes
 * and the gravity are known; otherwise the renderer calls `placeLayer(base, layerSize, step, focus)`.
 */
export interface LayerStep extends Sized {
  readonly op: 'layer';
  readonly under: boolean;
  readonly layer: LayerPlan;
  readonly blend: Blend;
  /** Option of the blend: strength of `anti_removal`, x / y of `displace`. */
  readonly blendArgs: Readonly<Record<string, number>>;
  readonly placement: Placement;
  /** `fl_no_overflow`: the canvas does not grow. */
  readonly noOverflow: boolean;
  readonly tiled: boolean;
  /** `fl_cutter`: the base keeps only what the layer's alpha covers. */
  readonly cutter: boolean;
  /** `fl_region_relative` / `fl_relative` sizes that wait for a detected region: fractions of it. */
  readonly regionRelative: { readonly width: number | null; readonly height: number | null } | null;
  /** `fl_text_disallow_overflow`: error 400 when the layer is larger than the base. */
  readonly disallowOverflow: boolean;
  readonly timing: Timing | null;
  readonly placed: LayerPlaced | null;
}

/** New canvas, and the top-left corners of base and layers on it. */
export interface LayerPlaced {
  readonly canvas: Size;
  readonly base: { readonly x: number; readonly y: number };
  /** Usually one; one per face for `g_faces`; empty when a face gravity found none (the layer is left out). */
  readonly layers: readonly { readonly x: number; readonly y: number }[];
}
