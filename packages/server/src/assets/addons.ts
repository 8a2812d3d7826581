import type { AddonHook, ConfiguredAddons } from '../addons/configured.ts';
import { OBJECT_MODELS } from '../addons/results.ts';
import { ERRORS, type SignetError } from '../errors.ts';
import type { UploadOptions } from './parameters.ts';

interface Addon {
  /** As the error names it. */
  readonly name: string;
  /** The values that need it; anything else is an invalid value. */
  readonly accepts: (value: string) => boolean;
  /** The error for a value nobody knows, in the cloud's words. */
  readonly invalid: (value: string) => string;
  /** The value only says that, or how: the parameter itself is the name. */
  readonly flag?: true;
}

const oneOf = (...names: string[]) => {
  const known = new Set(names);
  return (value: string) => known.has(value.split(':')[0]!);
};

/**
 * Parameters that need a paid add-on of the cloud. An account without the add-on gets this very error there, and so it
 * does here, unless the operator has plugged in a model of his own: none is faked. Read by upload, explicit, update and the reference table of the docs.
 */
export const ADDON_PARAMETERS = {
  ocr: { name: 'OCR Text Detection and Extraction', accepts: oneOf('adv_ocr'), invalid: () => 'Ocr is invalid' },
  detection: {
    name: 'Cloudinary AI Content Analysis',
    accepts: oneOf('adv_face', 'captioning', 'watermark-detection', 'iqa', ...OBJECT_MODELS),
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
    flag: true,
  },
  auto_chaptering: {
    name: 'automatic chaptering',
    accepts: () => true,
    invalid: () => 'Auto chaptering is invalid',
    flag: true,
  },
  auto_video_details: {
    name: 'automatic video details',
    accepts: () => true,
    invalid: () => 'Auto video details is invalid',
    flag: true,
  },
} as const satisfies Partial<Record<keyof UploadOptions, Addon>>;

export type AddonParameter = keyof typeof ADDON_PARAMETERS;

/** Vendors of moderation that would be an add-on; `manual` is ours. */
export const MODERATION_ADDONS = [
  'perception_point',
  'webpurify',
  'aws_rek',
  'aws_rek_video',
  'google_video_moderation',
  'duplicate',
] as const;

/** Work of an add-on that the operator has plugged in. */
export interface WantedAddon {
  readonly parameter: AddonParameter | 'moderation';
  /** The value without what stands behind its colon; the parameter where that is the name. */
  readonly name: string;
  readonly argument: string;
  readonly hook: AddonHook;
}

/** How the setting `addons` names it: `<parameter>:<value>`, or the parameter alone where the value is no name. */
export const addonKey = (parameter: WantedAddon['parameter'], name: string): string =>
  parameter !== 'moderation' && 'flag' in ADDON_PARAMETERS[parameter] ? parameter : `${parameter}:${name}`;

const wantedOf = (parameter: WantedAddon['parameter'], value: string, configured: ConfiguredAddons) => {
  const [name = '', argument = ''] = value.split(/:(.*)/s);
  const hook = configured.get(addonKey(parameter, name));
  return hook && { parameter, name, argument, hook };
};

/** The model that a kind of moderation needs; `undefined` for a person. @throws 400 when it is not plugged in or unknown */
export function moderationAddon(kind: string, configured: ConfiguredAddons): WantedAddon | undefined {
  const vendor = kind.split(':')[0]!;
  if (vendor === 'manual') return undefined;
  const wanted = wantedOf('moderation', kind, configured);
  if (wanted !== undefined) return wanted;
  if ((MODERATION_ADDONS as readonly string[]).includes(vendor)) throw ERRORS.NoAddon(`${vendor} moderation`);
  throw ERRORS.BadRequest(`Moderation ${kind} moderation is not valid`);
}

const invalidValue = (parameter: AddonParameter, value: string): SignetError =>
  ERRORS.BadRequest(ADDON_PARAMETERS[parameter].invalid(value));

/**
 * What a call asks of add-ons, moderation apart.
 *
 * @param invalid the error for a value nobody knows; `update` has its own words
 * @throws 400 for a value nobody knows, and for one that needs an add-on that is not plugged in
 */
export function addonsWanted(
  options: UploadOptions,
  configured: ConfiguredAddons,
  invalid = invalidValue,
): WantedAddon[] {
  const wanted: WantedAddon[] = [];
  for (const [parameter, addon] of Object.entries(ADDON_PARAMETERS) as [AddonParameter, Addon][]) {
    const given = options[parameter];
    if (given === undefined || given === false) continue;
    const text = typeof given === 'object' ? JSON.stringify(given) : String(given);
    for (const value of addon.flag ? [`${parameter}:${text}`] : text.split(/[|,]/)) {
      const plugged = wantedOf(parameter, value, configured);
      if (plugged !== undefined) wanted.push(plugged);
      else throw addon.accepts(value) ? ERRORS.NoAddon(addon.name) : invalid(parameter, value);
    }
  }
  return wanted;
}

/** @throws 400 for whatever no add-on here can do */
export function checkAddons(options: UploadOptions, configured: ConfiguredAddons): WantedAddon[] {
  for (const kind of (options.moderation ?? '').split('|').filter(Boolean)) moderationAddon(kind, configured);
  return addonsWanted(options, configured);
}
