import { type BackgroundValue, type BorderValue, background, border } from './background-values.ts';
import { type CropMode, parseCrop } from './crops.ts';
import { literalNumber, parseEffect } from './effect-options.ts';
import { effectSpec } from './effects.ts';
import { type Expression, parseExpression } from './expression.ts';
import * as film from './film-values.ts';
import { type Flag, parseFlags } from './flags.ts';
import { type GravityValue, parseGravity } from './gravity.ts';
import { type LayerValue, parseLayer } from './layer.ts';
import * as v from './values.ts';

/** `e_`: the written text; options that are variables are read when their values are known. */
export interface EffectValueText {
  readonly text: string;
}

/** Parsed value of every parameter, by its short name. */
export interface ParamValues {
  a: readonly v.AngleItem[];
  ac: string;
  af: number | 'keep';
  ar: Expression;
  b: BackgroundValue;
  bl: readonly string[];
  bo: BorderValue;
  br: film.BitRateValue;
  c: CropMode;
  co: v.ColorValue;
  cs: string;
  d: string;
  dl: number;
  dn: Expression;
  dpr: Expression | 'auto';
  dr: string;
  du: film.Offset;
  e: EffectValueText;
  eo: film.Offset;
  f: v.FormatValue;
  fl: readonly Flag[];
  fn: string;
  fps: film.FpsValue;
  g: GravityValue;
  h: v.Dimension;
  ki: Expression;
  l: LayerValue;
  o: Expression;
  p: string;
  pg: v.PageValue;
  q: v.QualityValue;
  r: v.RadiusValue;
  so: film.Offset;
  sp: film.ProfileValue;
  t: readonly string[];
  u: LayerValue;
  vc: film.VideoCodecValue;
  vs: film.Sampling;
  w: v.Dimension;
  x: Expression;
  y: Expression;
  z: Expression;
}

export type ParamName = keyof ParamValues;

/** One row of the language: the parser, the validation, the error text, the long form and the reference page read it. */
export interface ParamSpec<T> {
  /** Name in the Admin API's objects, and in `Invalid <long> in transformation: …`. */
  readonly long: string;
  /** Name in the error when the cloud uses another one (`f_` → `extension`). */
  readonly errorName?: string;
  /** Decoded text → value; null when the text does not fit. */
  readonly parse: (text: string) => T | null;
  /** Grammar for people. */
  readonly grammar: string;
  readonly default: string;
  /** May stand inside a condition block. */
  readonly inIf: boolean;
  readonly media: 'image' | 'video' | 'both';
  readonly doc: string;
  /** URL fragments that work on their own. */
  readonly examples: readonly string[];
}

type Options = { errorName?: string; inIf?: boolean; media?: 'image' | 'video' | 'both'; default?: string };

function param<T>(
  long: string,
  parse: (text: string) => T | null,
  grammar: string,
  doc: string,
  examples: readonly string[],
  { errorName, inIf = true, media = 'both', default: fallback = '' }: Options = {},
): ParamSpec<T> {
  return { long, parse, grammar, doc, examples, inIf, media, default: fallback, ...(errorName ? { errorName } : {}) };
}

const AUDIO_CODECS = ['none', 'aac', 'vorbis', 'mp3', 'opus', 'pcm24', 'copy'] as const;
const text = (pattern: RegExp) => (value: string) => (pattern.test(value) ? value : null);
const video = { media: 'video' } as const;
const image = { media: 'image' } as const;
const OFFSET = 'px | fraction of the picture | expression';

/** `e_$name` and options with variables are checked when the plan is made. */
function effectText(value: string): EffectValueText | null {
  if (value.startsWith('$')) return /^\$[A-Za-z][A-Za-z0-9]*(?::|$)/.test(value) ? { text: value } : null;
  const name = value.split(':', 1)[0] ?? '';
  if (!effectSpec(name)) return null;
  const readNumber = (word: string) => {
    const expr = parseExpression(word);
    if (expr?.k === 'num') return literalNumber(word);
    return null;
  };
  if (value.includes('$')) return { text: value };
  return parseEffect(value, readNumber) ? { text: value } : null;
}

export const PARAMS: { readonly [K in ParamName]: ParamSpec<ParamValues[K]> } = {
  a: param(
    'angle',
    v.angle,
    'degrees | hflip | vflip | ignore | auto_right | auto_left, joined by dots',
    'Rotates clockwise or mirrors.',
    ['a_90', 'a_-20', 'a_hflip.45', 'a_auto_right,ar_3:4,c_fill,w_300'],
  ),
  ac: param(
    'audio_codec',
    v.words(AUDIO_CODECS),
    AUDIO_CODECS.join(' | '),
    'Audio codec; none drops the sound.',
    ['ac_none'],
    video,
  ),
  af: param('audio_frequency', film.audioFrequency, 'Hz | iaf', 'Sample rate.', ['af_44100'], video),
  ar: param('aspect_ratio', v.ratio, 'W:H | decimal | expression', 'Gives the missing side; needs a crop mode.', [
    'ar_16:9,c_fill,w_500',
    'ar_1.5,c_fill,h_200',
  ]),
  b: param(
    'background',
    background,
    'colour | auto[:mode][:number][:direction][:palette_…] | blurred[:intensity][:brightness]',
    'Painted behind transparent parts and pad areas.',
    ['b_lightblue,c_pad,w_300,h_300', 'b_auto:predominant,c_pad,w_300,h_300'],
    { default: 'transparent, or white' },
  ),
  bl: param(
    'base',
    v.named,
    'named transformation',
    'Starts from a named transformation with a fixed format. First and alone in its component.',
    ['bl_my_base/w_100'],
    { inIf: false },
  ),
  bo: param('border', border, '<n>px_solid_<colour>', 'Border around the picture, stroke of text.', [
    'bo_4px_solid_rgb:ff0000',
    'bo_10px_solid_black,r_20',
  ]),
  br: param(
    'bit_rate',
    film.bitRate,
    '<n>[k|m][:constant] | av:video_(value_…;mode_cbr);audio_(value_…)',
    'Bit rate.',
    ['br_500k'],
    video,
  ),
  c: param(
    'crop',
    parseCrop,
    'see crop modes',
    'How the picture meets the box of w and h.',
    ['c_fill,w_300,h_300', 'c_limit,w_300'],
    { default: 'scale' },
  ),
  co: param('color', v.color, 'colour', 'Colour of an effect or text.', ['co_red,e_colorize:50'], {}),
  cs: param(
    'color_space',
    v.colorSpace,
    'srgb | tinysrgb | cmyk | no_cmyk | keep_cmyk | icc:<id> | copy',
    'Colour space of the result.',
    ['cs_srgb'],
    { inIf: false },
  ),
  d: param(
    'default_image',
    v.placeholder,
    'public ID with extension',
    'Delivered when the asset is missing.',
    ['d_avatar.png'],
    { inIf: false, media: 'image' },
  ),
  dl: param('delay', v.integer(0, 600_000), 'milliseconds', 'Time per frame of an animated picture.', ['dl_100'], {
    inIf: false,
  }),
  dn: param(
    'density',
    v.ranged(1, 2400),
    'dpi | idn',
    'Density at which vectors are rasterised; written into the file.',
    ['dn_72'],
    { ...image, default: '150 for vectors' },
  ),
  dpr: param(
    'dpr',
    (t) => (t === 'auto' ? 'auto' : v.ranged(0.01, 20)(t)),
    'number | auto',
    'Multiplies the wanted width and height.',
    ['c_scale,w_150,dpr_2.0'],
    { ...image, default: '1.0' },
  ),
  dr: param(
    'dynamic_range',
    v.words(['high', 'standard'] as const),
    'high',
    'HDR10 with vc_h265.',
    ['dr_high,vc_h265'],
    video,
  ),
  du: param('duration', film.duration, 'seconds | <n>p', 'Length of the result.', ['du_5'], video),
  e: param('effect', effectText, 'name[:options]', 'Effect; the last one of a component counts.', [
    'e_grayscale',
    'e_sepia:50',
  ]),
  eo: param('end_offset', film.offset, 'seconds | <n>p | expression', 'End of what is used.', ['eo_10'], video),
  f: param(
    'fetch_format',
    v.format,
    'extension | auto[:image|video|animated]',
    'Format of the result; wins over the extension.',
    ['f_png', 'f_auto'],
    { inIf: false, errorName: 'extension' },
  ),
  fl: param('flags', parseFlags, 'flag[.flag…]', 'Switches; they add up.', [
    'fl_progressive',
    'fl_attachment:my_picture',
  ]),
  fn: param(
    'custom_function',
    text(/^(?:pre:)?(?:remote|wasm):/),
    'remote:<url> | wasm:<id>',
    'Custom functions are not run by this server.',
    [],
    { inIf: false },
  ),
  fps: param('fps', film.fps, '<n> | <min>-<max>', 'Frame rate.', ['fps_25', 'fps_20-30'], video),
  g: param(
    'gravity',
    parseGravity,
    'see gravities',
    'What part is kept, or where a layer stands.',
    ['g_north,c_fill,w_200,h_100', 'g_auto,c_fill,w_200,h_200'],
    { default: 'center' },
  ),
  h: param('height', v.dimension('h'), 'px | fraction | expression', 'Height.', ['h_200', 'h_0.5']),
  ki: param('keyframe_interval', v.ranged(0.01, 3600), 'seconds', 'Key frame interval.', ['ki_1.5'], video),
  l: param(
    'overlay',
    parseLayer,
    '[image|video|audio|text|subtitles|lut|fetch:][type:]<id>',
    'Layer over the picture.',
    ['l_logo,w_100,g_south_east', 'l_text:Arial_40:Hello,co_white'],
  ),
  o: param('opacity', v.ranged(0, 100), '0–100', 'Opacity.', ['o_50'], { default: '100' }),
  p: param('prefix', text(/^[A-Za-z0-9_-]{1,100}$/), 'text', 'Deprecated, without effect.', [], image),
  pg: param(
    'page',
    v.page,
    '<n> | <a>-<b> | <a>- | <a>;<b> | name:<a>;<b> | embedded:<n> | embedded:name:<layer>',
    'Page of a PDF or TIFF, frame of an animated picture, layer of a PSD (by number or name). Several pages stay pages in PDF and TIFF results, at most 100; several layers become one picture. `embedded:` is the file inside of a smart object of a PSD. Beside fl_clip: the clipping path, by number or name.',
    ['pg_2'],
    {
      ...image,
      inIf: false,
      default: '1',
    },
  ),
  q: param(
    'quality',
    v.quality,
    '1–100[:420|:444] | auto[:best|good|eco|low|sensitive] | …:qmax_<n>',
    'Quality of the encoder.',
    ['q_60', 'q_auto', 'q_auto:low', 'q_80:444'],
  ),
  r: param('radius', v.radius, 'px[:px[:px[:px]]] | max', 'Round corners.', ['r_20', 'r_max', 'r_10:40:10:40']),
  so: param(
    'start_offset',
    film.offset,
    'seconds | <n>p | auto | expression',
    'Start of what is used; the frame of a still.',
    ['so_5'],
    video,
  ),
  sp: param(
    'streaming_profile',
    film.streamingProfile,
    'name | auto[:maxres_<h>p]',
    'Adaptive streaming.',
    ['sp_auto'],
    {
      ...video,
      inIf: false,
    },
  ),
  t: param('transformation', v.named, 'name[.name…]', 'Named transformations.', ['t_thumb']),
  u: param('underlay', parseLayer, 'as l_', 'Layer under the picture.', ['u_paper,w_600']),
  vc: param(
    'video_codec',
    film.videoCodec,
    'h264[:profile[:level]][:bframes_no] | h265 | av1 | vp8 | vp9 | prores | theora | auto | none',
    'Video codec.',
    ['vc_h264:main:3.1'],
    video,
  ),
  vs: param(
    'video_sampling',
    film.sampling,
    '<frames> | <n>s',
    'Frames of an animated picture, spread evenly over its time: by number, or one every so many seconds.',
    ['vs_20'],
    video,
  ),
  w: param('width', v.dimension('w'), 'px | fraction | expression | auto[:step][:fallback]', 'Width.', [
    'w_300',
    'w_0.5',
    'c_limit,w_auto:100:400',
  ]),
  x: param('x', v.expression(), OFFSET, 'Horizontal offset.', ['c_crop,w_100,h_100,x_10,y_20'], { default: '0' }),
  y: param('y', v.expression(), OFFSET, 'Vertical offset.', ['c_crop,w_100,h_100,x_10,y_20'], { default: '0' }),
  z: param(
    'zoom',
    v.ranged(0.01, 100),
    'number',
    'Zoom on the gravity region.',
    ['c_thumb,g_face,w_100,h_100,z_0.75'],
    { ...image, default: '1.0' },
  ),
};

export function isParamName(name: string): name is ParamName {
  return Object.hasOwn(PARAMS, name);
}
