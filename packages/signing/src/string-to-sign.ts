/**
 * Version 2 replaces `&` in a pair by `%26` (CVE-2025-12613, SDKs since June 2025), version 1 does not. Nothing on the
 * wire says which one was used.
 */
export type SignatureVersion = 1 | 2;

/** Parameters of a call, as a client holds them: text, numbers, booleans, lists; blanks are allowed and skipped. */
export type Params = Readonly<Record<string, unknown>>;

export interface StringToSignOptions {
  /** Default 2. */
  version?: SignatureVersion;
  /**
   * `bytes` (default): keys in ascending order of their characters, as the service documents. `locale`: as
   * `localeCompare` has it in this process, which is what the Node SDK does. For lower-case names with underscores, and
   * every documented parameter is one, both are the same.
   */
  order?: 'bytes' | 'locale';
}

/** Parameters of an upload request that are never part of its string to sign ("Generating authentication signatures"). */
export const UNSIGNED_PARAMS: readonly string[] = ['file', 'cloud_name', 'resource_type', 'api_key', 'signature'];

/** The parameters without those that are never signed (`file`, `cloud_name`, `resource_type`, `api_key`, `signature`). */
export function signableParams(params: Params): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !UNSIGNED_PARAMS.includes(name)));
}

/**
 * The text whose digest, with the secret appended, is the signature: `key=value` pairs, sorted, joined by `&`, not
 * URL-encoded. Arrays are joined by commas; null, undefined and empty values are left out; `0` and `false` stay.
 *
 * Signs exactly what it is given, `cloud_name` included (the Media Library widget's login needs that): for an upload
 * pass `signableParams(params)`. Source: SDK `lib/utils/index.js` `api_string_to_sign`.
 */
export function stringToSign(params: Params, options: StringToSignOptions = {}): string {
  const keys = sorted(Object.keys(params), options.order);
  const escaped = options.version !== 1;
  let out = '';
  for (let n = 0; n < keys.length; n++) {
    const key = keys[n]!;
    const given = params[key];
    const value = Array.isArray(given) ? given.join(',') : given;
    if (value === null || value === undefined) continue;
    const text = typeof value === 'string' ? value : `${value}`;
    if (value === '') continue;
    const pair = escaped ? `${escapeAmpersand(key)}=${escapeAmpersand(text)}` : `${key}=${text}`;
    out = out === '' ? pair : `${out}&${pair}`;
  }
  return out;
}

/** By hand, because a regular expression costs as much as half the digest, and this is the hot path of every call. */
function escapeAmpersand(text: string): string {
  let at = text.indexOf('&');
  if (at < 0) return text;
  let out = '';
  let from = 0;
  for (; at >= 0; at = text.indexOf('&', from)) {
    out += `${text.slice(from, at)}%26`;
    from = at + 1;
  }
  return out + text.slice(from);
}

/** Insertion in place beats `Array.prototype.sort` at the ten or so keys of a request; long lists go to the latter. */
function sorted(keys: string[], order: 'bytes' | 'locale' | undefined): string[] {
  if (order === 'locale') return keys.sort((a, b) => a.localeCompare(b));
  if (keys.length > 32) return keys.sort();
  for (let n = 1; n < keys.length; n++) {
    const key = keys[n]!;
    let at = n - 1;
    while (at >= 0 && keys[at]! > key) {
      keys[at + 1] = keys[at]!;
      at--;
    }
    keys[at + 1] = key;
  }
  return keys;
}
