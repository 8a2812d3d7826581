import { fromHex, parseColor } from './colors.ts';
import { type EffectSpec, effectSpec, type OptionSpec } from './effects.ts';
import type { Color, ColorStop, EffectValue } from './plan/types.ts';
import { percentDecode } from './text.ts';

export type EffectArgs = Readonly<Record<string, EffectValue>>;

/** Reads a word that may be a variable or an expression: a number, or null when it is none. */
export type ReadNumber = (text: string) => number | null;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;

/** Only literals. */
export const literalNumber: ReadNumber = (text) => (NUMBER.test(text) ? Number(text) : null);

export interface ParsedEffect {
  readonly name: string;
  readonly spec: EffectSpec;
  readonly args: EffectArgs;
}

/**
 * `name[:options]`, positional (`outline:outer:15`) or verbose (`outline:mode_outer;width_15`, any order, `;` or `:`).
 * Null when the effect is unknown or an option is outside its documented range.
 */
export function parseEffect(text: string, readNumber: ReadNumber): ParsedEffect | null {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const spec = effectSpec(name);
  if (!spec) return null;
  if (spec.unavailable) return { name, spec, args: {} };
  const words = colon < 0 ? [] : splitOptions(text.slice(colon + 1));
  const args = spec.special ? SPECIAL[spec.special](words, readNumber) : common(spec.options, words, readNumber);
  if (!args) return null;
  return { name, spec, args: name === 'contrast' ? (contrast(args) ?? {}) : args };
}

/** Splits at `:` and `;` outside of parentheses, and joins `rgb:ff0000` again. */
function splitOptions(text: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let start = 0;
  const push = (end: number) => {
    const word = percentDecode(text.slice(start, end));
    const last = words.length - 1;
    const before = words[last];
    if (before !== undefined && /(?:^|_)rgb$/.test(before)) words[last] = `${before}:${word}`;
    else words.push(word);
    start = end + 1;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if ((char === ':' || char === ';') && depth <= 0) push(i);
  }
  push(text.length);
  return words.filter((word) => word !== '');
}

function common(options: readonly OptionSpec[], words: readonly string[], readNumber: ReadNumber): EffectArgs | null {
  const args: Record<string, EffectValue> = {};
  for (const option of options)
    args[option.name] = option.type === 'color' && option.def ? parseColor(option.def) : option.def;
  let next = 0;
  for (const word of words) {
    const verbose = options.find((option) => word.startsWith(`${option.name}_`));
    if (verbose) {
      const value = readOption(verbose, word.slice(verbose.name.length + 1), readNumber);
      if (value === undefined) return null;
      args[verbose.name] = value;
      continue;
    }
    let taken = false;
    while (next < options.length && !taken) {
      const option = options[next++];
      const value = option && readOption(option, word, readNumber);
      if (option && value !== undefined) {
        args[option.name] = value;
        taken = true;
      }
    }
    if (!taken) return null;
  }
  return options.some((option) => option.required && args[option.name] === null) ? null : args;
}

function readOption(option: OptionSpec, word: string, readNumber: ReadNumber): EffectValue | undefined {
  switch (option.type) {
    case 'number': {
      const value = readNumber(word);
      return value !== null && value >= option.min && value <= option.max ? value : undefined;
    }
    case 'word':
      return option.words.includes(word) ? word : undefined;
    case 'color':
      return readColor(word) ?? undefined;
    case 'bool':
      return ({ true: true, false: false, y: true, n: false, '1': true, '0': false } as Record<string, boolean>)[word];
    case 'text':
      return word;
  }
}

/** Effects also take bare hexadecimal digits (`e_replace_color:maroon:80:2b38aa`). */
function readColor(word: string): Color | null {
  return parseColor(word) ?? fromHex(word);
}

/** The range and default of `contrast` depend on its type. */
function contrast(args: EffectArgs): EffectArgs | null {
  const linear = args.type === 'linear';
  const level = typeof args.level === 'number' ? args.level : linear ? 100 : 0;
  return { ...args, level: linear ? Math.max(1, level) : Math.min(100, level) };
}

const SPECIAL: Record<
  NonNullable<EffectSpec['special']>,
  (words: readonly string[], read: ReadNumber) => EffectArgs | null
> = {
  distort(words, read) {
    if (words[0] === 'arc') {
      const degrees = read(words[1] ?? '');
      const valid = degrees !== null && words.length === 2 && degrees !== 0 && Math.abs(degrees) <= 360;
      return valid ? { arc: degrees, corners: null } : null;
    }
    const corners = numbers(words, read, [8]);
    return corners && { arc: null, corners };
  },
  recolor(words, read) {
    const matrix = numbers(words, read, [9, 16]);
    return matrix && { matrix };
  },
  tint(words, read) {
    const rest = [...words];
    const equalize = rest[0] === 'equalize';
    if (equalize) rest.shift();
    let amount = 60;
    const first = rest[0] === undefined ? null : read(rest[0]);
    if (first !== null) {
      if (first < 0 || first > 100) return null;
      amount = first;
      rest.shift();
    }
    const stops: ColorStop[] = [];
    for (let i = 0; i < rest.length; i++) {
      const color = readColor(rest[i] ?? '');
      if (!color || stops.length === 10) return null;
      const percent = /^(\d{1,3}(?:\.\d+)?)p$/.exec(rest[i + 1] ?? '')?.[1];
      if (percent !== undefined && Number(percent) > 100) return null;
      if (percent !== undefined) i++;
      stops.push({ color, position: percent === undefined ? null : Number(percent) });
    }
    if (stops.length === 0) stops.push({ color: { r: 255, g: 0, b: 0, alpha: 1 }, position: 50 });
    return { equalize, amount, stops };
  },
  volume(words, read) {
    const word = words[0] ?? '';
    if (words.length !== 1) return null;
    if (word === 'mute' || word === 'auto') return { mode: word, amount: 0 };
    const decibels = /^([+-]?\d+(?:\.\d+)?)dB$/i.exec(word)?.[1];
    if (decibels !== undefined)
      return Math.abs(Number(decibels)) <= 100 ? { mode: 'decibels', amount: Number(decibels) } : null;
    const percent = read(word);
    return percent !== null && percent >= -100 && percent <= 400 ? { mode: 'percent', amount: percent } : null;
  },
  loop(words, read) {
    if (words.length === 0) return { count: null };
    const count = read(words[0] ?? '');
    return words.length === 1 && count !== null && Number.isInteger(count) && count >= 0 && count <= 1000
      ? { count }
      : null;
  },
  zoompan(words, read) {
    const head = common(
      ZOOMPAN,
      words.filter((word) => !/^(?:from|to)_\(/.test(word)),
      read,
    );
    if (!head) return null;
    const ends: Record<string, EffectValue> = {};
    for (const word of words) {
      const end = /^(from|to)_\((.*)\)$/s.exec(word);
      if (!end) continue;
      for (const part of splitOptions(end[2] ?? '')) {
        const option = /^(g|zoom|x|y)_(.+)$/s.exec(part);
        if (!option) return null;
        const [, key = '', text = ''] = option;
        const value = key === 'g' ? text : read(text);
        if (value === null || (key === 'zoom' && (Number(value) < 1 || Number(value) > 8))) return null;
        ends[`${end[1]}-${key}`] = value;
      }
    }
    return { ...head, ...ends };
  },
};

const ZOOMPAN: readonly OptionSpec[] = [
  { name: 'mode', type: 'word', words: ['ztc', 'ztl', 'ztr', 'ofc', 'ofl', 'ofr', 'plr', 'prl'], def: null },
  { name: 'maxzoom', type: 'number', min: 1.1, max: 8, def: 1.4 },
  { name: 'du', type: 'number', min: 1, max: 30, def: 4 },
  { name: 'fps', type: 'number', min: 5, max: 60, def: 25 },
];

function numbers(words: readonly string[], read: ReadNumber, counts: readonly number[]): number[] | null {
  if (!counts.includes(words.length)) return null;
  const values = words.map(read);
  return values.every((value) => value !== null) ? (values as number[]) : null;
}
