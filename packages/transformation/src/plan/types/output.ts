import type { Color } from './shapes.ts';

export type AutoQuality = 'best' | 'good' | 'eco' | 'low' | 'sensitive';

export type Quality =
  /** Nothing asked: the encoder's default for the format. */
  | { readonly mode: 'default' }
  /** 1–100 */
  | { readonly mode: 'fixed'; readonly value: number }
  | { readonly mode: 'auto'; readonly level: AutoQuality };

export interface Attachment {
  /** Without extension; null: the asset's own name. */
  readonly filename: string | null;
}

/** Things of the answer that change no byte of the result. */
export interface Delivery {
  readonly attachment: Attachment | null;
  readonly immutableCache: boolean;
  /** Request headers the plan looked at, for `Vary`. */
  readonly vary: readonly string[];
}

/** Thumbnails side by side, for seeking in a video. */
export interface SpriteSheet {
  /** Seconds from one to the next. */
  readonly interval: number;
  readonly count: number;
  readonly columns: number;
  /** Of one thumbnail. */
  readonly width: number;
  readonly height: number;
}

export interface ImageOutput {
  readonly kind: 'image';
  /** Canonical extension: jpg, png, webp, gif, avif, jxl, jp2, tiff, bmp, ico, heic, pdf, svg, psd, eps, tga … */
  readonly format: string;
  readonly contentType: string;
  readonly quality: Quality;
  /** `q_…:420` / `:444`; null: the encoder's choice. */
  readonly chroma: '420' | '444' | null;
  readonly progressive: 'none' | 'semi' | 'steep' | 'default';
  /** `fl_lossy` on GIF / PNG. */
  readonly lossy: boolean;
  readonly lossless: boolean;
  /** `fl_png8` 8, `fl_png24` 24, `fl_png32` 32. */
  readonly pngBits: 8 | 24 | 32 | null;
  /** All frames are encoded. False: the first one only. */
  readonly animated: boolean;
  /** Milliseconds per frame; null keeps the source's. */
  readonly delay: number | null;
  /** Repetitions; 0 = forever; null keeps the source's. */
  readonly loop: number | null;
  /** Frame sampling when a video becomes an animated picture. */
  readonly sampling: { readonly frames: number } | { readonly every: number } | null;
  /** strip everything (default), keep copyright-like tags, keep all. */
  readonly metadata: 'strip' | 'attribution' | 'all';
  /** ICC: convert to sRGB and drop (default), keep it, drop without conversion, embed a small sRGB. */
  readonly profile: 'convert' | 'keep' | 'strip' | 'tiny';
  readonly colorSpace: 'srgb' | 'cmyk' | 'keep' | { readonly icc: string };
  /** DPI written into the file. */
  readonly density: number | null;
  /** Paint behind transparency when the format has no alpha. Default white. */
  readonly background: Color;
  /** The picture as planned may hold transparency. */
  readonly alpha: boolean;
  /** `fl_any_format`, `fl_preserve_transparency`: the renderer may pick another format / must when alpha would be lost. */
  readonly anyFormat: boolean;
  readonly preserveTransparency: boolean;
  /** `f_auto` came down to JPEG for a lossless original: if it is a drawing, it is smaller and sharper as PNG. */
  readonly drawingAsPng: boolean;
  /** Deliver the SVG as SVG, sanitised. */
  readonly sanitize: boolean;
  readonly tiff: { readonly group4: boolean; readonly lzw8: boolean } | null;
  /** `fl_getinfo`: JSON about input and output instead of the picture. */
  readonly getinfo: boolean;
  /** Pages of the result (PDF, TIFF). */
  readonly pages: number;
  /** `fl_sprite` of a video: thumbnails of all of it on one sheet. */
  readonly sprite?: SpriteSheet;
}

export interface VideoOutput {
  /** `audio`: sound only. `manifest`: HLS or DASH. `thumbnails`: `fl_sprite` .vtt. */
  readonly kind: 'video' | 'audio' | 'manifest' | 'thumbnails';
  readonly format: string;
  readonly contentType: string;
  readonly quality: Quality;
  /** `q_…:qmax_n` */
  readonly qmax: number | null;
  /** null: the container's default; `none`: no picture. */
  readonly videoCodec: {
    readonly name: string;
    readonly profile: string | null;
    readonly level: string | null;
    readonly bframes: boolean;
  } | null;
  readonly audioCodec: string | null;
  /** Hz; `keep` is `af_iaf`. */
  readonly audioFrequency: number | 'keep' | null;
  /** Bits per second. */
  readonly bitRate: { readonly value: number; readonly constant: boolean } | null;
  readonly audioBitRate: number | null;
  readonly fps: { readonly min: number | null; readonly max: number | null } | null;
  /** Seconds. */
  readonly keyframeInterval: number | null;
  readonly streamingProfile: { readonly name: string; readonly options: Readonly<Record<string, string>> } | null;
  readonly hdr: boolean;
  readonly mono: boolean;
  readonly hlsVersion: 3 | 4;
  readonly keepDar: boolean;
  readonly noStream: boolean;
  readonly truncateTs: boolean;
  readonly getinfo: boolean;
  readonly colorSpace: string | null;
  /** Seconds after all trims, when the facts know the source's. */
  readonly duration: number | null;
}

export type Output = ImageOutput | VideoOutput;
