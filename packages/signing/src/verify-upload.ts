import { digestHex } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { equalInConstantTime } from './encoding.ts';
import { type Params, type SignatureVersion, signableParams, stringToSign } from './string-to-sign.ts';

/** Unix seconds; the default clock of everything that verifies. */
export const unixNow = (): number => Math.floor(Date.now() / 1000);

export interface VerifyUploadOptions {
  /** Unix seconds. Default: the system's clock. */
  now?: number;
  /** Seconds a signature is good for after its timestamp. Default 3600, the service's hour. */
  maxAge?: number;
  /** Seconds a timestamp may lie ahead of `now`. Default 300 (inferred: the service does not document one). */
  toleranceFuture?: number;
  /**
   * Refuse a signature that fits only as version 1 while a value contains `&`. Default false: SDKs before June 2025
   * sign such values this way, and the smuggled form of CVE-2025-12613 has no `&` in any value, so refusing does not
   * protect them.
   */
  refuseV1WithAmpersand?: boolean;
}

export type VerifyUploadResult =
  | {
      ok: true;
      version: SignatureVersion;
      algorithm: Algorithm;
      /** Which of the given secrets it was. */
      secretIndex: number;
      stringToSign: string;
    }
  | {
      ok: false;
      reason:
        | 'missing-signature'
        | 'malformed-signature'
        | 'mismatch'
        | 'version-1-refused'
        | 'missing-timestamp'
        | 'malformed-timestamp'
        | 'stale'
        | 'future';
      /** The server's own string to sign, version 2: what an error may show. Never holds the secret. */
      stringToSign: string;
      /** With `stale` and `future`: seconds beyond the window. */
      seconds?: number;
    };

const ALGORITHM_BY_LENGTH: Readonly<Record<number, Algorithm>> = { 40: 'sha1', 64: 'sha256' };

/** The algorithm a hex signature must come from, by its length; `undefined` when it is no hex digest of either kind. */
export function algorithmOf(signature: string): Algorithm | undefined {
  return /^[0-9a-f]+$/i.test(signature) ? ALGORITHM_BY_LENGTH[signature.length] : undefined;
}

/**
 * Does this signature fit these parameters, and is it fresh? Version 2 is tried before version 1; the comparison takes
 * constant time and ignores the case of the hex. Parameters that are never signed are left out here, so the collected
 * request (`collectParams`) can be passed whole. The time is judged only after the signature fits: a stranger learns
 * nothing about the clock.
 */
export function verifyUpload(
  params: Params,
  signature: unknown,
  secrets: string | readonly string[],
  options: VerifyUploadOptions = {},
): VerifyUploadResult {
  const signed = signableParams(params);
  const v2 = stringToSign(signed, { version: 2 });
  if (signature === undefined || signature === null || signature === '') {
    return { ok: false, reason: 'missing-signature', stringToSign: v2 };
  }
  const algorithm = typeof signature === 'string' ? algorithmOf(signature) : undefined;
  if (typeof signature !== 'string' || algorithm === undefined) {
    return { ok: false, reason: 'malformed-signature', stringToSign: v2 };
  }
  const match = matchSecret(
    signed,
    signature.toLowerCase(),
    algorithm,
    typeof secrets === 'string' ? [secrets] : secrets,
  );
  if (match === undefined) return { ok: false, reason: 'mismatch', stringToSign: v2 };
  if (match.version === 1 && options.refuseV1WithAmpersand) {
    return { ok: false, reason: 'version-1-refused', stringToSign: v2 };
  }
  const time = checkTimestamp(signed.timestamp, options);
  if (time !== undefined) return { ok: false, ...time, stringToSign: v2 };
  return { ok: true, algorithm, ...match };
}

function matchSecret(
  signed: Params,
  signature: string,
  algorithm: Algorithm,
  secrets: readonly string[],
): { version: SignatureVersion; secretIndex: number; stringToSign: string } | undefined {
  const made: { version: SignatureVersion; text: string }[] = [];
  for (const { version, order } of WAYS) {
    const text = stringToSign(signed, { version, order });
    if (made.some((before) => before.text === text)) continue;
    made.push({ version, text });
    for (const [secretIndex, secret] of secrets.entries()) {
      if (secret !== '' && equalInConstantTime(digestHex(algorithm, text + secret), signature)) {
        return { version, secretIndex, stringToSign: text };
      }
    }
  }
  return undefined;
}

/**
 * Version 2, then version 1, and each in the Node SDK's order where that differs (a name with upper case or digits
 * beside underscores): the order carries no meaning, so accepting both is safe.
 */
const WAYS = [
  { version: 2, order: 'bytes' },
  { version: 1, order: 'bytes' },
  { version: 2, order: 'locale' },
  { version: 1, order: 'locale' },
] as const;

function checkTimestamp(
  timestamp: unknown,
  options: VerifyUploadOptions,
): { reason: 'missing-timestamp' | 'malformed-timestamp' | 'stale' | 'future'; seconds?: number } | undefined {
  if (timestamp === undefined || timestamp === null || timestamp === '') return { reason: 'missing-timestamp' };
  if (!/^\d{1,15}(\.\d+)?$/.test(String(timestamp))) return { reason: 'malformed-timestamp' };
  const age = (options.now ?? unixNow()) - Number(timestamp);
  const maxAge = options.maxAge ?? 3600;
  const toleranceFuture = options.toleranceFuture ?? 300;
  if (age > maxAge) return { reason: 'stale', seconds: age - maxAge };
  if (-age > toleranceFuture) return { reason: 'future', seconds: -age - toleranceFuture };
  return undefined;
}
