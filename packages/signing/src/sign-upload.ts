import { digestHex } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { type Params, type StringToSignOptions, stringToSign } from './string-to-sign.ts';

export interface SignOptions extends StringToSignOptions {
  /** Default `sha1`, the default of the service. */
  algorithm?: Algorithm;
}

export interface SignedUpload {
  /** What was signed, without the secret: safe to print. */
  stringToSign: string;
  /** Lower-case hex, 40 (SHA-1) or 64 (SHA-256) characters. */
  signature: string;
  /** The parameters as given with `signature` added. `api_key` and `file` are for the caller to add. */
  params: Record<string, unknown> & { signature: string };
}

/**
 * Signs parameters as the SDK's `cloudinary.utils.api_sign_request` does: digest of the string to sign followed
 * directly by the secret.
 * @throws TypeError when the secret is missing: a digest without secret would look like a signature.
 */
export function signUpload(params: Params, secret: string, options: SignOptions = {}): SignedUpload {
  requireSecret(secret);
  const text = stringToSign(params, options);
  const signature = digestHex(options.algorithm ?? 'sha1', text + secret);
  return { stringToSign: text, signature, params: { ...params, signature } };
}

/** The signature alone: same arguments and result as the SDK's `api_sign_request`. */
export function apiSignRequest(params: Params, secret: string, options: SignOptions = {}): string {
  requireSecret(secret);
  return digestHex(options.algorithm ?? 'sha1', stringToSign(params, options) + secret);
}

export function requireSecret(secret: unknown): asserts secret is string {
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError(
      `Expected the API secret as text but received ${secret === '' ? 'an empty text' : typeof secret}`,
    );
  }
}
