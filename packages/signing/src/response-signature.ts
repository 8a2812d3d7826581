import { digestHex } from '#digest';
import type { Algorithm } from './digest/types.ts';
import { equalInConstantTime } from './encoding.ts';
import { requireSecret } from './sign-upload.ts';
import { stringToSign } from './string-to-sign.ts';
import { algorithmOf } from './verify-upload.ts';

/**
 * The `signature` in the answer to an upload, explicit, rename or archive call: `public_id` and `version`, always as
 * version 1 (SDK `verify_api_response_signature`).
 * @param version the asset's version number, Unix seconds.
 */
export function signResponse(
  asset: { public_id: string; version: string | number },
  secret: string,
  options: { algorithm?: Algorithm } = {},
): string {
  requireSecret(secret);
  const text = stringToSign({ public_id: asset.public_id, version: asset.version }, { version: 1 });
  return digestHex(options.algorithm ?? 'sha1', text + secret);
}

/** Did the service make this answer? The algorithm follows from the signature's length; constant time. */
export function verifyResponse(
  asset: { public_id: string; version: string | number },
  signature: string,
  secret: string,
): boolean {
  const algorithm = algorithmOf(signature);
  return (
    algorithm !== undefined && equalInConstantTime(signResponse(asset, secret, { algorithm }), signature.toLowerCase())
  );
}
