import type { EffectValue, ImageOutput, Size, VideoOutput } from '@signet/transformation';

/**
 * What a worker process is asked to make: plain data. `prepare.ts` writes it from a plan, with everything that only the
 * server can do already done (layers drawn, access checked, gravities found); `compile.ts` makes FFmpeg's filter graph of it.
 */

export interface FilmInput {
  readonly path: string;
  /** FFmpeg's demuxer, from the format table. */
  readonly demuxer: string;
  /** A still: its only frame stays for as long as it is needed. */
  readonly still: boolean;
}

/** A file and what happens to it, in order. */
export interface Clip {
  /** Index into the job's inputs. */
  readonly input: number;
  readonly steps: readonly FilmStep[];
}

/** Seconds on the timeline of the base; `end` null: to its end. */
export interface Shown {
  readonly start: number;
  readonly end: number | null;
}

/** Channels 0–255, alpha 0–1. */
export interface Paint {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

export type FilmStep =
  | { readonly op: 'trim'; readonly start: number; readonly end: number | null }
  /** Parts of the film in its order, one after the other. */
  | { readonly op: 'parts'; readonly parts: readonly { readonly start: number; readonly end: number }[] }
  | { readonly op: 'resize'; readonly out: Size }
  /** Scaled to `resized`, then the window `out` at x, y of it. */
  | { readonly op: 'window'; readonly resized: Size; readonly x: number; readonly y: number; readonly out: Size }
  /** The picture's corner at x, y of the box; what is outside is cut. */
  | { readonly op: 'pad'; readonly out: Size; readonly x: number; readonly y: number; readonly behind: Paint }
  /** Behind the picture: itself, stretched over the box and blurred. */
  | {
      readonly op: 'blurred-pad';
      readonly out: Size;
      readonly x: number;
      readonly y: number;
      readonly intensity: number;
      readonly brightness: number;
    }
  | { readonly op: 'turn'; readonly angle: 90 | 180 | 270 }
  | { readonly op: 'flip'; readonly axis: 'horizontal' | 'vertical' }
  | { readonly op: 'rotate'; readonly angle: number; readonly behind: Paint; readonly out: Size }
  | { readonly op: 'opacity'; readonly level: number }
  | { readonly op: 'flatten'; readonly behind: Paint }
  | { readonly op: 'effect'; readonly name: string; readonly args: Readonly<Record<string, EffectValue>> }
  /** Colours through a table: the picture of every colour (a Hald identity) after the effect. */
  | { readonly op: 'colors'; readonly table: number }
  /** A drawn layer, with its corner at x, y. */
  | {
      readonly op: 'picture';
      readonly input: number;
      readonly x: number;
      readonly y: number;
      readonly under: boolean;
      readonly shown: Shown | null;
    }
  /** A drawn layer of the size of the base, opaque, neutral where there is nothing. */
  | {
      readonly op: 'blend';
      readonly input: number;
      readonly mode: 'multiply' | 'screen' | 'overlay';
      readonly shown: Shown | null;
    }
  /** The alpha of a picture of the size of the base becomes the base's. */
  | { readonly op: 'mask'; readonly input: number }
  | {
      readonly op: 'clip';
      readonly clip: Clip;
      readonly x: number;
      readonly y: number;
      readonly under: boolean;
      readonly shown: Shown | null;
    }
  | {
      readonly op: 'splice';
      readonly clip: Clip;
      readonly at: 'start' | 'end';
      readonly transition: { readonly name: string; readonly duration: number } | null;
    }
  | { readonly op: 'mix'; readonly clip: Clip; readonly shown: Shown | null }
  /** A file of Advanced SubStation Alpha, and a folder with its font when that is not one of the server's. */
  | { readonly op: 'subtitles'; readonly path: string; readonly fonts: string | null };

export type FilmStepOf<O extends FilmStep['op']> = Extract<FilmStep, { op: O }>;

export interface FilmJob {
  readonly inputs: readonly FilmInput[];
  readonly main: Clip;
  /** A film, sound, or an animated picture. */
  readonly output: VideoOutput | ImageOutput;
  /** Where the result is written. */
  readonly file: string;
}

export interface FilmResult {
  /** 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** Seconds. */
  readonly duration: number;
  /** Pictures written. */
  readonly frames: number;
}

/** What the worker finds in an input. */
export interface InputFacts {
  readonly video: {
    readonly width: number;
    readonly height: number;
    /** Clockwise degrees that show it upright. */
    readonly rotation: number;
    readonly frameRate: number;
    /** FFmpeg's name of the colour matrix; null: the file does not say, or its pixels are RGB. */
    readonly matrix: string | null;
    readonly alpha: boolean;
    /** Pixels are red, green and blue, or of a palette. */
    readonly rgb: boolean;
  } | null;
  readonly audio: { readonly sampleRate: number; readonly channels: number } | null;
  /** Seconds of the file's clock at its beginning. */
  readonly start: number;
  /** Seconds; 0 when unknown. */
  readonly duration: number;
}
