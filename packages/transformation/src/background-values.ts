import { parseColor } from './colors.ts';
import { type Expression, parseExpression } from './expression.ts';
import type { AutoBackgroundMode, Background } from './plan/types.ts';
import { type ColorValue, color, decimal } from './values.ts';

/** Values of `b` and `bo`. */

export type BackgroundValue =
  | { readonly kind: 'color'; readonly color: ColorValue }
  | Extract<Background, { kind: 'auto' | 'blurred' }>
  | { readonly kind: 'gen_fill' };

export interface BorderValue {
  readonly width: Expression;
  readonly color: ColorValue;
}

const AUTO_BACKGROUNDS: readonly AutoBackgroundMode[] = [
  'border',
  'predominant',
  'border_contrast',
  'predominant_contrast',
  'border_gradient',
  'predominant_gradient',
  'border_gradient_contrast',
  'predominant_gradient_contrast',
];
const DIRECTIONS = ['horizontal', 'vertical', 'diagonal_desc', 'diagonal_asc'] as const;

type AutoBackground = Extract<BackgroundValue, { kind: 'auto' }>;

/** Options of `b_auto` that are one word. */
const AUTO_BACKGROUND_WORDS: ReadonlyMap<string, Partial<AutoBackground>> = new Map<string, Partial<AutoBackground>>([
  ...AUTO_BACKGROUNDS.map((mode) => [mode, { mode }] as const),
  ...DIRECTIONS.map((direction) => [direction, { direction }] as const),
  ['2', { number: 2 }],
  ['4', { number: 4 }],
]);

export function background(text: string): BackgroundValue | null {
  if (text === 'gen_fill' || text.startsWith('gen_fill:')) return { kind: 'gen_fill' };
  const [head, ...options] = text.split(':');
  if (head === 'blurred') return blurredBackground(options);
  if (head === 'auto') return autoBackground(options);
  const value = color(text);
  return value && { kind: 'color', color: value };
}

function blurredBackground([strength, light, extra]: readonly string[]): BackgroundValue | null {
  const intensity = strength === undefined ? 100 : decimal(strength, 1, 2000);
  const brightness = light === undefined ? 0 : decimal(light, -300, 100);
  if (intensity === null || brightness === null || extra !== undefined) return null;
  return { kind: 'blurred', intensity, brightness };
}

function autoBackground(options: readonly string[]): BackgroundValue | null {
  let value: AutoBackground = { kind: 'auto', mode: 'border', number: 2, direction: 'horizontal', palette: [] };
  for (const option of options) {
    const word = option.startsWith('palette_') ? paletteOf(option) : AUTO_BACKGROUND_WORDS.get(option);
    if (!word) return null;
    value = { ...value, ...word, palette: [...value.palette, ...(word.palette ?? [])] };
  }
  return value.palette.length <= 30 ? value : null;
}

function paletteOf(option: string): Pick<AutoBackground, 'palette'> | undefined {
  const names = option.slice('palette_'.length).split('_');
  const palette = names.map((name) => parseColor(name) ?? parseColor(`rgb:${name}`)).filter((entry) => entry !== null);
  return palette.length === names.length ? { palette } : undefined;
}

export function border(text: string): BorderValue | null {
  const match = /^(\$?[A-Za-z0-9_]+?)(?:px)?_solid_(.+)$/.exec(text);
  const width = match?.[1] ? parseExpression(match[1]) : null;
  const value = match?.[2] ? color(match[2]) : null;
  if (!width || !value || width.k === 'str' || (width.k === 'num' && !(width.v >= 0 && width.v <= 10_000))) return null;
  return { width, color: value };
}
