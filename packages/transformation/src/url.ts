import { percentDecode } from './text.ts';

/** Delivery types of long URLs (documentation: advanced_url_delivery_options; SDK `url()`). */
export const DELIVERY_TYPES = [
  'upload',
  'private',
  'authenticated',
  'fetch',
  'multi',
  'text',
  'asset',
  'facebook',
  'twitter',
  'twitter_name',
  'gravatar',
  'youtube',
  'hulu',
  'vimeo',
  'animoto',
  'worldstarhiphop',
  'dailymotion',
  'url2png',
  'sprite',
  'public',
  'live',
] as const;
export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/** Types whose source is an address or a user name elsewhere: no extension, no public ID. */
export const REMOTE_TYPES: ReadonlySet<string> = new Set([
  'fetch',
  'facebook',
  'twitter',
  'twitter_name',
  'gravatar',
  'youtube',
  'hulu',
  'vimeo',
  'animoto',
  'worldstarhiphop',
  'dailymotion',
  'url2png',
]);

/** Short names of SEO URLs. */
const SHORT_NAMES: Readonly<Record<string, readonly ['image' | 'video' | 'raw', DeliveryType]>> = {
  images: ['image', 'upload'],
  private_images: ['image', 'private'],
  authenticated_images: ['image', 'authenticated'],
  videos: ['video', 'upload'],
  files: ['raw', 'upload'],
};

/** One reading of the source: which asset, in which format. */
export interface SourceCandidate {
  /** Decoded, folders by `/`, without extension (with it for raw). For remote types the decoded address. */
  readonly publicId: string;
  /** Lower case; null when there is none, and for raw and remote types. */
  readonly extension: string | null;
  /** As it stands in the URL, SEO suffix removed: what a signature covers besides the transformation. */
  readonly source: string;
  /** SEO suffix, decoded. */
  readonly suffix: string | null;
}

export interface DeliveryPath {
  readonly kind: 'asset';
  /** Null when the caller said that the path has no cloud segment. */
  readonly cloud: string | null;
  readonly resourceType: 'image' | 'video' | 'raw';
  readonly type: DeliveryType;
  /** Characters between `s--` and `--`: 8 or 32. */
  readonly signature: string | null;
  /** Exactly as it stands in the URL, which is how it is signed; empty when there is none. */
  readonly transformation: string;
  /** Digits after `v`; never checked, it only breaks caches. */
  readonly version: string | null;
  /** Readings in the order to try: the whole source first, then the one without an SEO suffix. At least one. */
  readonly candidates: readonly [SourceCandidate, ...SourceCandidate[]];
}

/** `/image/list/v1/tag.json` */
export interface ListPath {
  readonly kind: 'list';
  readonly cloud: string | null;
  readonly resourceType: 'image' | 'video' | 'raw' | 'any';
  readonly signature: string | null;
  readonly version: string | null;
  readonly tag: string;
}

export interface PathOptions {
  /** The first segment is the cloud name. Default true; false on a private host of one cloud. */
  readonly cloud?: boolean;
}

const SIGNATURE = /^s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--$/;
const VERSION = /^v(\d{1,20})$/;
const COMPONENT = /^(?:(?:\$|%24)[A-Za-z][A-Za-z0-9]*|[a-z]{1,3})_/;
/** Longest path that is looked at; HTTP servers stop earlier by default. */
const MAX_PATH = 32_768;

/**
 * Reads the path of a delivery URL (no query string, still percent-encoded): long, short (`iu`), SEO (`images/…/name/suffix`)
 * and root form, client-side lists, signature, transformation, version, source.
 *
 * A leading segment that begins with one to three letters and `_` is a transformation, whatever it is called; folders of
 * that shape need a version before them (documented). The text of the transformation is not parsed here.
 *
 * @returns null when the path is no delivery path.
 */
export function parseDeliveryPath(path: string, options: PathOptions = {}): DeliveryPath | ListPath | null {
  if (path.length > MAX_PATH) return null;
  const segments = path.replace(/^\/+/, '').split('/');
  const cloud = options.cloud === false ? null : percentDecode(segments.shift() ?? '');
  if (cloud === '') return null;
  return readList(cloud, segments) ?? readAsset(cloud, segments);
}

function readList(cloud: string | null, segments: readonly string[]): ListPath | null {
  const [resourceType, type, ...rest] = segments;
  if (type !== 'list' || !(resourceType === 'any' || isResourceType(resourceType))) return null;
  const signature = SIGNATURE.exec(rest[0] ?? '')?.[1] ?? null;
  if (signature) rest.shift();
  const version = rest.length > 1 ? (VERSION.exec(rest[0] ?? '')?.[1] ?? null) : null;
  if (version) rest.shift();
  const tag = /^(.+)\.json$/.exec(percentDecode(rest.join('/')))?.[1];
  return tag === undefined ? null : { kind: 'list', cloud, resourceType, signature, version, tag };
}

const isResourceType = (text: string | undefined): text is 'image' | 'video' | 'raw' =>
  text === 'image' || text === 'video' || text === 'raw';

const isDeliveryType = (text: string | undefined): text is DeliveryType =>
  (DELIVERY_TYPES as readonly (string | undefined)[]).includes(text);

interface Head {
  readonly resourceType: 'image' | 'video' | 'raw';
  readonly type: DeliveryType;
  /** Segments used. */
  readonly length: number;
  /** The last path element may be an SEO suffix. */
  readonly seo: boolean;
}

function readHead(segments: readonly string[]): Head | null {
  const [first, second] = segments;
  if (isResourceType(first)) {
    return isDeliveryType(second) ? { resourceType: first, type: second, length: 2, seo: false } : null;
  }
  if (first === 'iu') return { resourceType: 'image', type: 'upload', length: 1, seo: false };
  const short = first !== undefined && Object.hasOwn(SHORT_NAMES, first) ? SHORT_NAMES[first] : undefined;
  if (short) return { resourceType: short[0], type: short[1], length: 1, seo: true };
  return { resourceType: 'image', type: 'upload', length: 0, seo: true };
}

function readAsset(cloud: string | null, segments: readonly string[]): DeliveryPath | null {
  const head = readHead(segments);
  if (!head) return null;
  const { resourceType, type } = head;
  let at = head.length;
  while (segments[at] === '' && at < segments.length - 1) at++;
  const signature = SIGNATURE.exec(segments[at] ?? '')?.[1] ?? null;
  if (signature) at++;
  const start = at;
  const last = segments.length - 1;
  while (at < last && (segments[at] === '' || COMPONENT.test(segments[at] ?? ''))) at++;
  // Doubled slashes vanish in front of the source, never inside a remote address.
  const transformation = segments
    .slice(start, at)
    .filter((segment) => segment !== '')
    .join('/');
  const version = at < last ? (VERSION.exec(segments[at] ?? '')?.[1] ?? null) : null;
  if (version) at++;
  const rest = segments.slice(at);
  const candidates = REMOTE_TYPES.has(type) ? remote(rest) : local(rest, head);
  const [first, ...others] = candidates;
  if (!first) return null;
  return {
    kind: 'asset',
    cloud,
    resourceType,
    type,
    signature,
    transformation,
    version,
    candidates: [first, ...others],
  };
}

/** The address is decoded once; a slash of `http://` that a proxy has eaten is put back. */
function remote(rest: readonly string[]): SourceCandidate[] {
  const source = rest.join('/');
  const publicId = percentDecode(source).replace(/^(https?|ftp|s3|gs):\/+(?=[^/])/i, '$1://');
  return publicId === '' ? [] : [{ publicId, extension: null, source, suffix: null }];
}

function local(segments: readonly string[], head: Head): SourceCandidate[] {
  const rest = segments.filter((segment) => segment !== '');
  if (rest.length === 0) return [];
  const whole = parseSource(rest.join('/'), head.resourceType);
  if (!head.seo || rest.length < 2) return [whole];
  const { stem, extension } = splitExtension(rest.at(-1) ?? '');
  const id = rest.slice(0, -1);
  const raw = head.resourceType === 'raw';
  if (stem.includes('.')) return [whole];
  const publicId = percentDecode(id.join('/')) + (raw && extension ? `.${extension}` : '');
  const source = id.join('/') + (extension ? `.${extension}` : '');
  const bare = {
    publicId: percentDecode(id.join('/')),
    extension: null,
    source: id.join('/'),
    suffix: percentDecode(stem),
  };
  return [
    whole,
    { publicId, extension: raw ? null : (extension?.toLowerCase() ?? null), source, suffix: percentDecode(stem) },
    // A raw file whose ID has no extension may be given one with its suffix.
    ...(raw && extension ? [bare] : []),
  ];
}

/** Reads a public ID with an extension, as it stands in a URL. */
export function parseSource(source: string, resourceType: 'image' | 'video' | 'raw'): SourceCandidate {
  if (resourceType === 'raw') return { publicId: percentDecode(source), extension: null, source, suffix: null };
  const { stem, extension } = splitExtension(source);
  return { publicId: percentDecode(stem), extension: extension?.toLowerCase() ?? null, source, suffix: null };
}

/** The text after the last dot, when it looks like one: letters and digits, with something before the dot. */
function splitExtension(source: string): { stem: string; extension: string | null } {
  const dot = source.lastIndexOf('.');
  const name = source.lastIndexOf('/') + 1;
  if (dot <= name || !/^[A-Za-z0-9]{1,20}$/.test(source.slice(dot + 1))) return { stem: source, extension: null };
  return { stem: source.slice(0, dot), extension: source.slice(dot + 1) };
}

export interface PathParts {
  readonly cloud?: string | null;
  readonly resourceType?: 'image' | 'video' | 'raw';
  readonly type?: DeliveryType;
  /** Characters between `s--` and `--`. */
  readonly signature?: string | null;
  /** As in a URL; not encoded again. */
  readonly transformation?: string;
  readonly version?: string | number | null;
  /** Decoded. */
  readonly publicId: string;
  readonly extension?: string | null;
  /** SEO suffix; only for the five types that have a short name. */
  readonly suffix?: string | null;
}

/** Builds the path that `parseDeliveryPath` reads, with a leading slash, encoded as the SDKs do. */
export function printDeliveryPath(parts: PathParts): string {
  const { resourceType = 'image', type = 'upload', publicId, extension, suffix } = parts;
  const source = REMOTE_TYPES.has(type)
    ? encodeRemote(publicId)
    : encodeURIComponent(publicId).replaceAll('%2F', '/').replaceAll('%3A', ':');
  const short = Object.entries(SHORT_NAMES).find(([, [r, t]]) => r === resourceType && t === type)?.[0];
  if (suffix && !short) throw new RangeError(`An SEO suffix is not possible for ${resourceType}/${type}`);
  return [
    '',
    parts.cloud && encodeURIComponent(parts.cloud),
    ...(suffix ? [short] : [resourceType, type]),
    parts.signature && `s--${parts.signature}--`,
    parts.transformation,
    parts.version !== null && parts.version !== undefined && parts.version !== '' && `v${parts.version}`,
    `${source}${suffix ? `/${encodeURIComponent(suffix)}` : ''}${extension ? `.${extension}` : ''}`,
  ]
    .filter((segment) => segment === '' || segment)
    .join('/')
    .replace(/^\/+/, '/');
}

/** Every character outside `[A-Za-z0-9_.\-/:]` (SDK `smart_escape`). */
function encodeRemote(url: string): string {
  return url.replace(/[^A-Za-z0-9_.\-/:]+/g, (run) =>
    encodeURIComponent(run).replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}
