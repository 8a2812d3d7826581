/**
 * The contract between the pure plan (this package) and whatever makes pixels from it.
 *
 * A plan is plain data (JSON-safe: it can cross to a worker), ordered, and exact: every step says the size of the picture
 * after it (`out`). A renderer runs `decode`, then `steps` in order, then encodes by `output`; it never reads the URL again.
 *
 * **When a size depends on pixels** (`e_trim`, a crop to a detected face without a size, a text layer), the step has
 * `out: null`, it is the last of `steps`, and `plan.rest` holds what is still to be planned. The renderer measures the real
 * picture and asks for more:
 *
 * ```ts
 * let part: PlanPart = plan;
 * for (;;) {
 *   for (const step of part.steps) image = await run(step, image);
 *   if (!part.rest) break;
 *   part = continuePlan(part.rest, { width: image.width, height: image.height });
 * }
 * encode(image, part.output ?? plan.output);
 * ```
 *
 * Layers are plans themselves (`LayerPlan`) and are run the same way.
 *
 * **When a position depends on pixels** (faces, saliency), the size is known but `placed` is null: the renderer finds the
 * focus boxes in the picture as it is before the step and calls `resolveCrop(step, focus)` / `resolveCover(step, focus)`,
 * which are pure, to get the rectangle. Positions that follow from the facts alone (compass, custom coordinates, face
 * coordinates given at upload) arrive resolved.
 */

/** Whole pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whole pixels from the top-left corner. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Channels 0–255, alpha 0–1. */
export interface Color {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

// ---------------------------------------------------------------------------------------------------------------- facts

export type ResourceType = 'image' | 'video' | 'raw';

/** What is known about a stored asset before any pixel of it is decoded. Sizes are of the upright picture. */
export interface SourceFacts {
  readonly resourceType: ResourceType;
  readonly publicId: string;
  /** Stored format, lower case, canonical (`jpg`, `png`, `gif`, `mp4` …). */
  readonly format: string;
  /** Pixels after EXIF orientation (or rotation metadata of a video); for vectors and documents, see `points`. 0 for audio. */
  readonly width: number;
  readonly height: number;
  /** Size in points (1/72 inch) of a vector or document page; sizes are then `points × density / 72`. */
  readonly points?: { readonly width: number; readonly height: number };
  readonly bytes?: number;
  /** Changes when the bytes change (content hash or version). Goes into the canonical key of plans that use it as a layer. */
  readonly contentId?: string;
  /** Pages of a document, layers of a PSD, frames of an animated picture. Default 1. */
  readonly pages?: number;
  readonly pageNames?: readonly string[];
  readonly animated?: boolean;
  readonly hasAlpha?: boolean;
  /** EXIF orientation 1–8 of the stored bytes. */
  readonly orientation?: number;
  readonly dpi?: number;
  /** `srgb`, `cmyk`, `b-w` … */
  readonly colorSpace?: string;
  /** Seconds, for video, audio and animated pictures. */
  readonly duration?: number;
  readonly frameRate?: number;
  readonly isAudio?: boolean;
  readonly hasAudio?: boolean;
  readonly tags?: readonly string[];
  readonly context?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Detected or given faces in upright pixels. `undefined` means not looked for yet; `[]` means none there. */
  readonly faces?: readonly Rect[];
  readonly customCoordinates?: readonly Rect[];
  readonly regions?: Readonly<Record<string, readonly Rect[]>>;
  /** 0 (photograph) – 1 (drawing). */
  readonly illustrationScore?: number;
}

/** What the client says about itself. All optional; header names in the comments. */
export interface ClientHints {
  /** `Accept` */
  readonly accept?: string;
  /** `Sec-CH-DPR`, `DPR` */
  readonly dpr?: number;
  /** `Sec-CH-Width`, `Width` */
  readonly width?: number;
  /** `Save-Data: on` */
  readonly saveData?: boolean;
  /** `User-Agent` */
  readonly userAgent?: string;
}

// --------------------------------------------------------------------------------------------------------------- gravity

export type Compass =
  | 'north_west'
  | 'north'
  | 'north_east'
  | 'west'
  | 'center'
  | 'east'
  | 'south_west'
  | 'south'
  | 'south_east';

/**
 * Where the important part is.
 *
 * - `compass`: a fixed direction, always resolved by the plan.
 * - `point`: `g_xy_center`; x, y of the step are the centre. Always resolved by the plan.
 * - `custom`: coordinates stored with the asset. Resolved by the plan, or its fallback.
 * - `region`: a named region of the asset. Resolved by the plan.
 * - `face` / `faces`: the largest face / the box around all. Resolved when the facts hold faces, else by the renderer.
 * - `auto`: saliency, with objects that attract (`focus`) or repel (`avoid`), always by the renderer.
 * - `object`: a detected object by name, first found wins, always by the renderer.
 */
export type Gravity =
  | { readonly kind: 'compass'; readonly at: Compass }
  | { readonly kind: 'point' }
  /** `next`: faces are looked for when there are no coordinates (`custom:face`). */
  | { readonly kind: 'custom'; readonly fallback: GravityFallback; readonly next: 'face' | 'faces' | null }
  | { readonly kind: 'region'; readonly name: string; readonly fallback: GravityFallback }
  | { readonly kind: 'face' | 'faces'; readonly fallback: GravityFallback }
  | { readonly kind: 'body'; readonly fallback: GravityFallback }
  | { readonly kind: 'object'; readonly names: readonly string[]; readonly fallback: GravityFallback }
  | {
      readonly kind: 'auto';
      readonly algorithm: 'subject' | 'classic';
      readonly focus: readonly string[];
      readonly avoid: readonly string[];
      /** Areas of interest in pixels of the picture before the step. */
      readonly areas: readonly Rect[];
      /** 0–100, how tightly `c_thumb` closes in on the subject. */
      readonly aggressiveness?: number;
      readonly ruleOfThirds: boolean;
      readonly customOverrides: boolean;
    };

/** What is used when the gravity finds nothing: a compass point, or saliency. */
export type GravityFallback = Compass | 'auto';

/** One thing a detector found, in pixels of the picture before the step. `weight` 0–1 defaults to 1. */
export interface Focus extends Rect {
  readonly weight?: number;
}

// ------------------------------------------------------------------------------------------------------------ background

export type AutoBackgroundMode =
  | 'border'
  | 'predominant'
  | 'border_contrast'
  | 'predominant_contrast'
  | 'border_gradient'
  | 'predominant_gradient'
  | 'border_gradient_contrast'
  | 'predominant_gradient_contrast';

/** What is painted behind the picture. `default`: transparent where the output has alpha, white otherwise. */
export type Background =
  | { readonly kind: 'default' }
  | { readonly kind: 'color'; readonly color: Color }
  | {
      readonly kind: 'auto';
      readonly mode: AutoBackgroundMode;
      /** Colours of the gradient. */
      readonly number: 2 | 4;
      readonly direction: 'horizontal' | 'vertical' | 'diagonal_desc' | 'diagonal_asc';
      readonly palette: readonly Color[];
    }
  /** Video only: a stretched, blurred copy. */
  | { readonly kind: 'blurred'; readonly intensity: number; readonly brightness: number };

// ---------------------------------------------------------------------------------------------------------------- decode

/** Which pages, layers or frames are read. Numbers are 1-based, as in URLs. */
export type PageSelection =
  | { readonly kind: 'first' }
  /** Every frame of an animated source. */
  | { readonly kind: 'all' }
  /** In this order; more than one is a multi-page result (PDF, TIFF) or flattened layers (PSD). */
  | { readonly kind: 'list'; readonly pages: readonly number[] }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'embedded'; readonly index?: number; readonly name?: string };

export interface Decode {
  readonly pages: PageSelection;
  /** Dots per inch at which vectors and documents are rasterised. Only set for sources that need it. */
  readonly density?: number;
  /** For a still from a video: seconds into it, or `auto` for a good frame. */
  readonly at?: number | 'auto';
  /** Apply EXIF orientation. False only with `a_ignore`. */
  readonly autoOrient: boolean;
  /** `fl_ignore_mask_channels` */
  readonly ignoreMaskChannels?: boolean;
  /** `fl_clip` / `fl_clip_evenodd`: use the embedded clipping path as alpha. */
  readonly clip?: 'nonzero' | 'evenodd';
  /** Upright pixels that come out. */
  readonly out: Size;
}

// ----------------------------------------------------------------------------------------------------------------- steps

/** Fields every step has. `out: null`: only the renderer can know; see the top of this file. */
interface Sized {
  readonly out: Size | null;
}

/** A rectangle chosen in the picture before the step, and where it ends up. All whole pixels. */
export interface Placed {
  /** In pixels of the picture before the step. It is inside the picture. */
  readonly region: Rect;
  /** Output pixels per input pixel. 1 for a crop. */
  readonly scale: number;
  /** Size of the *whole* input when scaled by `scale`; `offset` is where `out` begins in it. Two equal ways to render:
   * `extract(region)` then resize to `out`, or resize to `resized` then extract `out` at `offset` (faster when scale < 1). */
  readonly resized: Size;
  readonly offset: { readonly x: number; readonly y: number };
}

/** Resize to exactly `out`, distorting if it must. */
export interface ResizeStep extends Sized {
  readonly op: 'resize';
  readonly out: Size;
  /** `liquid`: seam carving (`g_liquid`). */
  readonly method: 'resample' | 'liquid';
}

/** Cut a rectangle, no scaling. `placed` null: call `resolveCrop`. */
export interface CropStep extends Sized {
  readonly op: 'crop';
  readonly in: Size;
  readonly gravity: Gravity;
  /** Offset of the window from the gravity point, px, signs already turned to right/down. */
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  /** Wanted size; null: the detected region itself (scaled by zoom) becomes the result. */
  readonly want: Size | null;
  readonly placed: Placed | null;
}

/** Scale and cut so that `out` is filled. `placed` null: call `resolveCover`. */
export interface CoverStep extends Sized {
  readonly op: 'cover';
  readonly in: Size;
  readonly out: Size;
  /**
   * `fill`: smallest scale that covers, the gravity moves the window. `thumb`: close in on the focus (by zoom).
   * `auto`: whichever of the two shows the subject best.
   */
  readonly mode: 'fill' | 'thumb' | 'auto';
  readonly gravity: Gravity;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly placed: Placed | null;
}

/** Put the picture on a larger (or smaller) box. */
export interface PadStep extends Sized {
  readonly op: 'pad';
  readonly out: Size;
  /** Top-left corner of the picture inside the box, px; may be negative or outside, what is outside is cut. */
  readonly x: number;
  readonly y: number;
  readonly background: Background;
}

/** `c_fill_pad`, `c_auto_pad`: crop to the subject as far as nothing important is lost, pad the rest. Saliency decides. */
export interface SmartPadStep extends Sized {
  readonly op: 'smart-pad';
  readonly in: Size;
  readonly out: Size;
  readonly mode: 'fill_pad' | 'auto_pad';
  readonly gravity: Gravity;
  readonly background: Background;
}

/** Rotation by a multiple of 90°, clockwise. */
export interface TurnStep extends Sized {
  readonly op: 'turn';
  readonly angle: 90 | 180 | 270;
  readonly out: Size;
}

/** Rotation by any other angle, clockwise degrees in (0, 360); the canvas grows to the bounding box. */
export interface RotateStep extends Sized {
  readonly op: 'rotate';
  readonly angle: number;
  readonly background: Background;
  readonly out: Size;
}

/** `horizontal` mirrors left-right, `vertical` top-bottom. */
export interface FlipStep extends Sized {
  readonly op: 'flip';
  readonly axis: 'horizontal' | 'vertical';
  readonly out: Size;
}

/** A value of an effect after parsing: a number in the documented range, a word, a colour, a list of numbers. */
export type EffectValue = number | string | boolean | Color | Rect | readonly number[] | readonly ColorStop[] | null;

export interface ColorStop {
  readonly color: Color;
  /** 0–100 (per cent). */
  readonly position: number | null;
}

/**
 * One effect. `args` has every option of the table in `effects.ts` by name, with defaults filled in; `color` is `co_`
 * when the effect takes one; `x`, `y` in pixels when it takes offsets; `region` in pixels for the `*_region` effects.
 */
export interface EffectStep extends Sized {
  readonly op: 'effect';
  readonly name: string;
  readonly args: Readonly<Record<string, EffectValue>>;
}

/** `o_`: alpha times level / 100. */
export interface OpacityStep extends Sized {
  readonly op: 'opacity';
  /** 0–100 */
  readonly level: number;
  readonly out: Size;
}

/** `r_`: `max` is the inscribed ellipse; else px for top-left, top-right, bottom-right, bottom-left, at most half a side. */
export interface RoundStep extends Sized {
  readonly op: 'round';
  readonly corners: 'max' | readonly [number, number, number, number];
  readonly out: Size;
}

/** `bo_`: follows the rounding of the same component when `corners` is set (corners of the picture before the border). */
export interface BorderStep extends Sized {
  readonly op: 'border';
  readonly width: number;
  readonly color: Color;
  readonly corners: RoundStep['corners'] | null;
  readonly out: Size;
}

/** `b_` alone: paint behind transparent parts; the result is opaque unless the colour is not. */
export interface FlattenStep extends Sized {
  readonly op: 'flatten';
  readonly background: Background;
  readonly out: Size;
}

/** `l_lut`: colour lookup table. */
export interface LutStep extends Sized {
  readonly op: 'lut';
  readonly publicId: string;
  readonly out: Size;
}

// ---------------------------------------------------------------------------------------------------------------- layers

export interface TextStyle {
  readonly fontFamily: string;
  /** px */
  readonly fontSize: number;
  readonly weight: 'normal' | 'bold' | 'thin' | 'light';
  readonly style: 'normal' | 'italic';
  readonly decoration: 'none' | 'underline' | 'strikethrough';
  readonly align: 'left' | 'center' | 'right' | 'start' | 'end' | 'justify';
  readonly stroke: boolean;
  readonly letterSpacing: number;
  readonly lineSpacing: number;
  readonly antialias: 'none' | 'gray' | 'subpixel' | 'fast' | 'good' | 'best' | null;
  readonly hinting: 'none' | 'slight' | 'medium' | 'full' | null;
}

export interface AssetRef {
  readonly resourceType: ResourceType;
  /** Delivery type: upload, private, authenticated, text, fetch … */
  readonly type: string;
  /** With folders by `/`. For `fetch`, the absolute URL. */
  readonly publicId: string;
  /** Extension written after the id, if any. */
  readonly format: string | null;
}

export type LayerSource =
  | { readonly kind: 'asset'; readonly ref: AssetRef; readonly contentId: string | null }
  | {
      readonly kind: 'text';
      /** null: the style comes from the text asset `preset`. */
      readonly style: TextStyle | null;
      readonly preset: string | null;
      /** Decoded, variables filled in; lines end with \n. */
      readonly text: string;
      readonly color: Color;
      readonly background: Color | null;
      readonly border: { readonly width: number; readonly color: Color } | null;
      /** `c_fit,w_,h_`: wrap at this width; cut with an ellipsis at this height. */
      readonly wrap: { readonly width: number; readonly height: number | null } | null;
      /** Trim to the ink (default) or keep the line box. */
      readonly trim: boolean;
    }
  | {
      readonly kind: 'subtitles';
      readonly publicId: string;
      readonly style: TextStyle;
      readonly color: Color;
      readonly background: Color | null;
    };

/** A layer before it is placed: decode (assets only), then steps; both as in a plan. Text and unknown sizes start with `rest`. */
export interface LayerPlan extends PlanPart {
  readonly source: LayerSource;
  readonly decode: Decode | null;
}

export type Blend = 'over' | 'multiply' | 'screen' | 'overlay' | 'mask' | 'cut_out' | 'displace' | 'anti_removal';

/** Where on the base; x, y in px with the signs of the gravity (inwards positive). */
export interface Placement {
  readonly gravity: Gravity;
  readonly x: number;
  readonly y: number;
}

/** Seconds on the timeline of the base. */
export interface Timing {
  readonly start: number | null;
  readonly duration: number | null;
}

/**
 * Composite `layer` onto the picture. `over: false` puts it behind (underlay). `placed` gives all positions when both sizes
 * and the gravity are known; otherwise the renderer calls `placeLayer(base, layerSize, step, focus)`.
 */
export interface LayerStep extends Sized {
  readonly op: 'layer';
  readonly under: boolean;
  readonly layer: LayerPlan;
  readonly blend: Blend;
  /** Option of the blend: strength of `anti_removal`, x / y of `displace`. */
  readonly blendArgs: Readonly<Record<string, number>>;
  readonly placement: Placement;
  /** `fl_no_overflow`: the canvas does not grow. */
  readonly noOverflow: boolean;
  readonly tiled: boolean;
  /** `fl_cutter`: the base keeps only what the layer's alpha covers. */
  readonly cutter: boolean;
  /** `fl_region_relative` / `fl_relative` sizes that wait for a detected region: fractions of it. */
  readonly regionRelative: { readonly width: number | null; readonly height: number | null } | null;
  /** `fl_text_disallow_overflow`: error 400 when the layer is larger than the base. */
  readonly disallowOverflow: boolean;
  readonly timing: Timing | null;
  readonly placed: LayerPlaced | null;
}

/** New canvas, and the top-left corners of base and layers on it. */
export interface LayerPlaced {
  readonly canvas: Size;
  readonly base: { readonly x: number; readonly y: number };
  /** Usually one; one per face for `g_faces`; empty when a face gravity found none (the layer is left out). */
  readonly layers: readonly { readonly x: number; readonly y: number }[];
}

// ----------------------------------------------------------------------------------------------------------------- video

/** Keep only this part of the timeline so far. Seconds. `end` null: to the end. */
export interface TrimStep extends Sized {
  readonly op: 'trim';
  readonly start: number | 'auto';
  readonly end: number | null;
  readonly out: Size;
}

/** `fl_splice`: join another clip. */
export interface SpliceStep extends Sized {
  readonly op: 'splice';
  readonly layer: LayerPlan;
  readonly at: 'end' | 'start';
  readonly transition:
    | { readonly name: string; readonly duration: number }
    /** A transition clip (`e_transition`). */
    | { readonly layer: LayerPlan }
    | null;
  readonly out: Size;
}

/** An audio track mixed into the video (`l_audio`, `l_video` without picture). */
export interface MixAudioStep extends Sized {
  readonly op: 'mix-audio';
  readonly layer: LayerPlan;
  readonly timing: Timing | null;
  /** `fl_alternate`: a track of its own. */
  readonly alternate: { readonly language: string; readonly name: string | null } | null;
  readonly out: Size;
}

/** `fl_waveform`: a picture of the sound. */
export interface WaveformStep extends Sized {
  readonly op: 'waveform';
  readonly color: Color;
  readonly background: Color;
  readonly out: Size;
}

export type Step =
  | ResizeStep
  | CropStep
  | CoverStep
  | PadStep
  | SmartPadStep
  | TurnStep
  | RotateStep
  | FlipStep
  | EffectStep
  | OpacityStep
  | RoundStep
  | BorderStep
  | FlattenStep
  | LutStep
  | LayerStep
  | TrimStep
  | SpliceStep
  | MixAudioStep
  | WaveformStep;

export type StepOp = Step['op'];

// ---------------------------------------------------------------------------------------------------------------- output

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
  /** Deliver the SVG as SVG, sanitised. */
  readonly sanitize: boolean;
  readonly tiff: { readonly group4: boolean; readonly lzw8: boolean } | null;
  /** `fl_getinfo`: JSON about input and output instead of the picture. */
  readonly getinfo: boolean;
  /** Pages of the result (PDF, TIFF). */
  readonly pages: number;
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

// ------------------------------------------------------------------------------------------------------------------ plan

/**
 * What is still to be planned, as plain data. Opaque to renderers: hand it to `continuePlan(rest, actual)` with the size the
 * picture really has.
 */
export interface Rest {
  readonly state: unknown;
}

/** Steps that can be run now, and what comes after them. */
export interface PlanPart {
  readonly steps: readonly Step[];
  /** Size after `steps`; null when only the renderer can know. */
  readonly out: Size | null;
  readonly rest: Rest | null;
}

/** What comes back from `continuePlan`: more steps; `output` is set with the last part of a main plan. */
export interface ContinuedPlan extends PlanPart {
  readonly output: Output | null;
}

export interface Plan extends PlanPart {
  /** True: nothing is asked, deliver the stored bytes as they are. */
  readonly original: boolean;
  readonly decode: Decode;
  /**
   * With `rest`, what is known so far: the last `ContinuedPlan` has the final one.
   */
  readonly output: Output;
  readonly delivery: Delivery;
  /**
   * Stable key of everything that changes a byte of the result: two URLs with equal keys give equal bytes for the same
   * original. `w_432` and `c_scale,w_0.5` of an 864 px picture are equal. Add the original's hash and the engine's version.
   */
  readonly canonical: string;
  /** Assets used as layers, fonts, profiles, tables: the caller checks access to them. */
  readonly references: readonly AssetRef[];
}
