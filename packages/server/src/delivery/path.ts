/**
 * The path of a delivery URL, taken apart once: `/<cloud>/<resource_type>/<type>/[s--sig--/][components/][v<n>/]<source>`
 * and its short forms (delivery reference 1.1–1.3). Nothing is decoded here but what the result says.
 */
export interface DeliveryPath {
  readonly cloud: string;
  readonly resourceType: 'image' | 'video' | 'raw';
  readonly type: string;
  /** Without `s--` and `--`. */
  readonly signature: string | undefined;
  /** Components joined by slashes, percent-encoded as received. */
  readonly transformation: string;
  readonly version: number | undefined;
  /** Public ID and extension, or a remote URL; percent-encoded as received. */
  readonly source: string;
  /** A form in which the last path element may be a name for search engines. */
  readonly mayHaveSuffix: boolean;
}

/** Names that put resource type and type into one segment; all but `iu` may carry a suffix. */
const SHORT: Readonly<Record<string, readonly [DeliveryPath['resourceType'], string]>> = {
  images: ['image', 'upload'],
  private_images: ['image', 'private'],
  authenticated_images: ['image', 'authenticated'],
  files: ['raw', 'upload'],
  videos: ['video', 'upload'],
  iu: ['image', 'upload'],
};

const TYPES: ReadonlySet<string> = new Set([
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
  'list',
]);
/** Types whose source is a URL or a name of another service. */
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

const SIGNATURE = /^s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--$/;
const VERSION = /^v(\d{1,15})$/;
/** A segment counts as a component when its first item begins with a parameter's name and `_` (1.2). */
const COMPONENT = /^(?:\$[A-Za-z][A-Za-z0-9]*|if|[a-z]{1,3})_/;

/** @returns `undefined` for a path that is no delivery URL */
export function parseDeliveryPath(path: string): DeliveryPath | undefined {
  const segments = path.replace(/^\//, '').split('/');
  const cloud = segments.shift();
  const first = segments[0];
  if (!cloud || first === undefined) return undefined;
  const short = SHORT[first];
  let head: readonly [DeliveryPath['resourceType'], string];
  let mayHaveSuffix = false;
  if (short !== undefined) {
    segments.shift();
    head = short;
    mayHaveSuffix = first !== 'iu';
  } else if (
    (first === 'image' || first === 'video' || first === 'raw') &&
    segments[1] !== undefined &&
    TYPES.has(segments[1])
  ) {
    head = [first, segments[1]];
    segments.splice(0, 2);
  } else {
    head = ['image', 'upload'];
    mayHaveSuffix = true;
  }
  const signature = SIGNATURE.exec(segments[0] ?? '')?.[1];
  if (signature !== undefined) segments.shift();
  const remote = REMOTE_TYPES.has(head[1]);
  const components: string[] = [];
  while (
    segments.length > 1 &&
    (segments[0] === '' || isComponent(segments[0]!)) &&
    !(remote && /^https?:?$/i.test(segments[0]!))
  )
    components.push(segments.shift()!);
  const version = segments.length > 1 ? VERSION.exec(segments[0]!)?.[1] : undefined;
  if (version !== undefined) segments.shift();
  const source = segments.join('/');
  if (source === '') return undefined;
  return {
    cloud,
    resourceType: head[0],
    type: head[1],
    signature,
    transformation: components.filter((component) => component !== '').join('/'),
    version: version === undefined ? undefined : Number(version),
    source,
    mayHaveSuffix,
  };
}

const isComponent = (segment: string): boolean =>
  COMPONENT.test(segment) ||
  segment === 'if_else' ||
  segment === 'if_end' ||
  (segment.startsWith('%24') && COMPONENT.test(`$${segment.slice(3)}`));
