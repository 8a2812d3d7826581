import { digestHex } from '#digest';
import { base64ToBytes, bytesToBase64, equalInConstantTime, fromUtf8, utf8 } from './encoding.ts';
import { requireSecret } from './sign-upload.ts';

export interface SearchUrlOptions {
  /** Seconds the answer may be cached. Default 300. */
  ttl?: number;
  /** Goes behind the query, unsigned, so that paging needs no new signature. Overrides `next_cursor` of the query. */
  nextCursor?: string;
}

/**
 * Path of a search URL, to be put behind the delivery host and the cloud's name:
 * `search/<signature>/<ttl>/<query>[/<next_cursor>]`. The query is its JSON with sorted keys and without blanks, as
 * base64; the signature is always SHA-256 (SDK `lib/v2/search.js` `to_url`). Text beyond ASCII is UTF-8 here.
 */
export function createSearchPath(
  query: Readonly<Record<string, unknown>>,
  secret: string,
  options: SearchUrlOptions = {},
): string {
  requireSecret(secret);
  const ttl = options.ttl ?? 300;
  const names = Object.keys(query).filter((name) => name !== 'next_cursor' && !isBlank(query[name]));
  const sorted = Object.fromEntries(names.sort().map((name) => [name, query[name]]));
  const encoded = bytesToBase64(utf8(JSON.stringify(sorted)));
  const cursor = options.nextCursor ?? query.next_cursor;
  const path = `search/${digestHex('sha256', `${ttl}${encoded}${secret}`)}/${ttl}/${encoded}`;
  return isBlank(cursor) ? path : `${path}/${cursor}`;
}

export type VerifySearchResult =
  | { ok: true; query: Record<string, unknown>; ttl: number; nextCursor?: string }
  | { ok: false; reason: 'malformed' | 'mismatch' };

/**
 * Reads and checks the path of a search URL, from `search/` on. The query is taken as text exactly as received, in
 * either base64 alphabet, also percent-encoded. Standard base64 may hold `/`: the query ends at the last slash before
 * which it still is a JSON object.
 */
export function verifySearchPath(path: string, secrets: string | readonly string[]): VerifySearchResult {
  const parts = /^\/?search\/([0-9a-f]{64})\/(\d{1,9})\/(.+)$/i.exec(path);
  if (parts === null) return { ok: false, reason: 'malformed' };
  const [, signature, ttl, rest] = parts as unknown as [string, string, string, string];
  const pieces = rest.split('/').map(decodePiece);
  let malformed = true;
  for (let used = pieces.length; used > 0; used--) {
    const encoded = pieces.slice(0, used).join('/');
    const query = readQuery(encoded);
    if (query === undefined) continue;
    malformed = false;
    const genuine = (typeof secrets === 'string' ? [secrets] : secrets).some((secret) =>
      equalInConstantTime(digestHex('sha256', `${ttl}${encoded}${secret}`), signature.toLowerCase()),
    );
    if (!genuine) continue;
    const nextCursor = pieces.slice(used).join('/');
    return { ok: true, query, ttl: Number(ttl), ...(nextCursor !== '' && { nextCursor }) };
  }
  return { ok: false, reason: malformed ? 'malformed' : 'mismatch' };
}

function isBlank(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function decodePiece(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

function readQuery(encoded: string): Record<string, unknown> | undefined {
  const bytes = base64ToBytes(encoded);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
