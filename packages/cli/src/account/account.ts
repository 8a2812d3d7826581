import { UsageError } from '../errors.ts';

/** Where calls go and who makes them. */
export interface Account {
  readonly cloud: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Origin of the API without a slash at its end: `http://127.0.0.1:4080`, `https://api.cloudinary.com`. */
  readonly api: string;
  /** Origin and first path part of delivery: `http://127.0.0.1:4080/demo`, `https://res.cloudinary.com/demo`. */
  readonly delivery: string;
  /** Further options of the URL: `signature_algorithm`, `secure_distribution`, … */
  readonly options: Readonly<Record<string, string>>;
  /** The account as a `CLOUDINARY_URL`. Holds the secret. */
  readonly url: string;
  /** Where it was found, in words. */
  readonly source: string;
}

const CLOUD_API = 'https://api.cloudinary.com';
const EXPECTED = 'cloudinary://KEY:SECRET@CLOUD[?upload_prefix=URL]';

/** Is this the cloud itself and not a server of one's own? Its delivery host is another one than its API's. */
export const isCloudApi = (api: string): boolean => /^https:\/\/api(-\w+)?\.cloudinary\.com$/.test(api);

/** Reads a `CLOUDINARY_URL` as the SDKs do (`lib/config.js`). @throws {UsageError} that does not repeat the text. */
export function parseAccountUrl(url: string, source: string): Account {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.protocol !== 'cloudinary:' || !parsed.username || !parsed.password || !parsed.host)
    throw new UsageError(
      `Expected ${EXPECTED} from ${source} but received something else.`,
      'Copy the line that the server printed at its start, or the one of the cloud’s API keys page.',
    );
  const options = Object.fromEntries(parsed.searchParams);
  const api = (options.upload_prefix ?? CLOUD_API).replace(/\/+$/, '');
  if (!/^https?:\/\//.test(api) || !URL.canParse(api))
    throw new UsageError(`Expected an http or https address as upload_prefix from ${source} but received ${api}.`);
  const cloud = parsed.hostname;
  return {
    cloud,
    apiKey: decodeURIComponent(parsed.username),
    apiSecret: decodeURIComponent(parsed.password),
    api,
    delivery: deliveryOf(api, cloud, options),
    options,
    url,
    source,
  };
}

function deliveryOf(api: string, cloud: string, options: Readonly<Record<string, string>>): string {
  if (options.secure_distribution) return `https://${options.secure_distribution}/${cloud}`;
  if (options.cname) return `http://${options.cname}/${cloud}`;
  return `${isCloudApi(api) ? 'https://res.cloudinary.com' : api}/${cloud}`;
}

/** The URL of an account without a part that anybody may not see. */
export const maskedUrl = ({ url, apiKey, cloud }: Account): string => {
  const query = url.indexOf('?');
  return `cloudinary://${apiKey}:***@${cloud}${query < 0 ? '' : url.slice(query)}`;
};
