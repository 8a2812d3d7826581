import type { Size } from './shapes.ts';

/** Which pages, layers or frames are read. Numbers are 1-based, as in URLs. */
export type PageSelection =
  | { readonly kind: 'first' }
  /** Every frame of an animated source. */
  | { readonly kind: 'all' }
  /** In this order; more than one is a multi-page result (PDF, TIFF) or flattened layers (PSD). */
  | { readonly kind: 'list'; readonly pages: readonly number[] };

export interface Decode {
  readonly pages: PageSelection;
  /** Dots per inch at which vectors and documents are rasterised. Only set for sources that need it. */
  readonly density?: number;
  /** For a still from a video: seconds into it, or `auto` for a good frame. */
  readonly at?: number | 'auto';
  /** Apply EXIF orientation. False only with `a_ignore`. */
  readonly autoOrient: boolean;
  /** `fl_ignore_mask_channels` */
  readonly ignoreMaskChannels?: boolean;
  /** `fl_clip` / `fl_clip_evenodd`: what lies outside of the embedded clipping path becomes transparent. */
  readonly clip?: 'nonzero' | 'evenodd';
  /** Upright pixels that come out. */
  readonly out: Size;
}
