/**
 * What the upload widget knows, as data (upload widget reference, "Parameters", "Events", "Instance methods"): the checks
 * and warnings read it, and docs/reference/widget.md is made from it.
 */

export interface OptionEntry {
  readonly group: 'Account' | 'Signature' | 'Sources' | 'Upload' | 'Limits' | 'Cropping' | 'Page' | 'Looks' | 'Hooks';
  readonly type: string;
  readonly default?: string;
  readonly doc: string;
  /** `refused`: the console says so and the option is left out. `unneeded`: taken without effect, for nothing is lost. */
  readonly state?: 'refused' | 'unneeded';
}

const option = (entry: OptionEntry): OptionEntry => entry;
const foreign = (name: string): OptionEntry => ({
  group: 'Sources',
  type: 'string',
  state: 'refused',
  doc: `Key for ${name}: that source needs a script of another company, and this widget loads nothing from elsewhere.`,
});

export const OPTIONS = {
  cloudName: option({
    group: 'Account',
    type: 'string',
    doc: 'The environment. `setCloudName` gives it once for all.',
  }),
  uploadPreset: option({ group: 'Account', type: 'string', doc: 'Upload preset; an unsigned one without signature.' }),
  apiKey: option({ group: 'Account', type: 'string', doc: 'API key that signs; only with a signature.' }),
  uploadPrefix: option({
    group: 'Account',
    type: 'string',
    default: 'where the script came from',
    doc: 'Address of the server, `https://media.example.com`. Ours only.',
  }),
  uploadSignature: option({
    group: 'Signature',
    type: 'string or function(callback, paramsToSign)',
    doc: 'A function gets what is to be signed and calls back with the signature. A string is a signature made before, of exactly what is sent (`source=uw` is).',
  }),
  uploadSignatureTimestamp: option({
    group: 'Signature',
    type: 'integer',
    doc: 'Seconds of the string in `uploadSignature`.',
  }),
  prepareUploadParams: option({
    group: 'Signature',
    type: 'function(callback, params)',
    doc: 'Called for each file; calls back with parameters that win over the others: `signature`, `apiKey`, `uploadSignatureTimestamp`, `publicId`, `folder`, `tags`, `resourceType`, `cloudName` …',
  }),

  sources: option({
    group: 'Sources',
    type: 'array',
    default: "['local', 'url', 'camera']",
    doc: 'Which sources are offered, of `local`, `url`, `camera`. Others need a script of another company: they are left out with a warning.',
  }),
  defaultSource: option({ group: 'Sources', type: 'string', default: 'the first', doc: 'The source shown first.' }),
  multiple: option({ group: 'Sources', type: 'boolean', default: 'true', doc: 'More than one file.' }),
  maxFiles: option({ group: 'Sources', type: 'integer', doc: 'How many files at most.' }),
  googleApiKey: foreign('image search'),
  searchBySites: foreign('image search'),
  searchByRights: foreign('image search'),
  googleDriveClientId: foreign('Google Drive'),
  dropboxAppKey: foreign('Dropbox'),
  facebookAppId: foreign('Facebook'),
  instagramClientId: foreign('Instagram'),

  folder: option({ group: 'Upload', type: 'string', doc: 'Folder of the new assets.' }),
  publicId: option({ group: 'Upload', type: 'string', doc: 'Public ID; only when one file is taken.' }),
  tags: option({ group: 'Upload', type: 'array or string', doc: 'Tags.' }),
  context: option({ group: 'Upload', type: 'object', doc: 'Contextual metadata.' }),
  resourceType: option({
    group: 'Upload',
    type: 'string',
    default: "'auto'",
    doc: '`auto`, `image`, `video` or `raw`.',
  }),
  detection: option({ group: 'Upload', type: 'string', doc: 'Sent as the upload parameter `detection`.' }),
  on_success: option({ group: 'Upload', type: 'string', doc: 'Sent as the upload parameter `on_success`.' }),
  encryption: option({
    group: 'Upload',
    type: '{key, iv}',
    doc: 'AES-GCM in the browser before sending; the file is stored as raw. Both in hexadecimal: a key of 16 or 32 bytes, an IV of at least 12. Needs https or localhost.',
  }),

  clientAllowedFormats: option({
    group: 'Limits',
    type: 'array or string',
    doc: 'Extensions, or `image` and `video`; other files are refused before they are sent.',
  }),
  maxFileSize: option({ group: 'Limits', type: 'bytes', doc: 'Largest file.' }),
  maxImageFileSize: option({ group: 'Limits', type: 'bytes', doc: 'Largest picture.' }),
  maxVideoFileSize: option({ group: 'Limits', type: 'bytes', doc: 'Largest film or sound.' }),
  maxRawFileSize: option({ group: 'Limits', type: 'bytes', doc: 'Largest other file.' }),
  maxChunkSize: option({
    group: 'Limits',
    type: 'bytes',
    default: '20000000',
    doc: 'Larger files go in chunks of this size; at least 5 MB.',
  }),
  minImageWidth: option({ group: 'Limits', type: 'pixels', doc: 'Smaller pictures are refused.' }),
  minImageHeight: option({ group: 'Limits', type: 'pixels', doc: 'Smaller pictures are refused.' }),
  maxImageWidth: option({
    group: 'Limits',
    type: 'pixels',
    doc: 'Larger JPEG, PNG and WebP are scaled down before sending.',
  }),
  maxImageHeight: option({
    group: 'Limits',
    type: 'pixels',
    doc: 'Larger JPEG, PNG and WebP are scaled down before sending.',
  }),
  validateMaxWidthHeight: option({
    group: 'Limits',
    type: 'boolean',
    default: 'false',
    doc: 'Refuse pictures above `maxImageWidth` or `maxImageHeight` instead of scaling them.',
  }),

  cropping: option({
    group: 'Cropping',
    type: 'boolean',
    default: 'false',
    doc: 'A single picture can be cropped before sending. The server gets coordinates and keeps the whole picture; `g_custom` or `g_face` uses them.',
  }),
  croppingAspectRatio: option({
    group: 'Cropping',
    type: 'number',
    doc: 'Width by height; without it the selection is free.',
  }),
  croppingDefaultSelectionRatio: option({
    group: 'Cropping',
    type: '0.1 to 1',
    default: '1',
    doc: 'How much of the picture is selected at first.',
  }),
  croppingShowDimensions: option({
    group: 'Cropping',
    type: 'boolean',
    default: 'false',
    doc: 'Show the size of the selection.',
  }),
  croppingShowBackButton: option({
    group: 'Cropping',
    type: 'boolean',
    default: 'true',
    doc: 'A button back to the sources.',
  }),
  showSkipCropButton: option({
    group: 'Cropping',
    type: 'boolean',
    default: 'true',
    doc: 'A button to send without cropping.',
  }),
  croppingCoordinatesMode: option({
    group: 'Cropping',
    type: '`custom` or `face`',
    default: "'custom'",
    doc: 'Sent as `custom_coordinates` or `face_coordinates`.',
  }),
  croppingValidateDimensions: option({
    group: 'Cropping',
    type: 'boolean',
    default: 'false',
    doc: 'The selection must have `minImageWidth` and `minImageHeight`.',
  }),

  inlineContainer: option({
    group: 'Page',
    type: 'selector or element',
    doc: 'Show the widget inside this element, at once.',
  }),
  form: option({
    group: 'Page',
    type: 'selector or element',
    doc: 'Form that gets a hidden input for each asset: `image/upload/v1/id.jpg#signature`.',
  }),
  fieldName: option({ group: 'Page', type: 'string', default: "'image'", doc: 'Name of that input.' }),
  thumbnails: option({
    group: 'Page',
    type: 'selector, element or false',
    doc: 'Element that gets a thumbnail of each asset.',
  }),
  thumbnailTransformation: option({
    group: 'Page',
    type: 'string or object',
    default: "'c_limit,h_60,w_90'",
    doc: 'Transformation of thumbnails, also in `thumbnail_url`.',
  }),
  buttonCaption: option({
    group: 'Page',
    type: 'string',
    default: "'Upload'",
    doc: 'Text of the button of `applyUploadWidget`.',
  }),
  buttonClass: option({ group: 'Page', type: 'string', default: "'cloudinary-button'", doc: 'Class of that button.' }),

  theme: option({
    group: 'Looks',
    type: 'string',
    default: "'default'",
    doc: '`default`, `white`, `minimal`, `purple`; ours: `dark`, and `auto`, which follows the visitor.',
  }),
  styles: option({
    group: 'Looks',
    type: '{palette, fonts, frame}',
    doc: 'Colours, font families with their style sheets, and `frame.background` behind the window.',
  }),
  text: option({
    group: 'Looks',
    type: 'object',
    doc: 'Own words, by language: `{en: {local: {browse: …}}}` or with dotted names.',
  }),
  language: option({
    group: 'Looks',
    type: 'string',
    default: "'en'",
    doc: '`en`, `de`, `fr`, `es`; others fall back to English and to `text`.',
  }),
  showAdvancedOptions: option({
    group: 'Looks',
    type: 'boolean',
    default: 'false',
    doc: 'Fields for public ID, tags and preset.',
  }),
  showCompletedButton: option({
    group: 'Looks',
    type: 'boolean',
    default: 'false',
    doc: 'The last button tells the page what was uploaded (`show-completed`).',
  }),
  showUploadMoreButton: option({
    group: 'Looks',
    type: 'boolean',
    default: 'true',
    doc: 'A button back to the sources after uploading.',
  }),
  singleUploadAutoClose: option({
    group: 'Looks',
    type: 'boolean',
    default: 'true',
    doc: 'Close after the one file when `multiple` is false.',
  }),
  autoMinimize: option({
    group: 'Looks',
    type: 'boolean',
    default: 'false',
    doc: 'Become small as soon as files are sent.',
  }),
  queueViewPosition: option({
    group: 'Looks',
    type: 'string',
    default: "'right:35px'",
    doc: 'Where the small window lies: `left:` or `right:` with a length.',
  }),
  showPoweredBy: option({ group: 'Looks', type: 'boolean', state: 'unneeded', doc: 'There is no such line.' }),
  showInsecurePreview: option({
    group: 'Looks',
    type: 'boolean',
    state: 'unneeded',
    doc: 'Previews are made from the file itself.',
  }),
  secure: option({ group: 'Looks', type: 'boolean', state: 'unneeded', doc: 'The scheme follows `uploadPrefix`.' }),

  preBatch: option({
    group: 'Hooks',
    type: 'function(callback, {files})',
    doc: 'Before files are added; `callback({cancel: true})` drops them.',
  }),
  getTags: option({ group: 'Hooks', type: 'function(callback, prefix)', doc: 'Suggestions for the tags field.' }),
  getUploadPresets: option({
    group: 'Hooks',
    type: 'function(callback)',
    doc: 'Presets to choose from: `[{value, label}]` or names.',
  }),
} as const satisfies Readonly<Record<string, OptionEntry>>;

export const EVENTS = {
  'display-changed': '`info`: `shown`, `hidden`, `minimized`, `expanded`',
  'source-changed': '`info`: `{source}`',
  'upload-added': '`info`: `{file: {id, batchId, name, size, type}, publicId}`',
  'queues-start': '`info`: `{batchId}`, when the first file of a queue is sent',
  success: "`info`: the server's answer with `id`, `batchId`, `path` and `thumbnail_url`",
  'queues-end':
    '`info`: `{files: [{id, batchId, name, size, status, statusText, done, failed, aborted, progress, uploadInfo}]}`',
  publicid: '`info`: `{id, public_id}`, when one was typed or given',
  tags: '`info`: `{id, tags}`, when some were typed or given',
  retry: '`info`: `{ids, all}`',
  abort: '`info`: `{ids, all}`',
  'batch-cancelled': '`info`: `{reason}`: `USER_CANCELLED` (by `preBatch`), `MAX_EXCEEDED`, `CROP_CANCELLED`',
  'show-completed': '`info`: `{items}`: the answers',
  close: '`info`: `{message}`',
} as const;
export type EventName = keyof typeof EVENTS;

export const METHODS = {
  'open(source?, {files}?)': 'Shows the widget. `files`: addresses, `File`s or data URIs that are taken at once.',
  'close({quiet}?)': 'Hides it. While uploads run it asks first; `quiet` does not ask. What runs is aborted.',
  'update(options)': 'Changes options.',
  'show()': 'Shows it again as it was.',
  'hide()': 'Hides it; uploads go on.',
  'minimize()': 'Makes it small; uploads go on.',
  'isShowing()': 'Is it shown?',
  'isMinimized()': 'Is it small?',
  'isDestroyed()': 'Was it destroyed?',
  'destroy({removeThumbnails}?)': 'Takes it out of the page. Answers a promise.',
} as const;

/** Sources of the cloud's widget that are not here. */
const FOREIGN_SOURCES = [
  'image_search',
  'google_drive',
  'dropbox',
  'facebook',
  'instagram',
  'shutterstock',
  'getty',
  'gettyimages',
  'istock',
  'unsplash',
];

/** What a developer should know about the options given, one line each. */
export function warningsFor(given: Readonly<Record<string, unknown>>): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    const entry: OptionEntry | undefined = OPTIONS[name as keyof typeof OPTIONS];
    if (entry === undefined) lines.push(`${name} is no option of the upload widget`);
    else if (entry.state === 'refused') lines.push(`${name} is left out. ${entry.doc}`);
  }
  const sources = Array.isArray(given.sources) ? (given.sources as unknown[]) : [];
  const left = sources.filter((source) => FOREIGN_SOURCES.includes(String(source)));
  if (left.length > 0) lines.push(`Sources left out, for they need a script of another company: ${left.join(', ')}`);
  const unknown = sources.filter((source) => !['local', 'url', 'camera', ...FOREIGN_SOURCES].includes(String(source)));
  if (unknown.length > 0) lines.push(`Unknown sources: ${unknown.join(', ')}`);
  return lines;
}
