import type { Styles } from './looks.ts';

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
  validateMaxWidthHeight?: boolean;
  cropping?: boolean | 'server';
  croppingAspectRatio?: number;
  croppingDefaultSelectionRatio?: number;
  croppingCoordinatesMode?: 'custom' | 'face';
  croppingShowDimensions?: boolean;
  croppingShowBackButton?: boolean;
  croppingValidateDimensions?: boolean;
  showSkipCropButton?: boolean;
  folder?: string;
  publicId?: string;
  tags?: readonly string[] | string;
  context?: Record<string, string>;
  resourceType?: string;
  detection?: string;
  on_success?: string;
  encryption?: { key: string; iv: string };
  theme?: string;
  styles?: Styles;
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
  thumbnailTransformation?: unknown;
  queueViewPosition?: string;
  form?: string | Element;
  buttonCaption?: string;
  buttonClass?: string;
  preBatch?: (callback: (answer?: { cancel?: boolean }) => void, data: { files: readonly File[] }) => void;
  getTags?: (callback: (tags: readonly string[]) => void, prefix: string) => void;
  getUploadPresets?: (callback: (presets: readonly (string | { label?: string; value: string })[]) => void) => void;
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

export const isMultiple = ({ multiple, maxFiles }: WidgetOptions): boolean => multiple !== false && maxFiles !== 1;

export const listOf = (value: readonly string[] | string | undefined): string[] =>
  (typeof value === 'string' ? value.split(',') : [...(value ?? [])]).map((item) => item.trim()).filter(Boolean);

/** Value of a form field, as the SDKs write it. */
export function fieldText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, item]) => `${name}=${String(item).replace(/[\\|=]/g, '\\$&')}`)
      .join('|');
  return String(value);
}
