import { type Color, parseColor, type TextStyle } from '@signet/transformation';
import type { App } from '../app.ts';
import { type Actor, viewContext } from '../assets/context.ts';
import { checkPublicId } from '../assets/public-id.ts';
import { assetView } from '../assets/view.ts';
import { ERRORS } from '../errors.ts';
import { randomHex } from '../random-hex.ts';
import { storeMade } from './store.ts';

/** The parameters of `text` (Upload API reference), as the call gave them. */
export interface TextParameters {
  readonly text: string;
  readonly publicId: string | undefined;
  readonly fontFamily: string | undefined;
  /** Pixels, 1–1000. */
  readonly fontSize: number | undefined;
  readonly fontColor: string | undefined;
  readonly fontWeight: string | undefined;
  readonly fontStyle: string | undefined;
  readonly background: string | undefined;
  /** 0–100 */
  readonly opacity: number | undefined;
  readonly textAlign: string | undefined;
  readonly textDecoration: string | undefined;
  readonly lineSpacing: number | undefined;
  readonly fontHinting: string | undefined;
  readonly fontAntialiasing: string | undefined;
}

const oneOf = <T extends string>(name: string, value: string | undefined, words: readonly T[], missing: T): T => {
  if (value === undefined) return missing;
  if (!(words as readonly string[]).includes(value)) throw ERRORS.InvalidParameter(name, value);
  return value as T;
};

const colorOf = (name: string, value: string): Color => {
  const color = parseColor(value);
  if (color === null) throw ERRORS.InvalidParameter(name, value);
  return color;
};

const HINTING = ['none', 'slight', 'medium', 'full'] as const;
const ANTIALIASING = ['none', 'gray', 'subpixel', 'fast', 'good', 'best'] as const;

const styleOf = (request: TextParameters): TextStyle => ({
  // The default family is inferred.
  fontFamily: request.fontFamily ?? 'Arial',
  fontSize: request.fontSize ?? 12,
  weight: oneOf('font_weight', request.fontWeight, ['normal', 'bold', 'thin', 'light'], 'normal'),
  style: oneOf('font_style', request.fontStyle, ['normal', 'italic'], 'normal'),
  decoration: oneOf('text_decoration', request.textDecoration, ['none', 'underline', 'strikethrough'], 'none'),
  align: oneOf('text_align', request.textAlign, ['left', 'center', 'right', 'start', 'end', 'justify'], 'left'),
  stroke: false,
  letterSpacing: 0,
  lineSpacing: request.lineSpacing ?? 0,
  antialias: request.fontAntialiasing
    ? oneOf('font_antialiasing', request.fontAntialiasing, ANTIALIASING, 'best')
    : null,
  hinting: request.fontHinting ? oneOf('font_hinting', request.fontHinting, HINTING, 'none') : null,
});

/** `text`: a picture of a text, stored as an asset of type `text`. */
export async function createText(app: App, actor: Actor, request: TextParameters): Promise<Record<string, unknown>> {
  const color = colorOf('font_color', request.fontColor ?? 'black');
  const background = request.background === undefined ? null : colorOf('background', request.background);
  const style = styleOf(request);
  const { data } = await app.images.renderText({
    text: request.text,
    style,
    color: { ...color, alpha: color.alpha * ((request.opacity ?? 100) / 100) },
    background,
  });
  const publicId = checkPublicId(request.publicId ?? randomHex(20));
  const row = await storeMade(app, actor, {
    type: 'text',
    publicId,
    data,
    // Text layers take the style over: `l_text:<public_id>:<text>`.
    facts: { textStyle: style },
  });
  return assetView(row, await viewContext(app, actor));
}
