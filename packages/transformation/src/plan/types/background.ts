import type { Color } from './shapes.ts';

export type AutoBackgroundMode =
  | 'border'
  | 'predominant'
  | 'border_contrast'
  | 'predominant_contrast'
  | 'border_gradient'
  | 'predominant_gradient'
  | 'border_gradient_contrast'
  | 'predominant_gradient_contrast';

/** What is painted behind the picture. `default`: transparent where the output has alpha, white otherwise. */
export type Background =
  | { readonly kind: 'default' }
  | { readonly kind: 'color'; readonly color: Color }
  | {
      readonly kind: 'auto';
      readonly mode: AutoBackgroundMode;
      /** Colours of the gradient. */
      readonly number: 2 | 4;
      readonly direction: 'horizontal' | 'vertical' | 'diagonal_desc' | 'diagonal_asc';
      readonly palette: readonly Color[];
    }
  /** Video only: a stretched, blurred copy. */
  | { readonly kind: 'blurred'; readonly intensity: number; readonly brightness: number };
