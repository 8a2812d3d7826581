import { ERRORS } from '../errors.ts';
import { checkWebhookUrl } from '../jobs/webhook-url.ts';
import { parseJson } from '../json.ts';
import { parsePairs } from './pairs.ts';

/**
 * Every parameter of `upload` and `explicit` as data: how its text is read, whether an unsigned call may carry it, and
 * what it is for. Parser, unsigned check, presets and the reference page read the same row.
 * Source: Upload API reference, "Optional parameters"; unsigned list: the server's own error text.
 */
type Kind = 'string' | 'boolean' | 'integer' | 'number' | 'list' | 'json' | 'pairs' | 'flag-or-json' | 'address';

interface Row {
  readonly kind: Kind;
  /** An unsigned call may carry it. */
  readonly unsigned?: true;
  /** Kept out of presets (the cloud ignores them there). */
  readonly notInPreset?: true;
  readonly doc: string;
}

const row = <const R extends Row>(spec: R): R => spec;

export const UPLOAD_PARAMETERS = {
  // naming and placing
  public_id: row({ kind: 'string', unsigned: true, doc: 'Identifier; a random one when missing.' }),
  public_id_prefix: row({ kind: 'string', unsigned: true, doc: 'Joined in front of the public ID with a slash.' }),
  folder: row({ kind: 'string', unsigned: true, doc: 'Fixed folder mode: folder and prefix of the public ID.' }),
  asset_folder: row({ kind: 'string', unsigned: true, doc: 'Dynamic folder mode: where the asset is shown.' }),
  use_asset_folder_as_public_id_prefix: row({
    kind: 'boolean',
    doc: 'Put the asset folder in front of the public ID.',
  }),
  display_name: row({ kind: 'string', doc: 'Name shown to people (dynamic folder mode).' }),
  use_filename_as_display_name: row({ kind: 'boolean', doc: 'Take the display name from the file name.' }),
  unique_display_name: row({ kind: 'boolean', doc: 'Add a suffix when the folder has that display name already.' }),
  use_filename: row({ kind: 'boolean', doc: 'Take the public ID from the file name.' }),
  unique_filename: row({ kind: 'boolean', doc: 'With use_filename: add six random characters (default true).' }),
  filename_override: row({ kind: 'string', unsigned: true, doc: 'File name to use in place of the one sent.' }),
  discard_original_filename: row({ kind: 'boolean', doc: 'Do not keep the file name.' }),
  overwrite: row({
    kind: 'boolean',
    doc: 'Replace an asset of the same public ID (default true; false in unsigned calls).',
  }),
  type: row({ kind: 'string', doc: 'Delivery type: upload, private or authenticated.' }),
  // descriptive and rights
  tags: row({ kind: 'list', unsigned: true, doc: 'Comma-separated tags.' }),
  context: row({ kind: 'pairs', unsigned: true, doc: 'Key-value pairs, `k=v|k2=v2`.' }),
  metadata: row({ kind: 'pairs', unsigned: true, doc: 'Structured metadata by external ID.' }),
  clear_invalid: row({ kind: 'boolean', doc: 'Drop invalid metadata values in place of refusing them.' }),
  access_control: row({
    kind: 'json',
    doc: 'Who may see it: [{"access_type":"token"},{"access_type":"anonymous","start":…,"end":…}].',
  }),
  access_mode: row({ kind: 'string', doc: 'public or authenticated.' }),
  headers: row({
    kind: 'string',
    doc: 'Lines `Name: value`: Link and X-Robots-Tag are delivered with the asset; all are sent when the file is loaded from a remote address.',
  }),
  face_coordinates: row({
    kind: 'string',
    unsigned: true,
    notInPreset: true,
    doc: '`x,y,w,h|…` in place of detected faces.',
  }),
  custom_coordinates: row({ kind: 'string', unsigned: true, notInPreset: true, doc: '`x,y,w,h` for g_custom.' }),
  regions: row({ kind: 'json', unsigned: true, notInPreset: true, doc: 'Named regions for g_region_<name>.' }),
  moderation: row({ kind: 'string', doc: 'manual, or the name of an add-on.' }),
  backup: row({ kind: 'boolean', doc: 'Keep a backup of this version.' }),
  return_delete_token: row({ kind: 'boolean', doc: 'Answer a token that deletes the asset within ten minutes.' }),
  // analysis
  phash: row({ kind: 'boolean', doc: 'Answer the perceptual hash.' }),
  colors: row({ kind: 'boolean', doc: 'Answer the colours.' }),
  faces: row({ kind: 'boolean', doc: 'Answer the faces.' }),
  quality_analysis: row({ kind: 'boolean', doc: 'Answer quality figures.' }),
  accessibility_analysis: row({ kind: 'boolean', doc: 'Answer colour-blind accessibility figures.' }),
  cinemagraph_analysis: row({ kind: 'boolean', doc: 'Answer the cinemagraph score.' }),
  image_metadata: row({ kind: 'boolean', doc: 'Answer EXIF, IPTC and XMP.' }),
  media_metadata: row({ kind: 'boolean', doc: 'Answer EXIF, IPTC and XMP.' }),
  exif: row({ kind: 'boolean', doc: 'Old name of image_metadata.' }),
  ocr: row({ kind: 'string', doc: 'Add-on.' }),
  detection: row({ kind: 'string', doc: 'Add-on.' }),
  categorization: row({ kind: 'string', doc: 'Add-on.' }),
  auto_tagging: row({ kind: 'number', doc: 'Add-on: confidence from which categories become tags.' }),
  similarity_search: row({ kind: 'string', doc: 'Old name of visual_search.' }),
  visual_search: row({ kind: 'boolean', doc: 'Index for visual search.' }),
  auto_transcription: row({ kind: 'flag-or-json', doc: 'Add-on.' }),
  auto_chaptering: row({ kind: 'flag-or-json', doc: 'Add-on.' }),
  auto_video_details: row({ kind: 'flag-or-json', doc: 'Add-on.' }),
  raw_convert: row({ kind: 'string', doc: 'Add-on.' }),
  background_removal: row({ kind: 'string', doc: 'cloudinary_ai: remove the background after the upload.' }),
  // changing the content
  transformation: row({ kind: 'string', doc: 'Incoming transformation, applied before storing.' }),
  format: row({ kind: 'string', doc: 'Convert to this format before storing.' }),
  allowed_formats: row({ kind: 'list', doc: 'Formats that are accepted.' }),
  quality_override: row({
    kind: 'string',
    doc: 'What `q_auto` means for this asset: `80:420`, `auto:best` …; `none` takes it away.',
  }),
  eager: row({ kind: 'string', doc: 'Derived results to make at once, separated by |.' }),
  eager_async: row({ kind: 'boolean', doc: 'Make them in the background.' }),
  eager_notification_url: row({ kind: 'address', doc: 'Webhook when eager results are ready.' }),
  responsive_breakpoints: row({ kind: 'json', doc: 'Search for widths that differ by bytes_step.' }),
  invalidate: row({ kind: 'boolean', doc: 'Purge caches of the old version.' }),
  // control
  async: row({ kind: 'boolean', doc: 'Answer at once, work in the background.' }),
  notification_url: row({ kind: 'address', doc: 'Webhook of this call.' }),
  callback: row({
    kind: 'string',
    unsigned: true,
    doc: 'Address that a form posted by the browser itself is sent on to, with the answer as its query.',
  }),
  upload_preset: row({ kind: 'string', unsigned: true, notInPreset: true, doc: 'Preset to apply.' }),
  proxy: row({ kind: 'string', doc: 'HTTP proxy for remote sources: refused, the server loads them itself.' }),
  eval: row({ kind: 'string', doc: 'Script run before storing.' }),
  on_success: row({ kind: 'string', doc: 'Script run after storing.' }),
  source: row({ kind: 'string', unsigned: true, doc: 'Set by front ends.' }),
  batch_id: row({ kind: 'string', doc: 'Batch of polled notifications.' }),
  manifest_transformation: row({ kind: 'string', unsigned: true, doc: 'Slideshow manifest.' }),
  manifest_json: row({ kind: 'json', unsigned: true, doc: 'Slideshow manifest.' }),
  template: row({ kind: 'string', unsigned: true, doc: 'Slideshow template.' }),
  template_vars: row({ kind: 'json', unsigned: true, doc: 'Slideshow template variables.' }),
  disallow_public_id: row({ kind: 'boolean', doc: 'Preset only: the caller may not choose the public ID.' }),
  live: row({ kind: 'boolean', doc: 'Live streams are not available: refused.' }),
} as const satisfies Record<string, Row>;

interface Kinds {
  string: string;
  boolean: boolean;
  integer: number;
  number: number;
  list: string[];
  json: unknown;
  pairs: Record<string, string>;
  'flag-or-json': unknown;
  address: string;
}

export type UploadParameter = keyof typeof UPLOAD_PARAMETERS;
/** Parameters with their typed values; presets store the same shape. */
export type UploadOptions = { [K in UploadParameter]?: Kinds[(typeof UPLOAD_PARAMETERS)[K]['kind']] };

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

const asText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(asText).join(',')
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value);

const READERS: { readonly [K in Kind]: (value: unknown, name: string) => Kinds[K] } = {
  string: asText,
  boolean: (value, name) => {
    const flag = BOOLEANS[asText(value).toLowerCase()];
    if (flag === undefined) throw ERRORS.InvalidParameter(name, asText(value));
    return flag;
  },
  integer: (value, name) => {
    const number = Number(asText(value));
    if (!Number.isSafeInteger(number)) throw ERRORS.InvalidParameter(name, asText(value));
    return number;
  },
  number: (value, name) => {
    const number = Number(asText(value));
    if (!Number.isFinite(number)) throw ERRORS.InvalidParameter(name, asText(value));
    return number;
  },
  list: (value) =>
    (Array.isArray(value) ? value.map(asText) : asText(value).split(','))
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  json: (value, name) => {
    if (typeof value !== 'string') return value;
    try {
      return parseJson(value);
    } catch {
      throw ERRORS.InvalidParameter(name, value);
    }
  },
  pairs: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? mapValues(value) : parsePairs(asText(value)),
  address: (value, name) => checkWebhookUrl(asText(value).trim(), name),
  'flag-or-json': (value, name) => {
    const flag = BOOLEANS[asText(value).toLowerCase()];
    return flag ?? READERS.json(value, name);
  },
};

const mapValues = (object: object): Record<string, string> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, asText(value)]));

/**
 * Types the parameters of a call; names that are no upload parameter are left out.
 *
 * @param raw name → value as received (text, or JSON values)
 * @throws 400 `Invalid value <v> for parameter <name>`
 */
export function readUploadOptions(raw: Readonly<Record<string, unknown>>): UploadOptions {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    // A parameter may be called `constructor`.
    if (!Object.hasOwn(UPLOAD_PARAMETERS, name)) continue;
    const spec: Row = UPLOAD_PARAMETERS[name as UploadParameter];
    if (value !== '' && value !== null && value !== undefined) options[name] = READERS[spec.kind](value, name);
  }
  return options as UploadOptions;
}

const UNSIGNED = Object.entries(UPLOAD_PARAMETERS as Readonly<Record<string, Row>>)
  .filter(([, { unsigned }]) => unsigned)
  .map(([name]) => name);
/** The cloud's own order of that list, as its error text gives it. */
const UNSIGNED_TEXT =
  'upload_preset,callback,public_id,folder,asset_folder,tags,context,metadata,face_coordinates,custom_coordinates,source,filename_override,manifest_transformation,manifest_json,template,template_vars,regions,public_id_prefix';
/** Carried by clients without meaning anything in an unsigned call (Go sends `unsigned` and `resource_type`). */
const IGNORED_UNSIGNED = new Set(['file', 'timestamp', 'api_key', 'resource_type', 'cloud_name', 'unsigned']);

const humanized = (name: string): string => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** @throws 400 naming the first parameter that an unsigned upload may not carry */
export function checkUnsigned(raw: Readonly<Record<string, unknown>>): void {
  const refused = Object.keys(raw).find(
    (name) => !UNSIGNED.includes(name) && !IGNORED_UNSIGNED.has(name) && !(name === 'type' && raw[name] === 'upload'),
  );
  if (refused !== undefined)
    throw ERRORS.BadRequest(
      `${humanized(refused)} parameter is not allowed when using unsigned upload. Only ${UNSIGNED_TEXT} upload parameters are allowed.`,
    );
}

const MERGED = ['tags', 'context', 'metadata'] as const;

/**
 * Joins a preset with the call. Signed: the call's value wins. Unsigned: the preset's value wins, except public ID and
 * file name. `tags`, `context` and `metadata` are merged in both (Upload presets guide).
 */
export function applyPreset(
  call: UploadOptions,
  preset: UploadOptions,
  { unsigned }: { readonly unsigned: boolean },
): UploadOptions {
  const ignored = Object.entries(UPLOAD_PARAMETERS as Readonly<Record<string, Row>>)
    .filter(([, { notInPreset }]) => notInPreset)
    .map(([name]) => name);
  const usable = Object.fromEntries(
    Object.entries(preset).filter(([name]) => !ignored.includes(name)),
  ) as UploadOptions;
  const joined: UploadOptions = unsigned
    ? { ...call, ...usable, ...pick(call, ['public_id', 'filename_override']) }
    : { ...usable, ...call };
  if (usable.tags && call.tags) joined.tags = [...new Set([...usable.tags, ...call.tags])];
  for (const name of MERGED.slice(1) as ('context' | 'metadata')[])
    if (usable[name] && call[name])
      joined[name] = unsigned ? { ...call[name], ...usable[name] } : { ...usable[name], ...call[name] };
  if (usable.disallow_public_id) {
    delete joined.public_id;
    if (joined.use_filename) joined.unique_filename = true;
  }
  if (unsigned) joined.overwrite = false;
  return joined;
}

const pick = (options: UploadOptions, names: readonly UploadParameter[]): UploadOptions =>
  Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
