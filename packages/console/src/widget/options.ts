import type { Sheet } from './looks.ts';

export type Source = 'local' | 'url' | 'camera';
export type Params = Record<string, string | number | boolean | readonly string[] | Record<string, string>>;

export interface WidgetOptions {
  cloudName: string;
  uploadPreset?: string;
  apiKey?: string;
  /** A function that calls back with the signature, or a fixed one with its timestamp. */
  uploadSignature?: string | ((callback: (signature: string) => void, params: Record<string, unknown>) => void);
  uploadSignatureTimestamp?: number | string;
  prepareUploadParams?: (
    callback: (params: Record<string, unknown> | readonly Record<string, unknown>[]) => void,
    params: Record<string, unknown> | readonly Record<string, unknown>[],
  ) => void;
  /** Address of the server. Default: where the script came from. */
  uploadPrefix?: string;
  sources?: readonly string[];
  defaultSource?: string;
  multiple?: boolean;
  maxFiles?: number;
  maxFileSize?: number;
  maxImageFileSize?: number;
  maxVideoFileSize?: number;
  maxRawFileSize?: number;
  maxChunkSize?: number;
  clientAllowedFormats?: readonly string[] | string;
  minImageWidth?: number;
  minImageHeight?: number;
  maxImageWidth?: number;
  maxImageHeight?: number;
  cropping?: boolean | 'server';
  croppingAspectRatio?: number;
  croppingDefaultSelectionRatio?: number;
  croppingCoordinatesMode?: 'custom' | 'face';
  showSkipCropButton?: boolean;
  folder?: string;
  publicId?: string;
  tags?: readonly string[] | string;
  context?: Record<string, string>;
  resourceType?: string;
  detection?: string;
  theme?: string;
  styles?: { palette?: Partial<Sheet> & Record<string, string> };
  text?: Record<string, unknown>;
  language?: string;
  inlineContainer?: string | Element;
  showAdvancedOptions?: boolean;
  showCompletedButton?: boolean;
  showUploadMoreButton?: boolean;
  singleUploadAutoClose?: boolean;
  autoMinimize?: boolean;
  fieldName?: string;
  thumbnails?: string | Element | false;
  form?: string | Element;
  buttonCaption?: string;
  buttonClass?: string;
  preBatch?: (callback: (answer?: { cancel?: boolean }) => void, data: { files: readonly File[] }) => void;
  getTags?: (callback: (tags: readonly string[]) => void, prefix: string) => void;
  getUploadPresets?: (callback: (presets: readonly { label?: string; value: string }[]) => void) => void;
  [other: string]: unknown;
}

export interface WidgetResult {
  readonly event: string;
  readonly info?: unknown;
  readonly data?: unknown;
}

export type WidgetCallback = (error: unknown, result: WidgetResult) => void;

const SOURCES: readonly Source[] = ['local', 'url', 'camera'];

/** Sources that can be had without another company's script; the others are left out. */
export function sourcesOf({ sources }: WidgetOptions): readonly Source[] {
  const wanted = sources === undefined ? SOURCES : SOURCES.filter((source) => sources.includes(source));
  return wanted.length === 0 ? ['local'] : wanted;
}

export const listOf = (value: readonly string[] | string | undefined): string[] =>
  (typeof value === 'string' ? value.split(',') : [...(value ?? [])]).map((item) => item.trim()).filter(Boolean);

const MEDIA: Readonly<Record<string, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'png', 'gif', 'webp', 'avif', 'heic', 'svg', 'bmp', 'tiff', 'tif', 'ico', 'jxl', 'psd'],
  video: ['mp4', 'mov', 'webm', 'mkv', 'avi', 'm4v', 'ogv', 'mp3', 'wav', 'm4a', 'ogg', 'flac', 'aac'],
};
const SAME: Readonly<Record<string, string>> = { jpeg: 'jpg', jpe: 'jpg', tif: 'tiff', heif: 'heic' };

const extensionOf = (name: string): string => {
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : '';
  return SAME[extension] ?? extension;
};

/** Why a file may not be sent, in a word of the texts; `undefined` when it may. */
export function refusal(file: File, options: WidgetOptions): 'format' | 'size' | undefined {
  const extension = extensionOf(file.name);
  const kind = file.type.split('/')[0] === 'audio' ? 'video' : (file.type.split('/')[0] ?? '');
  const allowed = listOf(options.clientAllowedFormats).map(
    (format) => SAME[format.toLowerCase()] ?? format.toLowerCase(),
  );
  const fits = (format: string): boolean =>
    format === extension || format === kind || (MEDIA[format]?.includes(extension) ?? false);
  if (allowed.length > 0 && !allowed.some(fits)) return 'format';
  const wanted = options.resourceType;
  if (
    (wanted === 'image' || wanted === 'video') &&
    kind !== '' &&
    kind !== wanted &&
    !MEDIA[wanted]?.includes(extension)
  )
    return 'format';
  const byKind =
    kind === 'image' ? options.maxImageFileSize : kind === 'video' ? options.maxVideoFileSize : options.maxRawFileSize;
  const limit = Math.min(byKind ?? Number.POSITIVE_INFINITY, options.maxFileSize ?? Number.POSITIVE_INFINITY);
  return file.size > limit ? 'size' : undefined;
}

/** Value of a form field, as the SDKs write it. */
export function fieldText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, item]) => `${name}=${String(item).replace(/[\\|=]/g, '\\$&')}`)
      .join('|');
  return String(value);
}
