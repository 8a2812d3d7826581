import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type {
  EffectStep,
  ImageOutput,
  LayerSource,
  LayerStep,
  LutStep,
  Plan,
  RoundStep,
  Size,
  Step,
} from '@signet/transformation';
import sharp from 'sharp';
import { ERRORS } from '../../../errors.ts';
import { isFontFile, openAccountFont } from '../../image/account-fonts.ts';
import type { RenderInput } from '../../image/context.ts';
import type { ImageRenderer } from '../../image/renderer.ts';
import type { Paint } from './job.ts';
import { parseSubtitles, toAss } from './subtitles.ts';

/**
 * Everything in a film that stands still is drawn by the renderer of images: text, pictures and their effects, rounded
 * corners, tables of colours. So it looks the same on both.
 */
export interface Drawings {
  /** The layer on a transparent picture of the size of the base, cut to what is visible. */
  layer(step: LayerStep, base: Size): Promise<{ path: string; x: number; y: number; out: Size }>;
  /** The layer on an opaque picture of the size of the base. */
  opaque(step: LayerStep, base: Size, ground: Paint): Promise<string>;
  /** A picture of the size of the base whose alpha is the shape. */
  shape(step: RoundStep | LayerStep, base: Size): Promise<string>;
  /** Every colour after the effects: a Hald image. */
  colors(steps: readonly (EffectStep | LutStep)[]): Promise<string>;
  /** Subtitles in the filter's format, and the folder of their font. @throws 400 when the file holds none */
  subtitles(
    step: LayerStep,
    source: Extract<LayerSource, { kind: 'subtitles' }>,
    base: Size,
  ): Promise<{ path: string; fonts: string | null }>;
  /** A still as it is shown upright. */
  still(source: string, out: Size): Promise<string>;
}

export interface DrawOptions {
  readonly images: Pick<ImageRenderer, 'render'>;
  readonly input: Omit<RenderInput, 'source'>;
  /** Where the pictures are written. */
  readonly folder: string;
  /** Where fonts of accounts are kept. */
  readonly cacheFolder: string;
}

const OUTPUT: ImageOutput = {
  kind: 'image',
  format: 'png',
  contentType: 'image/png',
  quality: { mode: 'default' },
  chroma: null,
  progressive: 'none',
  lossy: false,
  lossless: false,
  pngBits: 32,
  animated: false,
  delay: null,
  loop: null,
  sampling: null,
  metadata: 'strip',
  profile: 'convert',
  colorSpace: 'srgb',
  density: null,
  background: { r: 255, g: 255, b: 255, alpha: 1 },
  alpha: true,
  anyFormat: false,
  preserveTransparency: false,
  drawingAsPng: false,
  sanitize: false,
  tiff: null,
  getinfo: false,
  pages: 1,
};

const planOf = (steps: readonly Step[], out: Size): Plan => ({
  original: false,
  decode: { pages: { kind: 'first' }, autoOrient: true, out },
  steps,
  out,
  rest: null,
  output: OUTPUT,
  delivery: { attachment: null, immutableCache: false, vary: [] },
  canonical: '',
  references: [],
});

/** A cube of 64 steps a side: between two steps a value is interpolated. */
const LEVEL = 8;
const HALD = LEVEL ** 3;

/** Every colour once, red fastest (http://www.quelsolaar.com/technology/clut.html). */
function identity(): Buffer {
  const side = LEVEL * LEVEL;
  const data = Buffer.alloc(HALD * HALD * 3);
  for (let i = 0; i < side ** 3; i++) {
    const step = (value: number) => Math.round((value * 255) / (side - 1));
    data[i * 3] = step(i % side);
    data[i * 3 + 1] = step(Math.floor(i / side) % side);
    data[i * 3 + 2] = step(Math.floor(i / side / side));
  }
  return data;
}

const png = (size: Size, background: Paint): Promise<Buffer> =>
  sharp({ create: { ...size, channels: 4, background: { ...background } } })
    .png({ compressionLevel: 1 })
    .toBuffer();

const SUBTITLE_BYTES = 2_000_000;

const CLEAR: Paint = { r: 0, g: 0, b: 0, alpha: 0 };
const WHITE: Paint = { r: 255, g: 255, b: 255, alpha: 1 };

export function createDrawings({ images, input, folder, cacheFolder }: DrawOptions): Drawings {
  let next = 0;
  const keep = async (data: Buffer): Promise<string> => {
    const path = join(folder, `drawn-${next++}.png`);
    await writeFile(path, data);
    return path;
  };
  const draw = async (source: Buffer | string, steps: readonly Step[], size: Size): Promise<Buffer> =>
    (await images.render(planOf(steps, size), { ...input, source })).data;
  const onto = async (ground: Paint, steps: readonly Step[], size: Size): Promise<Buffer> =>
    draw(await png(size, ground), steps, size);
  /** Only what is laid, without the rules for blending: those are the film's. */
  const plain = (step: LayerStep): LayerStep => ({ ...step, under: false, cutter: false, blend: 'over', timing: null });

  return {
    async layer(step, base) {
      const whole = await onto(CLEAR, [plain(step)], base);
      const cut = await sharp(whole)
        .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 0 })
        .png({ compressionLevel: 1 })
        .toBuffer({ resolveWithObject: true })
        // Nothing is visible, or everything is.
        .catch(() => undefined);
      if (cut === undefined) return { path: await keep(whole), x: 0, y: 0, out: base };
      const { width, height, trimOffsetLeft = 0, trimOffsetTop = 0 } = cut.info;
      return { path: await keep(cut.data), x: -trimOffsetLeft, y: -trimOffsetTop, out: { width, height } };
    },
    opaque: async (step, base, ground) => keep(await onto(ground, [plain(step)], base)),
    shape: async (step, base) =>
      keep(step.op === 'round' ? await onto(WHITE, [step], base) : await onto(CLEAR, [plain(step)], base)),
    async colors(steps) {
      const size = { width: HALD, height: HALD };
      const source = await sharp(identity(), { raw: { ...size, channels: 3 } })
        .png({ compressionLevel: 1 })
        .toBuffer();
      return keep(
        await draw(
          source,
          steps.map((step) => ({ ...step, out: size })),
          size,
        ),
      );
    },
    async subtitles({ placement }, source, base) {
      const file = await input.openRaw?.(source.publicId);
      if (typeof file !== 'string')
        throw ERRORS.BadRequest(`Unknown or invalid referenced raw file ${source.publicId}`);
      const { size } = await stat(file);
      if (size > SUBTITLE_BYTES) throw ERRORS.FileTooLarge(size, SUBTITLE_BYTES);
      const cues = parseSubtitles(await readFile(file, 'utf8'));
      if (cues.length === 0)
        throw ERRORS.BadRequest(`Invalid subtitles file ${source.publicId}. Expected SRT or WebVTT`);
      const path = join(folder, `subtitles-${next++}.ass`);
      const { style } = source;
      if (!isFontFile(style.fontFamily)) {
        await writeFile(path, toAss(cues, source, placement, base));
        return { path, fonts: null };
      }
      const font = await openAccountFont(style.fontFamily, input, cacheFolder);
      // The filter reads every font of its folder: one of its own for each.
      const fonts = `${path}.fonts`;
      await mkdir(fonts);
      await copyFile(font.path, join(fonts, basename(font.path)));
      await writeFile(path, toAss(cues, { ...source, style: { ...style, fontFamily: font.family } }, placement, base));
      return { path, fonts };
    },
    still: async (source, out) => keep(await draw(source, [], out)),
  };
}
