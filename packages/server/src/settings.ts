/** Every setting of the server as data: `signet serve --help`, the reference page and the reader (`config.ts`) use this table. */

export type Kind = 'string' | 'integer' | 'boolean' | 'bytes' | 'list' | 'map' | 'json';

export interface Setting<T> {
  readonly kind: Kind;
  readonly env: readonly string[];
  readonly default: T;
  readonly doc: string;
  /** Shown as `<placeholder>` in help. */
  readonly placeholder?: string;
  /** Never printed by `signet config`. */
  readonly secret?: true;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

const setting = <T>(spec: Setting<T>): Setting<T> => spec;
const MB = 1_000_000;

export const SETTINGS = {
  host: setting<string>({
    kind: 'string',
    env: ['SIGNET_HOST', 'HOST'],
    default: '127.0.0.1',
    doc: 'Address to listen on.',
  }),
  port: setting<number>({
    kind: 'integer',
    env: ['SIGNET_PORT', 'PORT'],
    default: 4080,
    min: 0,
    max: 65_535,
    doc: 'Port to listen on; 0 takes a free one.',
  }),
  data: setting<string>({
    kind: 'string',
    env: ['SIGNET_DATA'],
    default: './data',
    placeholder: 'folder',
    doc: 'Folder of the catalog, the originals and the derived results.',
  }),
  catalog: setting<string>({
    kind: 'string',
    env: ['SIGNET_CATALOG'],
    default: '',
    secret: true,
    placeholder: 'postgres://USER:PASSWORD@HOST/DATABASE',
    doc: 'PostgreSQL database of the catalog, which several servers may share. Without it the catalog is an SQLite file in the data folder.',
  }),
  blobs: setting<string>({
    kind: 'string',
    env: ['SIGNET_BLOBS'],
    default: '',
    placeholder: 's3://bucket/prefix?region=…',
    doc: 'S3-compatible bucket for originals, backups and derived results, in place of the data folder; `endpoint` and `force_path_style` may follow. Credentials come from the AWS environment (AWS_ACCESS_KEY_ID …).',
  }),
  'blob-cache-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_BLOB_CACHE_BYTES'],
    default: 10_000 * MB,
    doc: 'With a bucket: disk budget of local copies of originals, which renderers read; the least recently used go first.',
  }),
  'bucket-derived-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_BUCKET_DERIVED_BYTES'],
    default: 100_000 * MB,
    doc: 'With a bucket: budget of derived results in it, which all servers share; those made longest ago go first. 0 keeps them on the disk of each server only.',
  }),
  account: setting<string>({
    kind: 'string',
    env: ['CLOUDINARY_URL'],
    default: '',
    secret: true,
    placeholder: 'cloudinary://KEY:SECRET@CLOUD',
    doc: 'Environment to create or use. Without it the first start makes `demo` with random credentials and keeps them in the data folder.',
  }),
  'provisioning-account': setting<string>({
    kind: 'string',
    env: ['CLOUDINARY_ACCOUNT_URL'],
    default: '',
    secret: true,
    placeholder: 'account://KEY:SECRET@ACCOUNT_ID',
    doc: 'Account credentials of the provisioning API. Without it random ones are made and kept in the data folder.',
  }),
  'public-provisioning': setting<boolean>({
    kind: 'boolean',
    env: ['SIGNET_PUBLIC_PROVISIONING'],
    default: false,
    doc: 'Let callers on the same machine make environments without credentials (`POST /v1_1/provisioning/clouds`).',
  }),
  'public-url': setting<string>({
    kind: 'string',
    env: ['SIGNET_PUBLIC_URL'],
    default: '',
    placeholder: 'url',
    doc: 'Origin that `url` and `secure_url` carry, for instance https://media.example.com. Default: the address the request came to.',
  }),
  mode: setting<string>({
    kind: 'string',
    env: ['SIGNET_MODE'],
    default: 'development',
    choices: ['development', 'production'],
    doc: 'In production, development aids (offline stand-ins, private addresses, one-time console links) are refused, and the ready message shows no secret.',
  }),
  diagnosis: setting<string>({
    kind: 'string',
    env: ['SIGNET_DIAGNOSIS'],
    default: 'loopback',
    choices: ['on', 'off', 'loopback'],
    doc: 'Answer a wrong signature with the finding of the doctor in `X-Signet-Diagnosis`; `loopback` does so when the server listens on a loopback address.',
  }),
  'folder-mode': setting<string>({
    kind: 'string',
    env: ['SIGNET_FOLDER_MODE'],
    default: 'dynamic',
    choices: ['fixed', 'dynamic'],
    doc: 'Folder mode of environments created from now on.',
  }),
  'signature-algorithm': setting<string>({
    kind: 'string',
    env: ['SIGNET_SIGNATURE_ALGORITHM'],
    default: 'sha1',
    choices: ['sha1', 'sha256'],
    doc: 'Digest of response, webhook and delivery signatures. Requests may use either.',
  }),
  'refuse-signature-v1': setting<boolean>({
    kind: 'boolean',
    env: ['SIGNET_REFUSE_SIGNATURE_V1'],
    default: false,
    doc: 'Refuse signature version 1 when a value contains `&` (CVE-2025-12613).',
  }),
  'allow-private-sources': setting<boolean>({
    kind: 'boolean',
    env: ['SIGNET_ALLOW_PRIVATE_SOURCES'],
    default: false,
    doc: 'Let remote uploads and fetch delivery reach loopback and private addresses. Development only.',
  }),
  'allow-private-webhooks': setting<string>({
    kind: 'string',
    env: ['SIGNET_ALLOW_PRIVATE_WEBHOOKS'],
    default: 'development',
    choices: ['on', 'off', 'development'],
    doc: 'Let webhooks go to loopback and private addresses.',
  }),
  'remote-hosts': setting<Readonly<Record<string, string>>>({
    kind: 'map',
    env: ['SIGNET_REMOTE_HOSTS'],
    default: {},
    placeholder: 'host=folder-or-url,…',
    doc: 'Offline stand-ins: host names of remote sources answered from a local folder or server. Development only.',
  }),
  'allowed-fetch-domains': setting<readonly string[]>({
    kind: 'list',
    env: ['SIGNET_ALLOWED_FETCH_DOMAINS'],
    default: [],
    doc: 'When given, fetch delivery only loads from these domains.',
  }),
  'upload-presets': setting<unknown>({
    kind: 'json',
    env: ['SIGNET_UPLOAD_PRESETS'],
    default: [],
    placeholder: 'json',
    doc: 'Presets made at the start when missing: [{"name":"web","unsigned":true,"settings":{"folder":"web"}}].',
  }),
  addons: setting<unknown>({
    kind: 'json',
    env: ['SIGNET_ADDONS'],
    default: {},
    secret: true,
    placeholder: 'json',
    doc: 'Own models in place of paid add-ons, by parameter and value: {"ocr:adv_ocr":"http://127.0.0.1:5000/"}. See the add-ons page.',
  }),
  'strict-transformations': setting<boolean>({
    kind: 'boolean',
    env: ['SIGNET_STRICT_TRANSFORMATIONS'],
    default: false,
    doc: 'Deliver only signed URLs, named transformations allowed for strict, and results made by eager.',
  }),
  'restricted-types': setting<readonly string[]>({
    kind: 'list',
    env: ['SIGNET_RESTRICTED_TYPES'],
    default: ['list'],
    doc: 'Delivery types or formats that need a signed URL (for instance list, fetch, pdf, zip).',
  }),
  'max-image-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_MAX_IMAGE_BYTES'],
    default: 100 * MB,
    doc: 'Largest image.',
  }),
  'max-video-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_MAX_VIDEO_BYTES'],
    default: 20_000 * MB,
    doc: 'Largest video or audio file.',
  }),
  'max-raw-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_MAX_RAW_BYTES'],
    default: 20_000 * MB,
    doc: 'Largest raw file.',
  }),
  'max-request-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_MAX_REQUEST_BYTES'],
    default: 4_000 * MB,
    doc: 'Largest single request (the cloud has 100 MB; larger files are sent in chunks).',
  }),
  'max-image-pixels': setting<number>({
    kind: 'integer',
    env: ['SIGNET_MAX_IMAGE_PIXELS'],
    default: 100_000_000,
    min: 1,
    doc: 'Largest image in pixels (width × height × frames decoded at once).',
  }),
  'max-total-pixels': setting<number>({
    kind: 'integer',
    env: ['SIGNET_MAX_TOTAL_PIXELS'],
    default: 200_000_000,
    min: 1,
    doc: 'Largest sum of pixels over all frames or pages of one asset.',
  }),
  'max-output-pixels': setting<number>({
    kind: 'integer',
    env: ['SIGNET_MAX_OUTPUT_PIXELS'],
    default: 50_000_000,
    min: 1,
    doc: 'Largest rendered result in pixels.',
  }),
  'remote-timeout': setting<number>({
    kind: 'integer',
    env: ['SIGNET_REMOTE_TIMEOUT'],
    default: 60,
    min: 1,
    doc: 'Seconds that loading a remote source may take.',
  }),
  'render-timeout': setting<number>({
    kind: 'integer',
    env: ['SIGNET_RENDER_TIMEOUT'],
    default: 30,
    min: 1,
    doc: 'Seconds that rendering one result may take.',
  }),
  'render-concurrency': setting<number>({
    kind: 'integer',
    env: ['SIGNET_RENDER_CONCURRENCY'],
    default: 0,
    min: 0,
    doc: 'Results rendered at the same time; 0 takes one more than there are cores.',
  }),
  'render-queue': setting<number>({
    kind: 'integer',
    env: ['SIGNET_RENDER_QUEUE'],
    default: 1000,
    min: 1,
    doc: 'Requests that may wait for a renderer before the answer is 503.',
  }),
  'max-sync-video-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_MAX_SYNC_VIDEO_BYTES'],
    default: 100 * MB,
    doc: 'Largest video that is transformed while the client waits; larger ones need an eager transformation with `eager_async`.',
  }),
  'video-timeout': setting<number>({
    kind: 'integer',
    env: ['SIGNET_VIDEO_TIMEOUT'],
    default: 60,
    min: 1,
    doc: 'Seconds that transforming a video may take while the client waits.',
  }),
  'video-job-timeout': setting<number>({
    kind: 'integer',
    env: ['SIGNET_VIDEO_JOB_TIMEOUT'],
    default: 3600,
    min: 1,
    doc: 'Seconds that transforming a video may take in the background (`eager_async`).',
  }),
  'video-concurrency': setting<number>({
    kind: 'integer',
    env: ['SIGNET_VIDEO_CONCURRENCY'],
    default: 1,
    min: 1,
    doc: 'Videos transformed at the same time while clients wait, each by all cores; one more runs in the background.',
  }),
  'video-memory': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_VIDEO_MEMORY'],
    default: 1_500 * MB,
    doc: 'Memory of one process that transforms a video; a video that needs more is refused.',
  }),
  'derived-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_DERIVED_BYTES'],
    default: 10_000 * MB,
    doc: 'Disk budget of derived results; the least recently used go first.',
  }),
  'proxy-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_PROXY_BYTES'],
    default: 2_000 * MB,
    doc: 'Disk budget of mid-size copies of large originals, from which small results are rendered several times faster; 0 renders everything from the original.',
  }),
  'hot-bytes': setting<number>({
    kind: 'bytes',
    env: ['SIGNET_HOT_BYTES'],
    default: 64 * MB,
    doc: 'Memory budget of the most requested small results.',
  }),
  'background-removal-model': setting<string>({
    kind: 'string',
    env: ['SIGNET_BACKGROUND_REMOVAL_MODEL'],
    default: '',
    placeholder: 'file.onnx',
    doc: 'ONNX model for background removal in place of the built-in U²-Net-p.',
  }),
  fonts: setting<string>({
    kind: 'string',
    env: ['SIGNET_FONTS'],
    default: '',
    placeholder: 'folder',
    doc: 'Folder with more fonts for texts in pictures, by their family names and for scripts that the bundled ones lack (Chinese, Japanese, Korean …), such as /usr/share/fonts/opentype/noto.',
  }),
  'automatic-backup': setting<boolean>({
    kind: 'boolean',
    env: ['SIGNET_AUTOMATIC_BACKUP'],
    default: false,
    doc: 'Keep a backup of every stored version.',
  }),
  'rate-limit': setting<number>({
    kind: 'integer',
    env: ['SIGNET_RATE_LIMIT'],
    default: 0,
    min: 0,
    doc: 'Admin API calls an hour and environment; 0 switches the limit off (headers are sent all the same).',
  }),
  'keep-unfinished-uploads': setting<number>({
    kind: 'integer',
    env: ['SIGNET_KEEP_UNFINISHED_UPLOADS'],
    default: 86_400,
    min: 60,
    doc: 'Seconds until the parts of an unfinished chunked upload are swept.',
  }),
  'log-level': setting<string>({
    kind: 'string',
    env: ['SIGNET_LOG_LEVEL'],
    default: 'info',
    choices: ['silent', 'error', 'warn', 'info', 'debug', 'trace'],
    doc: 'What is logged.',
  }),
  'log-format': setting<string>({
    kind: 'string',
    env: ['SIGNET_LOG_FORMAT'],
    default: 'auto',
    choices: ['auto', 'pretty', 'json'],
    doc: '`auto`: pretty on a terminal, JSON otherwise.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
