import { digestHex } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { equalInConstantTime, utf8 } from './encoding.ts';
import { requireSecret } from './sign-upload.ts';
import { algorithmOf, unixNow } from './verify-upload.ts';

/**
 * The header `X-Cld-Signature` of a webhook: digest of raw body, timestamp and secret, written one after the other
 * (SDK `webhook_signature`; not an HMAC).
 * @param body the bytes or the text exactly as sent.
 * @param timestamp value of `X-Cld-Timestamp`, Unix seconds.
 */
export function signNotification(
  body: string | Uint8Array,
  timestamp: number | string,
  secret: string,
  options: { algorithm?: Algorithm } = {},
): string {
  requireSecret(secret);
  const algorithm = options.algorithm ?? 'sha1';
  if (typeof body === 'string') return digestHex(algorithm, `${body}${timestamp}${secret}`);
  const tail = utf8(`${timestamp}${secret}`);
  const whole = new Uint8Array(body.length + tail.length);
  whole.set(body);
  whole.set(tail, body.length);
  return digestHex(algorithm, whole);
}

export type VerifyNotificationResult =
  | { ok: true; algorithm: Algorithm }
  | { ok: false; reason: 'malformed-signature' | 'malformed-timestamp' | 'mismatch' | 'stale' };

/**
 * Is this webhook from the service, and recent? Never parse and re-serialise the body before: it is signed byte for
 * byte.
 * @param options.now Unix seconds; `validFor` seconds, default 7200 as in the SDKs. Like them, a timestamp ahead of the
 *   clock is accepted: the sender made it, under the signature.
 */
export function verifyNotification(
  body: string | Uint8Array,
  timestamp: number | string,
  signature: string,
  secret: string | readonly string[],
  options: { now?: number; validFor?: number } = {},
): VerifyNotificationResult {
  const algorithm = algorithmOf(signature);
  if (algorithm === undefined) return { ok: false, reason: 'malformed-signature' };
  if (!/^\d{1,15}$/.test(String(timestamp))) return { ok: false, reason: 'malformed-timestamp' };
  const given = signature.toLowerCase();
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const fits = secrets.some((one) => equalInConstantTime(signNotification(body, timestamp, one, { algorithm }), given));
  if (!fits) return { ok: false, reason: 'mismatch' };
  const oldest = (options.now ?? unixNow()) - (options.validFor ?? 7200);
  return Number(timestamp) < oldest ? { ok: false, reason: 'stale' } : { ok: true, algorithm };
}
