/** Bounds of one render. Every one is on by default; a request that passes one is answered with a 4xx that names it. */
export interface ImageLimits {
  /** Pixels of one decoded picture (width × height). Default 50 million. */
  inputPixels: number;
  /** Pixels of the picture after any step. Default 50 million. */
  outputPixels: number;
  /** Longest side of the picture after any step. Default 16,383, the most WebP can hold. */
  outputSide: number;
  /** Frames read from an animated picture. Default 400, as the cloud's default for animated pictures. */
  frames: number;
  /** Pixels of all frames together, decoded and after any step. Default 150 million. */
  totalPixels: number;
  /** Layers of one picture, nested ones included. Default 40. */
  layers: number;
  /** Steps of one picture, those of its layers included. Default 200. */
  steps: number;
  /** Characters of one text layer. Default 4,000. */
  textLength: number;
  /** Bytes of an SVG source after decompression. Default 10 million. */
  svgBytes: number;
  /** Milliseconds from the moment a render starts. Default 30,000. */
  deadline: number;
}

export const DEFAULT_LIMITS: ImageLimits = {
  inputPixels: 50_000_000,
  outputPixels: 50_000_000,
  outputSide: 16_383,
  frames: 400,
  totalPixels: 150_000_000,
  layers: 40,
  steps: 200,
  textLength: 4_000,
  svgBytes: 10_000_000,
  deadline: 30_000,
};
