import { digestBytes } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { bytesToBase64, equalInConstantTime } from './encoding.ts';
import { requireSecret } from './sign-upload.ts';

export interface DeliveryToSign {
  /** The transformation part of the URL, components joined by `/`; empty or absent when there is none. */
  transformation?: string;
  /** Public ID with extension, percent-encoded as it stands in the URL; without version, without SEO suffix. */
  source: string;
}

export interface DeliverySignatureOptions {
  /** Of the short form. Default `sha1`. */
  algorithm?: Algorithm;
  /** The long form: 32 characters of SHA-256 whatever the algorithm (SDK option `long_url_signature`). */
  long?: boolean;
}

/**
 * The text between `s--` and `--` in a signed delivery URL: 8 characters, or 32 in the long form, of URL-safe base64.
 * Doubled slashes in the transformation collapse, as in SDK `url()`; those of the source in `encodeDeliverySource`.
 */
export function signDelivery(what: DeliveryToSign, secret: string, options: DeliverySignatureOptions = {}): string {
  requireSecret(secret);
  const transformation = what.transformation?.replace(/([^:])\/\//g, '$1/');
  const text = transformation ? [transformation, what.source].filter((part) => part !== '').join('/') : what.source;
  const algorithm = options.long ? 'sha256' : (options.algorithm ?? 'sha1');
  return bytesToBase64(digestBytes(algorithm, text + secret), { url: true }).slice(0, options.long ? 32 : 8);
}

/** The source part of a delivery URL as the SDKs write it: decoded, encoded again, `:` and `/` kept, format appended. */
export function encodeDeliverySource(publicId: string, format?: string): string {
  const slashes = publicId.replace(/([^:])\/\//g, '$1/');
  const source = /^https?:\//i.test(slashes)
    ? escapeRemote(slashes)
    : encodeURIComponent(decodeSafely(slashes)).replaceAll('%3A', ':').replaceAll('%2F', '/');
  return format === undefined || format === '' ? source : `${source}.${format}`;
}

/** A remote address keeps its characters except the unsafe ones (SDK `smart_escape`), here as UTF-8 bytes. */
function escapeRemote(url: string): string {
  return url.replace(/[^a-zA-Z0-9_.\-/:]+/g, (run) =>
    encodeURIComponent(run).replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type VerifyDeliveryResult =
  | { ok: true; algorithm: Algorithm; long: boolean }
  | { ok: false; reason: 'malformed' | 'mismatch' };

/**
 * Does the `s--…--` part fit this URL? Transformation and source exactly as received; the decoded source is a fallback
 * (inferred), for clients that sign before they encode. SHA-1 is tried before SHA-256.
 * @param signature with or without `s--` and `--`.
 */
export function verifyDelivery(
  what: DeliveryToSign,
  signature: string,
  secrets: string | readonly string[],
): VerifyDeliveryResult {
  const bare = /^s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--$/.exec(signature)?.[1] ?? signature;
  if (!/^([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})$/.test(bare)) return { ok: false, reason: 'malformed' };
  const long = bare.length === 32;
  const decoded = {
    transformation: what.transformation && decodeSafely(what.transformation),
    source: decodeSafely(what.source),
  };
  const forms = [what, { ...what, source: decoded.source }, decoded];
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    for (const form of forms) {
      for (const algorithm of long ? (['sha256'] as const) : (['sha1', 'sha256'] as const)) {
        if (equalInConstantTime(signDelivery(form, secret, { algorithm, long }), bare))
          return { ok: true, algorithm, long };
      }
    }
  }
  return { ok: false, reason: 'mismatch' };
}
