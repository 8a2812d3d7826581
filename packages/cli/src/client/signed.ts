import { signableParams, signUpload, unixNow } from '@signet/signing';
import type { Account } from '../account/account.ts';
import { UsageError } from '../errors.ts';

export interface Signing {
  readonly algorithm: 'sha1' | 'sha256';
  readonly version: 1 | 2;
}

/** The fields of a signed call: parameters, timestamp (now, unless given), signature and API key. */
export function signedFields(
  account: Account,
  given: Readonly<Record<string, unknown>>,
  signing: Signing,
): Record<string, unknown> {
  const { params } = signUpload(signableParams({ timestamp: unixNow(), ...given }), account.apiSecret, signing);
  return { ...params, api_key: account.apiKey };
}

/**
 * The fields of a call without signature, for a preset that allows it.
 *
 * @throws UsageError when no preset is named
 */
export function unsignedFields(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (!given.upload_preset)
    throw new UsageError(
      'An upload without signature needs a preset.',
      'Add upload_preset=NAME; `signet admin upload_presets` lists them.',
    );
  return { ...given };
}

export const uploadUrl = (account: Account, resourceType: string): string =>
  `${account.api}/v1_1/${encodeURIComponent(account.cloud)}/${resourceType}/upload`;
