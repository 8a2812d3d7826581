import type { Color, TextStyle } from '@signet/transformation';
import sharp from 'sharp';
import { refuse } from './problem.ts';
import { createRaster, crop, drawOver, fromSharp, inkBox, paintMask, type Raster } from './raster.ts';
import { strokeMask } from './stroke.ts';

/** One text to draw. Sizes in pixels. */
export interface TextRequest {
  text: string;
  style: TextStyle;
  color: Color;
  /** Box behind the text. */
  background?: Color | null;
  /** Stroke around the letters, with style `stroke`. */
  border?: { width: number; color: Color } | null;
  /** Lines break at `width`; what does not fit into `height` is cut with an ellipsis. */
  wrap?: { width: number; height: number | null } | null;
  /** Trim to the ink (default) or keep the line box. */
  trim?: boolean;
  /** The file of `style.fontFamily`, when that is not bundled. */
  fontFile?: string | undefined;
}

const escapeMarkup = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: not allowed in markup, and Pango refuses the whole text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');

const WEIGHTS: Readonly<Record<TextStyle['weight'], string>> = {
  normal: '400',
  bold: '700',
  thin: '100',
  light: '300',
};

/** Pango measures letter spacing and font size in 1024ths of a point; at 72 dpi a point is a pixel. */
const UNIT = 1024;

function markup(text: string, { style, color }: Pick<TextRequest, 'style' | 'color'>): string {
  const hex = [color.r, color.g, color.b].map((v) => v.toString(16).padStart(2, '0')).join('');
  const attributes: Record<string, string> = {
    font_family: style.fontFamily,
    size: String(Math.max(1, Math.round(style.fontSize * UNIT))),
    weight: WEIGHTS[style.weight],
    style: style.style,
    fgcolor: `#${hex}`,
    fallback: 'true',
  };
  if (style.letterSpacing) attributes.letter_spacing = String(Math.round(style.letterSpacing * UNIT));
  if (style.decoration === 'underline') attributes.underline = 'single';
  if (style.decoration === 'strikethrough') attributes.strikethrough = 'true';
  const list = Object.entries(attributes).map(
    ([name, value]) => `${name}="${escapeMarkup(value).replace(/"/g, '&quot;')}"`,
  );
  return `<span ${list.join(' ')}>${escapeMarkup(text)}</span>`;
}

const ALIGN: Readonly<Record<TextStyle['align'], 'left' | 'centre' | 'right'>> = {
  left: 'left',
  start: 'left',
  justify: 'left',
  center: 'centre',
  right: 'right',
  end: 'right',
};

/** Pango's rendering of the text, cut to its ink. `undefined`: nothing visible (only blanks). */
async function draw(text: string, request: TextRequest): Promise<Raster | undefined> {
  if (text.trim() === '') return undefined;
  const { style, wrap, fontFile } = request;
  try {
    return await fromSharp(
      sharp({
        text: {
          text: markup(text, request),
          rgba: true,
          dpi: 72,
          align: ALIGN[style.align],
          justify: style.align === 'justify',
          spacing: Math.round(style.lineSpacing),
          ...(wrap ? { width: Math.max(1, Math.round(wrap.width)), wrap: 'word-char' as const } : {}),
          ...(fontFile ? { fontfile: fontFile } : {}),
        },
      }),
    );
  } catch (error) {
    if (/no text to render/i.test(String(error))) return undefined;
    throw error;
  }
}

/**
 * A picture of the text.
 *
 * Size: the ink box of the text when `trim` is not false, otherwise its line box; plus half the stroke on every side. With
 * `wrap`, the width is what the longest line needs, at most `wrap.width`.
 *
 * @throws 400 when the font is larger than 2,000 px or the text longer than `maxLength` characters.
 */
export async function renderText(request: TextRequest, maxLength = 4_000): Promise<Raster> {
  const { style, color } = request;
  if (request.text.length > maxLength)
    throw refuse(`Text is too long. Got ${request.text.length} characters. Maximum is ${maxLength}.`);
  if (!(style.fontSize > 0 && style.fontSize <= 2_000))
    throw refuse(`Invalid font size in transformation: ${style.fontSize}`);
  const text = request.wrap?.height ? await fitHeight(request) : request.text;
  let picture = (await draw(text, request)) ?? createRaster(1, 1);
  if (style.antialias === 'none') picture = hardEdges(picture);
  const border = style.stroke && request.border && request.border.width > 0 ? request.border : null;
  if (request.trim === false) picture = await toLineBox(picture, text, request);
  else picture = trimmed(picture);
  if (border) picture = stroked(picture, border);
  if (color.alpha < 1) picture = faded(picture, color.alpha);
  if (!request.background) return picture;
  const box = createRaster(picture.width, picture.height, request.background);
  return drawOver(box, picture, 0, 0);
}

const trimmed = (picture: Raster): Raster => {
  const box = inkBox(picture);
  if (!box || (box.width === picture.width && box.height === picture.height)) return picture;
  return crop(picture, box);
};

function faded(picture: Raster, alpha: number): Raster {
  for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = picture.data[i]! * alpha + 0.5;
  return picture;
}

function hardEdges(picture: Raster): Raster {
  for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = picture.data[i]! < 128 ? 0 : 255;
  return picture;
}

/**
 * Room for ascenders and descenders above and below the ink: the difference that an Å in front of the first line and a g
 * behind the last one make, whose ink reaches about as far as the line box.
 */
async function toLineBox(picture: Raster, text: string, request: TextRequest): Promise<Raster> {
  const [above, below] = await Promise.all([draw(`Å${text}`, request), draw(`${text}g`, request)]);
  const top = Math.max(0, (above?.height ?? picture.height) - picture.height);
  const bottom = Math.max(0, (below?.height ?? picture.height) - picture.height);
  const limit = Math.round(request.style.fontSize);
  const [up, down] = [Math.min(top, limit), Math.min(bottom, limit)];
  return crop(picture, { x: 0, y: -up, width: picture.width, height: picture.height + up + down });
}

/** The letters on top of their own outline, which is centred on the edge (half of it is visible outside). */
function stroked(picture: Raster, border: { width: number; color: Color }): Raster {
  const reach = Math.ceil(border.width) + 1;
  const room = crop(picture, {
    x: -reach,
    y: -reach,
    width: picture.width + 2 * reach,
    height: picture.height + 2 * reach,
  });
  const mask = strokeMask(room, border.width);
  const base = paintMask(mask, room.width, room.height, border.color);
  return trimmed(drawOver(base, room, 0, 0));
}

/** The longest beginning of the text, at a word, that stays within the height together with an ellipsis. */
async function fitHeight(request: TextRequest): Promise<string> {
  const limit = request.wrap!.height!;
  const fits = async (text: string): Promise<boolean> => ((await draw(text, request))?.height ?? 0) <= limit;
  if (await fits(request.text)) return request.text;
  const words = request.text.split(/(?<=\s)/);
  let low = 0;
  let high = words.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await fits(`${words.slice(0, middle).join('').trimEnd()}…`)) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? `${[...words[0]!.trim()].slice(0, 1).join('')}…` : `${words.slice(0, low).join('').trimEnd()}…`;
}
