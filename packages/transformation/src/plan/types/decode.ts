import type { Size } from './shapes.ts';

/** Which pages, layers or frames are read. Numbers are 1-based, as in URLs. */
export type PageSelection =
  | { readonly kind: 'first' }
  /** Every frame of an animated source. */
  | { readonly kind: 'all' }
  /** The file inside of a smart object of a PSD. */
  | { readonly kind: 'embedded'; readonly number: number }
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
  /** Which path that is, by its number from 1 or its name. Default: the one that the file names, else its first. */
  readonly clippingPath?: number | string;
  /** Upright pixels that come out. */
  readonly out: Size;
}
