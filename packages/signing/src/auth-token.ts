import { equalInConstantTime, hexToBytes } from './encoding.ts';
import { hmacHex } from './hmac.ts';
import { unixNow } from './verify-upload.ts';

export const AUTH_TOKEN_NAME = '__cld_token__';

export interface AuthTokenOptions {
  /** Hexadecimal, as the console shows it. */
  key: string;
  /** Name of the query parameter or cookie. Default `__cld_token__`. */
  tokenName?: string;
  /** Only this client address may use the token. */
  ip?: string;
  /** Unix seconds. */
  startTime?: number;
  /** Unix seconds; or give `duration`, seconds from `startTime` (from `now` without one). */
  expiration?: number;
  duration?: number;
  /** Paths the token is good for, with `*` for anything; several are allowed. */
  acl?: string | readonly string[];
  /** The one path (with query) the token is good for; unused when there is an `acl`. */
  url?: string;
  /** Unix seconds. Default: the system's clock. */
  now?: number;
}

/**
 * A token for authenticated delivery, `__cld_token__=st=…~exp=…~acl=…~hmac=…`: HMAC-SHA-256 with the hex-decoded key
 * (SDK `lib/auth_token.js`).
 * @throws Error with the SDK's texts when neither expiration nor duration, or neither acl nor url, is given.
 */
export function createAuthToken(options: AuthTokenOptions): string {
  if (options.expiration === undefined && options.duration === undefined) {
    throw new Error('Must provide either expiration or duration');
  }
  const acl = typeof options.acl === 'string' || options.acl === undefined ? options.acl : options.acl.join('!');
  if (!acl && !options.url) throw new Error('authToken must contain either an acl or a url property');
  const start = options.startTime ?? options.now ?? unixNow();
  const parts: string[] = [];
  if (options.ip !== undefined) parts.push(`ip=${options.ip}`);
  if (options.startTime !== undefined) parts.push(`st=${options.startTime}`);
  parts.push(`exp=${options.expiration ?? start + options.duration!}`);
  if (acl) parts.push(`acl=${escapeToLower(acl)}`);
  const signed = acl ? parts : [...parts, `url=${escapeToLower(options.url!)}`];
  parts.push(`hmac=${hmacHex('sha256', hexToBytes(options.key), signed.join('~'))}`);
  return `${options.tokenName ?? AUTH_TOKEN_NAME}=${parts.join('~')}`;
}

/**
 * The URL form: the address with a token for exactly its path and query appended. The path is signed as requested, so
 * on a shared host it includes the cloud's name.
 */
export function appendAuthToken(url: string, options: Omit<AuthTokenOptions, 'url' | 'acl'>): string {
  const { pathname, search } = new URL(url, 'http://relative');
  const token = createAuthToken({ ...options, url: pathname + search });
  return `${url}${search === '' ? '?' : '&'}${token}`;
}

export type VerifyAuthTokenResult =
  | { ok: true; expiration: number; startTime?: number; acl?: string[]; ip?: string }
  | { ok: false; reason: 'malformed' | 'mismatch' | 'not-yet' | 'expired' | 'wrong-ip' | 'path-not-allowed' };

export interface VerifyAuthTokenOptions {
  key: string | readonly string[];
  /** The path as requested, not decoded, with the query but without the token's own parameter. */
  path: string;
  /** The client's address; needed when the token names one. */
  ip?: string;
  now?: number;
  tokenName?: string;
}

/** Is this token, from query or cookie, genuine, in time, for this client and for this path? */
export function verifyAuthToken(token: string, options: VerifyAuthTokenOptions): VerifyAuthTokenResult {
  const prefix = `${options.tokenName ?? AUTH_TOKEN_NAME}=`;
  const parts = (token.startsWith(prefix) ? token.slice(prefix.length) : token).split('~');
  const fields = readFields(parts);
  if (fields === undefined) return { ok: false, reason: 'malformed' };

  const signed = parts.filter((part) => !part.startsWith('hmac='));
  const keys = typeof options.key === 'string' ? [options.key] : options.key;
  const paths = fields.acl === undefined ? pathForms(options.path) : [undefined];
  const genuine = keys.some((key) =>
    paths.some((path) => {
      const text = path === undefined ? signed : [...signed, `url=${escapeToLower(path)}`];
      return equalInConstantTime(hmacHex('sha256', hexToBytes(key), text.join('~')), fields.hmac.toLowerCase());
    }),
  );
  if (!genuine) return { ok: false, reason: 'mismatch' };

  const now = options.now ?? unixNow();
  if (fields.st !== undefined && now < fields.st) return { ok: false, reason: 'not-yet' };
  if (now > fields.exp) return { ok: false, reason: 'expired' };
  if (fields.ip !== undefined && fields.ip !== options.ip) return { ok: false, reason: 'wrong-ip' };
  const acl = fields.acl === undefined ? undefined : percentDecode(fields.acl).split('!');
  if (acl !== undefined && !acl.some((pattern) => aclMatches(pattern, options.path))) {
    return { ok: false, reason: 'path-not-allowed' };
  }
  return {
    ok: true,
    expiration: fields.exp,
    ...(fields.st !== undefined && { startTime: fields.st }),
    ...(acl !== undefined && { acl }),
    ...(fields.ip !== undefined && { ip: fields.ip }),
  };
}

/**
 * Does the pattern cover the whole path? `*` stands for any run of characters, `/` included, as in the service's
 * examples (`/image/*`); the query is not looked at. Matching is linear: a hostile pattern cannot make it slow.
 */
export function aclMatches(pattern: string, path: string): boolean {
  const target = path.split('?', 1)[0]!;
  const pieces = pattern.split('*');
  const first = pieces.shift()!;
  if (!target.startsWith(first)) return false;
  if (pieces.length === 0) return target === first;
  const last = pieces.pop()!;
  let at = first.length;
  for (const piece of pieces) {
    const found = target.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return target.length - last.length >= at && target.endsWith(last);
}

interface TokenFields {
  ip?: string;
  st?: number;
  exp: number;
  acl?: string;
  hmac: string;
}

function readFields(parts: readonly string[]): TokenFields | undefined {
  const found = new Map<string, string>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    if (at < 0 || found.has(name) || !['ip', 'st', 'exp', 'acl', 'hmac'].includes(name)) return undefined;
    found.set(name, part.slice(at + 1));
  }
  const [exp, st, hmac, ip, acl] = ['exp', 'st', 'hmac', 'ip', 'acl'].map((name) => found.get(name));
  if (exp === undefined || !/^\d{1,15}$/.test(exp) || (st !== undefined && !/^\d{1,15}$/.test(st))) return undefined;
  if (hmac === undefined || !/^[0-9a-f]{64}$/i.test(hmac)) return undefined;
  return {
    exp: Number(exp),
    hmac,
    ...(st !== undefined && { st: Number(st) }),
    ...(ip !== undefined && { ip }),
    ...(acl !== undefined && { acl }),
  };
}

/** The path alone too: a token made for a path stays good when a cache adds or drops a query (inferred). */
function pathForms(path: string): string[] {
  const bare = path.split('?', 1)[0]!;
  return bare === path ? [path] : [path, bare];
}

/** Only these characters are encoded, in lower-case hex (SDK `lib/auth_token.js`). */
function escapeToLower(text: string): string {
  return text.replace(/[ "#%&'/:;<=>?@[\]^`{|}~\\]/g, (mark) => `%${mark.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function percentDecode(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
