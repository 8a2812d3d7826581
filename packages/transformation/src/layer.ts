import type { TextStyle } from './plan/types.ts';
import { decodeBase64, percentDecode } from './text.ts';

/** What stands after `l_` or `u_`. `deferred` holds variables: it is parsed when their values are known. */
export type LayerValue =
  | { readonly kind: 'deferred'; readonly text: string }
  | {
      readonly kind: 'image' | 'video' | 'audio';
      readonly type: string;
      readonly publicId: string;
      readonly format: string | null;
    }
  | { readonly kind: 'text'; readonly style: TextStyle | null; readonly preset: string | null; readonly text: string }
  | { readonly kind: 'subtitles'; readonly style: TextStyle | null; readonly publicId: string }
  | { readonly kind: 'lut'; readonly publicId: string };

const MEDIA = new Set(['image', 'video', 'audio']);
const TYPES = new Set([
  'upload',
  'private',
  'authenticated',
  'fetch',
  'text',
  'facebook',
  'twitter',
  'twitter_name',
  'gravatar',
  'youtube',
  'sprite',
]);

/** A `$variable` anywhere but in `$(…)`. */
const HAS_VARIABLE = /\$[A-Za-z]/;

/** `text` is decoded once. Null when it is no layer. */
export function parseLayer(text: string): LayerValue | null {
  if (text.startsWith('text:')) {
    const [, style = '', ...rest] = text.split(':');
    const written = rest.join(':');
    if (HAS_VARIABLE.test(style) || /^\$[A-Za-z][A-Za-z0-9]*$/.test(written)) return { kind: 'deferred', text };
  } else if (HAS_VARIABLE.test(text)) return { kind: 'deferred', text };
  return parseLiteralLayer(text);
}

/** Same, for text whose variables are already filled in. */
export function parseLiteralLayer(text: string): LayerValue | null {
  const parts = text.split(':');
  switch (parts[0]) {
    case 'text':
      return parts.length < 3 ? null : parseTextLayer(parts.slice(1));
    case 'subtitles':
      return parseSubtitles(parts.slice(1));
    case 'lut': {
      const publicId = cleanId(parts.slice(1));
      return publicId && /\.(?:3dl|cube)$/i.test(publicId) ? { kind: 'lut', publicId } : null;
    }
  }
  let kind: 'image' | 'video' | 'audio' = 'image';
  if (parts.length > 1 && MEDIA.has(parts[0] ?? '')) kind = parts.shift() as typeof kind;
  let type = 'upload';
  if (parts.length > 1 && TYPES.has(parts[0] ?? '')) type = parts.shift() as string;
  if (type === 'fetch') {
    const [encoded = '', format = null] = parts.join(':').split('.');
    const publicId = decodeBase64(encoded);
    return publicId && /^https?:\/\//i.test(publicId) ? { kind, type, publicId, format } : null;
  }
  const id = cleanId(parts);
  if (!id) return null;
  const dot = id.lastIndexOf('.');
  const hasFormat = dot > id.lastIndexOf('/') + 1 && /^[A-Za-z0-9]{1,10}$/.test(id.slice(dot + 1));
  return {
    kind,
    type,
    publicId: hasFormat ? id.slice(0, dot) : id,
    format: hasFormat ? id.slice(dot + 1).toLowerCase() : null,
  };
}

/** `folder:logo` → `folder/logo`; null when it is no public ID. */
function cleanId(parts: readonly string[]): string | null {
  const id = percentDecode(parts.join('/'));
  return id === '' || /[?&#\\<>\p{Cc}]/u.test(id) || id.length > 1024 ? null : id;
}

function parseTextLayer(parts: readonly string[]): LayerValue | null {
  const found = takeStyle(parts);
  if (!found) {
    const [preset = '', ...rest] = parts;
    const text = percentDecode(rest.join(':'));
    return preset && text ? { kind: 'text', style: null, preset: percentDecode(preset), text } : null;
  }
  const text = percentDecode(parts.slice(found.used).join(':'));
  return text === '' ? null : { kind: 'text', style: found.style, preset: null, text };
}

function parseSubtitles(parts: readonly string[]): LayerValue | null {
  const found = parts.length > 1 ? takeStyle(parts) : null;
  const publicId = cleanId(found ? parts.slice(found.used) : parts);
  return publicId && /\.(?:srt|vtt)$/i.test(publicId)
    ? { kind: 'subtitles', style: found?.style ?? null, publicId }
    : null;
}

/** Folders of a custom font are written with colons, so the style may take several parts. */
function takeStyle(parts: readonly string[]): { style: TextStyle; used: number } | null {
  for (let used = 1; used <= Math.min(parts.length - 1, 8); used++) {
    const joined = parts.slice(0, used).join('/');
    if (used > 1 && !/\.(?:ttf|otf|woff2?)_/i.test(joined)) continue;
    const style = parseTextStyle(joined);
    if (style) return { style, used };
  }
  return null;
}

/** Rows of the reference page: what may follow `l_text:<font>_<size>`, and what stands beside it in the component. */
export const TEXT_STYLES = [
  {
    name: '_thin, _light, _bold',
    doc: 'Weight, where the font has it. Fonts that come with the server: Arial, Times, Courier, Roboto, Open Sans; more by `--fonts`; a font of the account by its file name.',
    example: 'l_text:Roboto_100_bold:Bold,co_white',
  },
  { name: '_italic', doc: 'Slanted.', example: 'l_text:Times_100_italic:Italic,co_white' },
  { name: '_underline, _strikethrough', doc: 'Decoration.', example: 'l_text:Arial_100_underline:Line,co_white' },
  {
    name: '_left, _center, _right, _start, _end, _justify',
    doc: 'Alignment of several lines; start and end follow the direction of the writing.',
    example: 'l_text:Arial_50_center:one%20two%20three%20four%20five%20six%20seven,b_white,c_fit,w_400',
  },
  {
    name: '_stroke',
    doc: 'Outline of `bo_`.',
    example: 'l_text:Roboto_120_bold_stroke:Stroke,bo_10px_solid_black,co_white',
  },
  {
    name: '_letter_spacing_<px>',
    doc: 'Room between letters; may be negative.',
    example: 'l_text:Arial_70_letter_spacing_20:Wide,b_white',
  },
  {
    name: '_line_spacing_<px>',
    doc: 'Room between lines; may be negative.',
    example: 'l_text:Arial_60_line_spacing_40:one%0Atwo,b_white',
  },
  {
    name: '_antialias_<mode>, _hinting_<mode>',
    doc: 'Antialias none gives hard edges; other modes, and hinting, are read and change nothing.',
    example: 'l_text:Arial_100_antialias_none:Hard,co_white',
  },
  {
    name: 'co_, b_, bo_',
    doc: 'Colour of the letters, of the box behind them, and of the stroke.',
    example: 'l_text:Arial_100:Box,b_rgb:00000080,co_yellow',
  },
  {
    name: 'c_fit,w_<px>[,h_<px>]',
    doc: 'Wraps at the width; what does not fit into the height is cut with an ellipsis.',
    example: 'l_text:Arial_60:The%20quick%20brown%20fox%20jumps%20over%20the%20lazy%20dog,b_white,c_fit,h_150,w_400',
  },
  {
    name: '$(<name>)',
    doc: 'The value of a variable.',
    example: '$name_!Ada!/l_text:Arial_100:Hello%20$(name),co_white',
  },
  {
    name: 'any writing',
    doc: 'Hebrew, Arabic, Cyrillic, Greek and emoji come with the server.',
    example: 'l_text:Arial_80:%D7%A9%D7%9C%D7%95%D7%9D%20%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%20%F0%9F%98%8D,co_white',
  },
] as const;

/** Text style keywords as data; `key` is the field they set. */
const KEYWORDS: Record<string, Partial<TextStyle>> = {
  bold: { weight: 'bold' },
  thin: { weight: 'thin' },
  light: { weight: 'light' },
  normal: {},
  none: {},
  italic: { style: 'italic' },
  underline: { decoration: 'underline' },
  strikethrough: { decoration: 'strikethrough' },
  stroke: { stroke: true },
  left: { align: 'left' },
  center: { align: 'center' },
  right: { align: 'right' },
  start: { align: 'start' },
  end: { align: 'end' },
  justify: { align: 'justify' },
};
const ANTIALIAS = ['none', 'gray', 'subpixel', 'fast', 'good', 'best'];
const HINTING = ['none', 'slight', 'medium', 'full'];

export const DEFAULT_TEXT_STYLE: TextStyle = {
  fontFamily: 'Arial',
  fontSize: 15,
  weight: 'normal',
  style: 'normal',
  decoration: 'none',
  align: 'start',
  stroke: false,
  letterSpacing: 0,
  lineSpacing: 0,
  antialias: null,
  hinting: null,
};

/** `Font_size[_keyword…]`; null when it is no style. Keywords may come in any order. */
export function parseTextStyle(text: string): TextStyle | null {
  const words = text.split('_');
  const sizeAt = words.findIndex((word, i) => i > 0 && /^\d+(?:\.\d+)?$/.test(word));
  if (sizeAt < 1) return null;
  const fontFamily = percentDecode(words.slice(0, sizeAt).join('_')).trim();
  const fontSize = Number(words[sizeAt]);
  if (!fontFamily || !(fontSize > 0)) return null;
  let style: TextStyle = { ...DEFAULT_TEXT_STYLE, fontFamily, fontSize };
  for (let i = sizeAt + 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if ((word === 'letter' || word === 'line') && words[i + 1] === 'spacing') {
      const amount = Number(words[i + 2] || Number.NaN);
      if (!Number.isFinite(amount)) return null;
      style = { ...style, [word === 'letter' ? 'letterSpacing' : 'lineSpacing']: amount };
      i += 2;
    } else if (word === 'antialias' && ANTIALIAS.includes(words[i + 1] ?? '')) {
      style = { ...style, antialias: words[++i] as TextStyle['antialias'] };
    } else if (word === 'hinting' && HINTING.includes(words[i + 1] ?? '')) {
      style = { ...style, hinting: words[++i] as TextStyle['hinting'] };
    } else if (Object.hasOwn(KEYWORDS, word)) {
      style = { ...style, ...KEYWORDS[word] };
    } else return null;
  }
  return style;
}
