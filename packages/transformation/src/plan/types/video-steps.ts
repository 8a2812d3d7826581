import type { LayerPlan, Timing } from './layers.ts';
import type { Color, Size } from './shapes.ts';
import type { Sized } from './steps.ts';

/** Keep only this part of the timeline so far. Seconds. `end` null: to the end. */
export interface TrimStep extends Sized {
  readonly op: 'trim';
  readonly start: number | 'auto';
  readonly end: number | null;
  readonly out: Size;
}

/** `fl_splice`: join another clip. */
export interface SpliceStep extends Sized {
  readonly op: 'splice';
  readonly layer: LayerPlan;
  readonly at: 'end' | 'start';
  readonly transition:
    | { readonly name: string; readonly duration: number }
    /** A transition clip (`e_transition`). */
    | { readonly layer: LayerPlan }
    | null;
  readonly out: Size;
}

/** An audio track mixed into the video (`l_audio`, `l_video` without picture). */
export interface MixAudioStep extends Sized {
  readonly op: 'mix-audio';
  readonly layer: LayerPlan;
  readonly timing: Timing | null;
  /** `fl_alternate`: a track of its own. */
  readonly alternate: { readonly language: string; readonly name: string | null } | null;
  readonly out: Size;
}

/** `fl_waveform`: a picture of the sound. */
export interface WaveformStep extends Sized {
  readonly op: 'waveform';
  /** Seconds; `end` null: to the end. */
  readonly start: number;
  readonly end: number | null;
  readonly color: Color;
  readonly background: Color;
  readonly out: Size;
}
