import type { Account } from '../account/account.ts';
import { adminCall, pathOf } from './admin.ts';

/** A bearer token of an environment, as the server lists it. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly expires_at: string;
}

export interface NewApiToken {
  readonly name: string | undefined;
  readonly role: string | undefined;
  readonly scopes: readonly string[] | undefined;
  /** Seconds. */
  readonly expiresIn: number | undefined;
}

/** The token itself is in this answer only. */
export const createApiToken = (account: Account, { name, role, scopes, expiresIn }: NewApiToken) =>
  adminCall<ApiToken & { readonly access_token: string }>(account, pathOf('access_tokens'), {
    method: 'POST',
    json: { name, role, scopes, expires_in: expiresIn },
  });

export const listApiTokens = async (account: Account): Promise<readonly ApiToken[]> =>
  (await adminCall<{ access_tokens: ApiToken[] }>(account, pathOf('access_tokens'))).access_tokens;

export const revokeApiToken = async (account: Account, id: string): Promise<void> => {
  await adminCall(account, pathOf('access_tokens', id), { method: 'DELETE' });
};
