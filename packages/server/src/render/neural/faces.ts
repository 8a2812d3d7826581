/** A face in pixels of the upright picture. */
export interface Face {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Confidence, 0–1. */
  readonly score: number;
}
