import type { Rect, Size } from './shapes.ts';

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
  /** Size of every page (points for documents, pixels else), when they differ from the first one's. */
  readonly pageSizes?: readonly Size[];
  readonly pageNames?: readonly string[];
  /** Files inside of smart objects of a PSD, in its order. */
  readonly embedded?: readonly EmbeddedFacts[];
  /** Boxes around the named paths of a JPEG, TIFF or PSD. */
  readonly paths?: Readonly<Record<string, Rect>>;
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
  /** A value of `q_` that stands for an automatic quality of this source. */
  readonly qualityOverride?: string;
  /** 0 (photograph) – 1 (drawing). */
  readonly illustrationScore?: number;
}

export interface EmbeddedFacts extends Size {
  /** Names of the layers that show the file. */
  readonly layers: readonly string[];
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
