import type { Color, EffectValue, Rect, Size } from '@signet/transformation';
import type { Raster } from '../raster.ts';

/** What an effect may need besides the picture, found before it runs. */
export interface EffectExtras {
  /** Faces in pixels of the picture; for effects with `needs: 'faces'`. */
  faces?: readonly Rect[];
  /** One byte per pixel, 255 for the subject; for effects with `needs: 'foreground'`. */
  foreground?: Uint8Array;
  /** Size of the result, when the plan computed it. */
  out?: Size | null;
}

export type EffectArgs = Readonly<Record<string, EffectValue>>;

/** One effect on one frame. It may change the raster it gets and return it, or return another one. */
export interface Effect {
  apply(raster: Raster, args: EffectArgs, extras: EffectExtras): Raster | Promise<Raster>;
  /** All frames of an animated picture at once, where they have to agree; `delays` in milliseconds. */
  applyAll?(frames: readonly Raster[], args: EffectArgs, delays: readonly number[]): Raster[];
  /** The result may hold transparency where the input had none. */
  alpha?: true;
  needs?: 'faces' | 'foreground' | ((args: EffectArgs) => 'faces' | 'foreground' | undefined);
}

/** The option as a number; null and absent become `fallback`. */
export function number(args: EffectArgs, name: string, fallback = 0): number {
  const value = args[name];
  return typeof value === 'number' ? value : fallback;
}

export function word(args: EffectArgs, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

export function color(args: EffectArgs, name: string): Color | undefined {
  const value = args[name];
  return typeof value === 'object' && value !== null && 'alpha' in value ? value : undefined;
}

export function rect(args: EffectArgs, name: string): Rect | undefined {
  const value = args[name];
  return typeof value === 'object' && value !== null && 'width' in value && 'x' in value ? value : undefined;
}
