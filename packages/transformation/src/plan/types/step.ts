import type { LayerStep } from './layers.ts';
import type {
  BorderStep,
  CoverStep,
  CropStep,
  EffectStep,
  FlattenStep,
  FlipStep,
  LutStep,
  OpacityStep,
  PadStep,
  ResizeStep,
  RotateStep,
  RoundStep,
  SmartPadStep,
  TurnStep,
} from './steps.ts';
import type { MixAudioStep, SpliceStep, TrimStep, WaveformStep } from './video-steps.ts';

export type Step =
  | ResizeStep
  | CropStep
  | CoverStep
  | PadStep
  | SmartPadStep
  | TurnStep
  | RotateStep
  | FlipStep
  | EffectStep
  | OpacityStep
  | RoundStep
  | BorderStep
  | FlattenStep
  | LutStep
  | LayerStep
  | TrimStep
  | SpliceStep
  | MixAudioStep
  | WaveformStep;
