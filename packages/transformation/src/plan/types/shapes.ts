/** Whole pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whole pixels from the top-left corner. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Channels 0–255, alpha 0–1. */
export interface Color {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}
