import { parseColor } from './colors.ts';
import { type Characteristic, type Expression, parseExpression, parseRatio, VARIABLE } from './expression.ts';
import { canonicalFormat } from './formats.ts';
import type { AutoQuality, Color } from './plan/types.ts';
import { percentDecode } from './text.ts';

/** Grammars of parameter values. Each reads decoded text and answers null when it does not fit. All results are plain data. */

export type Dimension =
  | { readonly kind: 'expr'; readonly expr: Expression }
  /** `w_auto[:step][:fallback]` */
  | {
      readonly kind: 'auto';
      readonly step: number;
      readonly fallback: number | null;
      readonly breakpoints: Breakpoints | null;
    };

/** `w_auto:breakpoints[_min_max_kb_count]` */
export interface Breakpoints {
  readonly min: number;
  readonly max: number;
  readonly kilobytes: number;
  readonly count: number;
  readonly json: boolean;
}

export type ColorValue = Color | { readonly variable: string };

export type AngleItem = 'hflip' | 'vflip' | 'ignore' | 'auto_right' | 'auto_left' | { readonly expr: Expression };

export interface QualityValue {
  readonly level: { readonly auto: AutoQuality } | { readonly expr: Expression } | null;
  readonly chroma: '420' | '444' | null;
  readonly qmax: number | null;
}

export type RadiusValue = 'max' | readonly Expression[];

export type FormatValue =
  | { readonly kind: 'format'; readonly format: string; readonly written: string }
  | { readonly kind: 'auto'; readonly mode: 'image' | 'video' | 'animated' | null };

// ------------------------------------------------------------------------------------------------------------- primitives

export const whole = (text: string, min: number, max: number): number | null => {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
};

export const decimal = (text: string, min: number, max: number): number | null => {
  const value = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : null;
};

export const expression = (implied?: Characteristic) => (text: string) => parseExpression(text, implied);

/** An expression whose literal form must lie in the range; variables are checked when they are known. */
export const ranged = (min: number, max: number) => (text: string) => {
  const expr = parseExpression(text);
  if (expr?.k === 'num' && !(expr.v >= min && expr.v <= max)) return null;
  return expr?.k === 'str' ? null : expr;
};

export const integer =
  (min: number, max: number) =>
  (text: string): number | null =>
    whole(text, min, max);

export function dimension(implied: Characteristic) {
  return (text: string): Dimension | null => {
    if (text === 'auto' || text.startsWith('auto:')) return implied === 'w' ? autoWidth(text.slice(5)) : null;
    const expr = parseExpression(text, implied);
    if (!expr || expr.k === 'str' || (expr.k === 'num' && !(expr.v > 0 && expr.v < 1e7))) return null;
    return { kind: 'expr', expr };
  };
}

function autoWidth(text: string): Dimension | null {
  const parts = text === '' ? [] : text.split(':');
  const json = parts.at(-1) === 'json';
  if (json) parts.pop();
  const spec = /^breakpoints(?:_(\d+)(?:_(\d+)(?:_(\d+)(?:_(\d+))?)?)?)?$/.exec(parts[0] ?? '');
  if (spec) {
    const fallback = parts[1] === undefined ? null : whole(parts[1], 1, 100_000);
    if (parts.length > 2 || (parts[1] !== undefined && fallback === null)) return null;
    const [min, max, kilobytes, count] = [50, 1000, 20, 20].map((def, i) => Number(spec[i + 1] ?? def));
    if (!min || !max || !kilobytes || !count || min > max || count > 1000) return null;
    return { kind: 'auto', step: 1, fallback, breakpoints: { min, max, kilobytes, count, json } };
  }
  if (json || parts.length > 2) return null;
  const step = parts[0] === undefined ? 100 : whole(parts[0], 1, 10_000);
  const fallback = parts[1] === undefined ? null : whole(parts[1], 1, 100_000);
  if (step === null || (parts[1] !== undefined && fallback === null)) return null;
  return { kind: 'auto', step, fallback, breakpoints: null };
}

export function ratio(text: string): Expression | null {
  const value = parseRatio(text);
  if (value !== null) return { k: 'num', v: value, decimal: true };
  const expr = parseExpression(text, 'ar');
  return !expr || expr.k === 'num' || expr.k === 'str' ? null : expr;
}

export function color(text: string): ColorValue | null {
  return VARIABLE.test(text) ? { variable: text.slice(1) } : parseColor(text);
}

const ANGLE_WORDS = new Set<string>(['hflip', 'vflip', 'ignore', 'auto_right', 'auto_left']);

/** Items are joined by dots; a decimal angle therefore can only stand alone or last. */
export function angle(text: string): readonly AngleItem[] | null {
  const items: AngleItem[] = [];
  const words = text.split('.');
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (items.length > 20) return null;
    if (ANGLE_WORDS.has(word)) items.push(word as AngleItem);
    else if (word === 'exif' || word === 'auto') continue;
    else {
      const last = i + 2 === words.length && /^-?\d+$/.test(word) && /^\d+$/.test(words[i + 1] ?? '');
      const expr = parseExpression(last ? `${word}.${words[++i]}` : word);
      if (!expr || expr.k === 'str') return null;
      items.push({ expr });
    }
  }
  return items;
}

const AUTO_QUALITY: readonly AutoQuality[] = ['best', 'good', 'eco', 'low', 'sensitive'];

export function quality(text: string): QualityValue | null {
  const [head = '', ...rest] = text.split(':');
  let level: QualityValue['level'];
  if (head === 'auto') {
    const word = rest[0] as AutoQuality;
    const known = AUTO_QUALITY.includes(word);
    level = { auto: known ? word : 'good' };
    if (known) rest.shift();
  } else if (head === 'jpegmini') {
    const step = rest.shift() ?? '1';
    const auto = ({ '0': 'best', '1': 'good', '2': 'eco' } as const)[step];
    if (!auto) return null;
    level = { auto };
  } else {
    const expr = ranged(1, 100)(head);
    if (!expr) return null;
    level = { expr };
  }
  let chroma: QualityValue['chroma'] = null;
  let qmax: number | null = null;
  for (const word of rest) {
    const cap = /^qmax_(\d{1,2})$/.exec(word)?.[1];
    if (word === '420' || word === '444') chroma = word;
    else if (cap !== undefined) qmax = Number(cap);
    else if (word === 'sensitive' && 'auto' in level) level = { auto: 'sensitive' };
    else return null;
  }
  return { level, chroma, qmax };
}

export function radius(text: string): RadiusValue | null {
  if (text === 'max') return 'max';
  const parts = text.split(':');
  if (parts.length > 4) return null;
  const values = parts.map((part) => (part === 'max' ? parseExpression('100000') : ranged(0, 1e6)(part)));
  return values.every((value) => value !== null) ? (values as Expression[]) : null;
}

export function format(text: string): FormatValue | null {
  const [head = '', mode, extra] = text.split(':');
  if (head === 'auto') {
    if (extra !== undefined) return null;
    if (mode !== undefined && mode !== 'image' && mode !== 'video' && mode !== 'animated') return null;
    return { kind: 'auto', mode: mode ?? null };
  }
  if (mode !== undefined || !/^[A-Za-z0-9]{1,12}$/.test(head)) return null;
  return { kind: 'format', format: canonicalFormat(head), written: head };
}

/** `2`, `3-5`, `3;5;7`, `5-`, `embedded:1`, `embedded:name:x`, `name:a;b`. An open range is closed by the page count later. */
export type PageValue =
  /** By number, or by the name of the layer that shows it. */
  | { readonly kind: 'embedded'; readonly which: number | string }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'ranges'; readonly ranges: readonly (readonly [number, number | null])[] }
  | { readonly kind: 'expr'; readonly expr: Expression };

export const MAX_PAGES = 100;

export function page(text: string): PageValue | null {
  const embedded = /^embedded:(?:name:(?<name>.+)|(?<number>\d{1,6}))$/.exec(text)?.groups;
  if (embedded !== undefined)
    return {
      kind: 'embedded',
      which: embedded.name === undefined ? Number(embedded.number) : percentDecode(embedded.name),
    };
  if (text.startsWith('name:')) {
    const names = text.slice(5).split(/[;:]/).map(percentDecode);
    return names.length <= MAX_PAGES && names.every((name) => name !== '') ? { kind: 'names', names } : null;
  }
  const ranges: [number, number | null][] = [];
  for (const part of text.split(';')) {
    const match = /^(\d{1,6})(?:(-)(\d{1,6})?)?$/.exec(part);
    if (!match) {
      const expr = ranges.length === 0 ? parseExpression(text) : null;
      return expr && expr.k !== 'num' && expr.k !== 'str' ? { kind: 'expr', expr } : null;
    }
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : match[3] === undefined ? null : Number(match[3]);
    if (from < 1 || (to !== null && to < from) || ranges.length >= MAX_PAGES) return null;
    ranges.push([from, to]);
  }
  return { kind: 'ranges', ranges };
}

export function words<T extends string>(list: readonly T[]) {
  return (text: string): T | null => ((list as readonly string[]).includes(text) ? (text as T) : null);
}

export function colorSpace(text: string): string | null {
  if (['srgb', 'tinysrgb', 'cmyk', 'no_cmyk', 'keep_cmyk', 'srgb:truecolor', 'copy'].includes(text)) return text;
  return /^icc:[^?&#\\<>]{1,500}$/.test(text) ? `icc:${percentDecode(text.slice(4)).replaceAll(':', '/')}` : null;
}

/** Public ID of a placeholder, with extension. */
export function placeholder(text: string): string | null {
  const id = percentDecode(text).replaceAll(':', '/');
  return id && !/[?&#\\<>]/.test(id) && id.length <= 1024 ? id : null;
}

const BAD_NAME = /[\\/?&#%,<>]/;

/** `t_a.b`: documentation named_transformations, "up to 1024 characters". */
export function named(text: string): readonly string[] | null {
  const names = text.split('.');
  return names.length <= 20 && names.every((name) => name !== '' && name.length <= 1024 && !BAD_NAME.test(name))
    ? names
    : null;
}
