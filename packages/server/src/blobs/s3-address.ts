import { ConfigError } from '../config.ts';

/** Where blobs lie in an S3-compatible store. Credentials are not part of it: they come from the AWS environment. */
export interface S3Address {
  readonly bucket: string;
  /** What every key begins with: '' or a text that ends with a slash. */
  readonly prefix: string;
  /** `undefined`: as the AWS environment says. */
  readonly region: string | undefined;
  /** `undefined`: as the AWS environment says, else Amazon's own. */
  readonly endpoint: string | undefined;
  /** `https://HOST/BUCKET/KEY` in place of `https://BUCKET.HOST/KEY`. */
  readonly forcePathStyle: boolean;
}

const FORM = 's3://BUCKET[/PREFIX][?region=…&endpoint=…&force_path_style=true]';

const refuse = (expected: string): never => {
  throw new ConfigError(`Expected ${expected} for blobs (${FORM})`);
};

/** General-purpose buckets (Amazon's naming rules); no text of another kind reaches a URL. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const OPTIONS = ['region', 'endpoint', 'force_path_style'];

const endpointOf = (given: string | null): string | undefined => {
  if (given === null) return undefined;
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse('an http or https address as endpoint');
  return url.href;
};

/**
 * Reads `s3://bucket/prefix?region=…&endpoint=…&force_path_style=true`. With an endpoint of one's own the region is
 * `us-east-1` and the bucket stands in the path, unless the address says otherwise: what such servers expect.
 *
 * @throws {ConfigError} saying what was expected; never with the address itself, which may hold a secret by mistake
 */
export function parseS3Address(text: string): S3Address {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 's3:') return refuse(FORM);
  if (url.username !== '' || url.password !== '')
    return refuse('no credentials in the address, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment');
  if (!BUCKET.test(url.host)) return refuse('the name of a bucket after s3://');
  const unknown = [...url.searchParams.keys()].filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0) return refuse(`no options but ${OPTIONS.join(', ')}`);
  const endpoint = endpointOf(url.searchParams.get('endpoint'));
  const pathStyle = url.searchParams.get('force_path_style') ?? String(endpoint !== undefined);
  if (!/^(?:true|false)$/.test(pathStyle)) return refuse('true or false as force_path_style');
  const path = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.host,
    prefix: path === '' ? '' : `${path}/`,
    region: url.searchParams.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1'),
    endpoint,
    forcePathStyle: pathStyle === 'true',
  };
}
