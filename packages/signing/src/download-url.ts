import { type SignOptions, signUpload } from './sign-upload.ts';
import { type Params, signableParams } from './string-to-sign.ts';
import { unixNow } from './verify-upload.ts';

export interface DownloadQueryOptions extends SignOptions {
  apiKey: string;
  secret: string;
  /** Unix seconds, used when the parameters have no timestamp. Default: the system's clock. */
  now?: number;
}

/**
 * Query of a signed download address (`…/download?…`, `…/generate_archive?…`, `…/download_backup?…`): the parameters,
 * `timestamp`, `signature` and `api_key`. A list is signed joined by commas and sent as repeated `name[]`, as the SDKs
 * do. Archives, sprites and multis need `mode: 'download'` among the parameters.
 */
export function signDownloadQuery(
  params: Params,
  options: DownloadQueryOptions,
): { query: string; signature: string; stringToSign: string } {
  const given = signableParams(params);
  const filled = Object.fromEntries(
    Object.entries({ ...given, timestamp: given.timestamp ?? options.now ?? unixNow() })
      .map(
        ([name, value]) => [name, Array.isArray(value) ? value.filter((item) => item || item === 0) : value] as const,
      )
      .filter(([, value]) => value !== null && value !== undefined && `${value}` !== ''),
  );
  const { signature, stringToSign } = signUpload(filled, options.secret, options);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filled, signature, api_key: options.apiKey })) {
    if (Array.isArray(value)) for (const item of value) query.append(`${name}[]`, String(item));
    else query.append(name, String(value));
  }
  return { query: query.toString(), signature, stringToSign };
}
