import { clip, TransformationError } from './errors.ts';
import { CHARACTERISTICS } from './expression.ts';
import { formatSpec } from './formats.ts';
import { isParamName, PARAMS } from './params.ts';
import { parse } from './parse.ts';
import type { Component, Transformation } from './syntax.ts';

/** One component with long names, as the Admin API shows it: `{"crop":"scale","width":102}`. */
export type ParamsObject = Readonly<Record<string, string | number>>;

/** A transformation and the format it was stored or asked for with. */
export interface StoredTransformation {
  readonly transformation: Transformation;
  /** `''`: explicitly none (`c_scale,w_102/`); null: nothing was said. */
  readonly extension: string | null;
}

/** Long name → short name, with the names SDK users also write. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PARAMS).map(([short, { long }]) => [long, short] as const),
  ['base', 'bl'],
  ['custom_pre_function', 'fn'],
]);

const NUMERIC = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/;

/** Numbers that print as they were written become numbers; `1.0` stays text, or it would come back as one pixel. */
function typed(text: string): string | number {
  return NUMERIC.test(text) && String(Number(text)) === text ? Number(text) : text;
}

/**
 * One object per component: long names in alphabetical order, numbers as numbers, everything else as the text of the URL
 * (layers, flags and effects too). An extension stands in the last object, `none` for the explicit absence (NPM `api_spec`).
 */
export function toParams({ transformation, extension }: StoredTransformation): ParamsObject[] {
  const objects = transformation.components.map((component) => objectOf(component));
  if (extension === null) return objects;
  const last = objects.pop() ?? {};
  return [...objects, { ...last, extension: extension === '' ? 'none' : extension }];
}

function objectOf(component: Component): ParamsObject {
  const variables: [string, string | number][] = [];
  const parameters = new Map<string, string | number>();
  for (const { name, raw } of component.items) {
    if (name === 'if_else' || name === 'if_end') parameters.set('if', name.slice('if_'.length));
    else if (name.startsWith('$')) variables.push([name, typed(raw)]);
    else if (name === 'fl' && parameters.has('flags')) parameters.set('flags', `${parameters.get('flags')}.${raw}`);
    else parameters.set(isParamName(name) ? PARAMS[name].long : name, typed(raw));
  }
  return Object.fromEntries([...variables, ...[...parameters].sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * Splits `c_fill,w_75/jpg` and `c_fill,w_75/` as they are stored and used in `eager`, and parses the transformation.
 *
 * @throws TransformationError
 */
export function parseStored(text: string): StoredTransformation {
  const trimmed = text.trim();
  const slash = trimmed.lastIndexOf('/');
  const tail = trimmed.slice(slash + 1);
  if (slash >= 0 && tail === '') return { transformation: parse(trimmed.slice(0, slash)), extension: '' };
  if (!tail.includes('_') && formatSpec(tail)) {
    return { transformation: parse(trimmed.slice(0, Math.max(0, slash))), extension: tail.toLowerCase() };
  }
  return { transformation: parse(trimmed), extension: null };
}

/**
 * `t1/jpg|t2`: the transformations of `eager`, in order. Bars inside `!texts!` do not separate.
 *
 * @throws TransformationError
 */
export function parseEager(text: string): StoredTransformation[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '!') quoted = !quoted;
    if (i === text.length || (text[i] === '|' && !quoted)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return parts.filter((part) => part !== '').map(parseStored);
}

// ----------------------------------------------------------------------------------------------------------- from objects

type Input = Readonly<Record<string, unknown>>;

/** Objects inside objects deeper than this are no transformation. */
const MAX_DEPTH = 10;

/**
 * The way back: a string, one object with long names, or a list of these, as presets, streaming profiles and clients hold
 * them. Takes what SDK `generate_transformation_string` takes: nested `transformation`, `size`, `offset`, lists, layer and
 * effect objects, operators in expressions, `raw_transformation`.
 *
 * @throws TransformationError for what is neither, and for what the parser refuses.
 */
export function fromParams(given: unknown): StoredTransformation {
  const found: { extension: string | null } = { extension: null };
  const text = stringOf(given, found, 0);
  if (found.extension !== null) return { transformation: parse(text), extension: found.extension };
  return parseStored(text);
}

function stringOf(given: unknown, found: { extension: string | null }, depth: number): string {
  if (depth > MAX_DEPTH) throw new TransformationError('Transformation objects are nested too deeply');
  if (typeof given === 'string') return given;
  if (Array.isArray(given)) {
    return given
      .map((item) => stringOf(item, found, depth + 1))
      .filter((part) => part !== '')
      .join('/');
  }
  if (typeof given !== 'object' || given === null) {
    throw new TransformationError(`Invalid transformation: expected text or an object, got ${clip(String(given))}`);
  }
  return componentOf(given as Input, found, depth);
}

function componentOf(given: Input, found: { extension: string | null }, depth: number): string {
  const before: string[] = [];
  const head: string[] = [];
  const variables: string[] = [];
  const parameters: string[] = [];
  let raw = '';
  for (const [key, value] of Object.entries(normalizeInput(given))) {
    if (value === null || value === undefined || value === '') continue;
    if (key === 'extension') found.extension = value === 'none' ? '' : textOf(key, value);
    else if (key === 'raw_transformation') raw = textOf(key, value);
    else if (key === 'if') head.push(`if_${expressionText(textOf(key, value))}`);
    else if (key === 'variables' && Array.isArray(value)) variables.push(...value.map(variablePair));
    else if (key.startsWith('$')) variables.push(`${key}_${expressionText(textOf(key, value))}`);
    else if (key === 'transformation' && !isNames(value)) before.push(stringOf(value, found, depth + 1));
    else parameters.push(parameterText(key, value));
  }
  const own = [...head, ...variables, ...parameters.sort(), ...(raw ? [raw] : [])].join(',');
  return [...before, own].filter((part) => part !== '').join('/');
}

/** `transformation: 'a'` and `['a', 'b']` are names; anything with objects in it is a chain. */
function isNames(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

/** `size` and `offset` stand for two parameters each. */
function normalizeInput({ size, offset, ...rest }: Input): Input {
  const pair = (value: unknown, pattern: RegExp) => (Array.isArray(value) ? value : String(value).split(pattern));
  const [width, height] = size === undefined ? [] : pair(size, /x/);
  const [start, end] = offset === undefined ? [] : pair(offset, /\.\./);
  return {
    ...rest,
    ...(size === undefined ? {} : { width, height }),
    ...(offset === undefined ? {} : { start_offset: start, end_offset: end }),
  };
}

function variablePair(pair: unknown): string {
  const [name, value] = Array.isArray(pair) ? pair : [];
  return `${textOf('variables', name)}_${expressionText(textOf('variables', value))}`;
}

function textOf(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TransformationError(`Invalid ${clip(key)} in transformation: expected text or a number`);
}

/** Separator of lists, by long name. */
const SEPARATORS: Readonly<Record<string, string>> = {
  angle: '.',
  flags: '.',
  transformation: '.',
  effect: ':',
  radius: ':',
  fps: '-',
};

const EXPRESSIONS = new Set([
  'angle',
  'aspect_ratio',
  'dpr',
  'effect',
  'height',
  'width',
  'keyframe_interval',
  'opacity',
  'quality',
  'radius',
  'x',
  'y',
  'zoom',
  'start_offset',
  'end_offset',
]);

function parameterText(key: string, value: unknown): string {
  const short = SHORT.get(key) ?? (isParamName(key) ? key : undefined);
  if (short === undefined) throw new TransformationError(`Invalid transformation parameter - ${clip(key)}`);
  const text = valueText(key, value);
  return `${short}_${EXPRESSIONS.has(key) ? expressionText(text) : text}`;
}

function valueText(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => textOf(key, item)).join(SEPARATORS[key] ?? ':');
  if (typeof value === 'object' && value !== null) return objectText(key, value as Input);
  const text = textOf(key, value);
  if (key === 'background' || key === 'color') return text.replace(/^#/, 'rgb:');
  if (key === 'overlay' || key === 'underlay') return /^(.*?)fetch:(https?:.*)$/s.test(text) ? fetchText(text) : text;
  return text;
}

function objectText(key: string, value: Input): string {
  const get = (name: string) => (value[name] === undefined || value[name] === null ? null : textOf(key, value[name]));
  switch (key) {
    case 'border':
      return `${get('width') ?? '2'}px_solid_${(get('color') ?? 'black').replace(/^#/, 'rgb:')}`;
    case 'video_codec': {
      const bframes = value.b_frames === false || value.b_frames === 'false' ? 'bframes_no' : null;
      return [get('codec'), get('profile'), get('level'), bframes].filter((part) => part !== null).join(':');
    }
    case 'effect':
      return Object.entries(value)
        .map(([name, option]) => `${name}:${textOf(key, option)}`)
        .join(':');
    case 'overlay':
    case 'underlay':
      return layerText(key, get);
    default:
      throw new TransformationError(`Invalid ${clip(key)} in transformation: expected text or a number`);
  }
}

function layerText(key: string, get: (name: string) => string | null): string {
  const url = get('url');
  const text = get('text');
  const kind = get('resource_type') ?? (text === null ? 'image' : 'text');
  const type = get('type') ?? (url === null ? 'upload' : 'fetch');
  const id = get('public_id');
  const format = get('format');
  const parts = [...(kind === 'image' ? [] : [kind]), ...(type === 'upload' ? [] : [type])];
  if (kind === 'text' || kind === 'subtitles') {
    const style = get('text_style') ?? styleText(get);
    if (style) parts.push(style);
  }
  if (id !== null) parts.push(`${id}${format === null ? '' : `.${format}`}`.replaceAll('/', ':'));
  if (text !== null) parts.push(escapeText(text));
  if (url !== null) parts.push(toBase64(url));
  if (id === null && text === null && url === null) {
    throw new TransformationError(`Invalid ${key} in transformation: must supply public_id, text or url`);
  }
  return parts.join(':');
}

function styleText(get: (name: string) => string | null): string {
  const [family, size] = [get('font_family'), get('font_size')];
  if (family === null || size === null) return '';
  const keywords = ['font_weight', 'font_style', 'text_decoration', 'text_align', 'stroke'].map(get);
  const named = (
    ['letter_spacing', 'line_spacing', 'antialias:font_antialiasing', 'hinting:font_hinting'] as const
  ).map((entry) => {
    const [word = '', field = word] = entry.split(':');
    const option = get(field);
    return option === null ? null : `${word}_${option}`;
  });
  return [encodeURIComponent(family), size, ...keywords, ...named]
    .filter((word) => word !== null && word !== 'normal' && word !== 'none')
    .join('_');
}

/** Commas and slashes twice, everything else once; `$(variables)` stay bare (SDK `process_layer`). */
function escapeText(text: string): string {
  return text
    .split(/(\$\([A-Za-z][A-Za-z0-9]*\))/)
    .map((part, i) => (i % 2 === 1 ? part : encodeURIComponent(part.replace(/[,/%]/g, encodeURIComponent))))
    .join('');
}

function fetchText(text: string): string {
  return text.replace(/fetch:(https?:.*)$/s, (_, url: string) => `fetch:${toBase64(url)}`);
}

function toBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Operators as SDK users write them (SDK `normalize_expression`). */
const OPERATORS: Readonly<Record<string, string>> = {
  '=': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '>': 'gt',
  '<=': 'lte',
  '>=': 'gte',
  '&&': 'and',
  '||': 'or',
  '*': 'mul',
  '/': 'div',
  '+': 'add',
  '-': 'sub',
  '^': 'pow',
};

const LONG_CHARACTERISTICS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(CHARACTERISTICS).map(([short, { long }]) => [long, short] as const),
  ...Object.entries(CHARACTERISTICS).map(
    ([short, { long }]) => [long.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), short] as const,
  ),
]);
/** `initial_width` before `width`. */
const LONG_NAMES = new RegExp(
  `(?<![A-Za-z0-9$!:_-])(?:${[...LONG_CHARACTERISTICS.keys()].sort((a, b) => b.length - a.length).join('|')})(?![A-Za-z0-9])`,
  'g',
);

/** `width > 200 && $a * 2 = 4` → `w_gt_200_and_$a_mul_2_eq_4`. Quoted texts are left alone; text without spaces too. */
function expressionText(text: string): string {
  if (!/[ <>=&|]/.test(text) && !LONG_NAMES.test(text)) return text;
  LONG_NAMES.lastIndex = 0;
  return text
    .split(/(![^!]*!)/)
    .map((part, i) => {
      if (i % 2 === 1) return part;
      return part
        .replace(/(?<=[ _]|^)(?:\|\||>=|<=|&&|!=|[>=<*/+^-])(?=[ _])/g, (operator) => OPERATORS[operator] ?? operator)
        .replace(LONG_NAMES, (name) => LONG_CHARACTERISTICS.get(name) ?? name)
        .replace(/[ _]+/g, '_');
    })
    .join('');
}
