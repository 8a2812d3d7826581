import { ERRORS } from '../errors.ts';
import type { UploadOptions } from './parameters.ts';

interface Addon {
  /** As the error names it. */
  readonly name: string;
  /** The values that need it; anything else is an invalid value. */
  readonly accepts: (value: string) => boolean;
  /** The error for a value nobody knows, in the cloud's words. */
  readonly invalid: (value: string) => string;
}

const oneOf = (...names: string[]) => {
  const known = new Set(names);
  return (value: string) => known.has(value.split(':')[0]!);
};

/**
 * Parameters that need a paid add-on of the cloud. An account without the add-on gets this very error there, and so it
 * does here: none is faked. Read by upload, explicit, update and the reference table of the docs.
 */
export const ADDON_PARAMETERS = {
  ocr: { name: 'OCR Text Detection and Extraction', accepts: oneOf('adv_ocr'), invalid: () => 'Ocr is invalid' },
  detection: {
    name: 'Cloudinary AI Content Analysis',
    accepts: oneOf(
      'adv_face',
      'captioning',
      'cld-fashion',
      'cld-text',
      'coco',
      'coco_v1',
      'coco_v2',
      'lvis',
      'lvis_v1',
      'unidet',
      'human-anatomy',
      'shop-classifier',
      'watermark-detection',
      'iqa',
    ),
    invalid: (value) => `Detection invalid model '${value}'`,
  },
  categorization: {
    name: 'automatic tagging',
    accepts: oneOf(
      'google_tagging',
      'aws_rek_tagging',
      'imagga_tagging',
      'google_video_tagging',
      'azure_video_indexer',
    ),
    invalid: (value) => `Categorization item ${value} is not valid`,
  },
  raw_convert: {
    name: 'file conversion',
    accepts: oneOf('aspose', 'google_speech', 'azure_video_indexer', 'extract_text'),
    invalid: () => 'Raw convert is invalid',
  },
  auto_transcription: {
    name: 'automatic transcription',
    accepts: () => true,
    invalid: () => 'Auto transcription is invalid',
  },
  auto_chaptering: { name: 'automatic chaptering', accepts: () => true, invalid: () => 'Auto chaptering is invalid' },
  auto_video_details: {
    name: 'automatic video details',
    accepts: () => true,
    invalid: () => 'Auto video details is invalid',
  },
} as const satisfies Partial<Record<keyof UploadOptions, Addon>>;

/** Vendors of moderation that would be an add-on; `manual` is ours. */
export const MODERATION_ADDONS = [
  'perception_point',
  'webpurify',
  'aws_rek',
  'aws_rek_video',
  'google_video_moderation',
  'duplicate',
] as const;

/** @throws 400 for a value nobody knows, and for one that would need an add-on */
export function checkAddons(options: UploadOptions): void {
  for (const [name, addon] of Object.entries(ADDON_PARAMETERS) as [keyof typeof ADDON_PARAMETERS, Addon][]) {
    const given = options[name];
    if (given === undefined || given === false) continue;
    for (const value of String(typeof given === 'object' ? JSON.stringify(given) : given).split(
      name === 'categorization' ? ',' : '|',
    )) {
      if (!addon.accepts(value)) throw ERRORS.BadRequest(addon.invalid(value));
    }
    throw ERRORS.NoAddon(addon.name);
  }
  for (const kind of (options.moderation ?? '').split('|').filter(Boolean)) {
    const vendor = kind.split(':')[0]!;
    if (vendor === 'manual') continue;
    if ((MODERATION_ADDONS as readonly string[]).includes(vendor)) throw ERRORS.NoAddon(`${vendor} moderation`);
    throw ERRORS.BadRequest(`Moderation ${kind} moderation is not valid`);
  }
}
