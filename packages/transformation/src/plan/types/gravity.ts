import type { Rect } from './shapes.ts';

export type Compass =
  | 'north_west'
  | 'north'
  | 'north_east'
  | 'west'
  | 'center'
  | 'east'
  | 'south_west'
  | 'south'
  | 'south_east';

/**
 * Where the important part is.
 *
 * - `compass`: a fixed direction, always resolved by the plan.
 * - `point`: `g_xy_center`; x, y of the step are the centre. Always resolved by the plan.
 * - `custom`: coordinates stored with the asset. Resolved by the plan, or its fallback.
 * - `region`: a named region of the asset. Resolved by the plan. So is `path`, a named path of the file.
 * - `face` / `faces`: the largest face / the box around all. Resolved when the facts hold faces, else by the renderer.
 * - `auto`: saliency, with objects that attract (`focus`) or repel (`avoid`), always by the renderer.
 * - `object`: a detected object by name, first found wins, always by the renderer.
 */
export type Gravity =
  | { readonly kind: 'compass'; readonly at: Compass }
  | { readonly kind: 'point' }
  /** `next`: faces are looked for when there are no coordinates (`custom:face`). */
  | { readonly kind: 'custom'; readonly fallback: GravityFallback; readonly next: 'face' | 'faces' | null }
  | { readonly kind: 'region'; readonly name: string; readonly fallback: GravityFallback }
  /** A path that a retoucher left in the file. */
  | { readonly kind: 'path'; readonly name: string; readonly fallback: GravityFallback }
  | { readonly kind: 'face' | 'faces'; readonly fallback: GravityFallback }
  | { readonly kind: 'body'; readonly fallback: GravityFallback }
  | { readonly kind: 'object'; readonly names: readonly string[]; readonly fallback: GravityFallback }
  | {
      readonly kind: 'auto';
      readonly algorithm: 'subject' | 'classic';
      readonly focus: readonly string[];
      /** Faces attract when nothing of `focus` is found. */
      readonly faces: boolean;
      readonly avoid: readonly string[];
      /** Areas of interest in pixels of the picture before the step. */
      readonly areas: readonly Rect[];
      /** 0–100, how tightly `c_thumb` closes in on the subject. */
      readonly aggressiveness?: number;
      readonly ruleOfThirds: boolean;
      readonly customOverrides: boolean;
    };

/** What is used when the gravity finds nothing: a compass point, or saliency. */
export type GravityFallback = Compass | 'auto';

/** One thing a detector found, in pixels of the picture before the step. `weight` 0–1 defaults to 1. */
export interface Focus extends Rect {
  readonly weight?: number;
}
