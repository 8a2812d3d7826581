import { createHash, timingSafeEqual } from 'node:crypto';
import type { Accounts } from '../accounts/accounts.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Constant time whatever the lengths. */
export const sameSecret = (given: string, kept: string): boolean => timingSafeEqual(digest(given), digest(kept));

/** `Authorization: Basic …`. The Ruby SDK writes it in URL-safe base64; Node reads both alphabets. */
export function parseBasic(header: string | undefined): { user: string; password: string } | undefined {
  const match = /^Basic\s+([A-Za-z0-9+/_=-]+)\s*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** @throws 401 with the cloud's texts: `Unknown API key`, `api_secret mismatch`. */
export async function authenticateBasic(
  accounts: Accounts,
  cloud: CloudRow,
  header: string | undefined,
): Promise<ApiKeyRow | undefined> {
  const given = parseBasic(header);
  if (given === undefined) return undefined;
  const key = await accounts.key(cloud, given.user);
  if (!sameSecret(given.password, key.api_secret)) throw ERRORS.ApiSecretMismatch();
  return key;
}
