import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { newCredentials, newId } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import type { CloudRow, ProvisioningAccountsTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

export type AccountRow = Selectable<ProvisioningAccountsTable>;

/** `account://KEY:SECRET@ACCOUNT_ID`, as the SDKs write it (`lib/config.js`). @throws when it is something else */
export function parseAccountUrl(url: string): { id: string; apiKey: string; apiSecret: string } {
  const expected = 'Expected account://KEY:SECRET@ACCOUNT_ID for the provisioning account but received something else';
  const parsed = URL.parse(url);
  if (parsed === null) throw new Error(expected);
  const { protocol, username, password, hostname } = parsed;
  if (protocol !== 'account:' || !username || !password || !hostname) throw new Error(expected);
  return { id: hostname, apiKey: decodeURIComponent(username), apiSecret: decodeURIComponent(password) };
}

/**
 * The account of this server: the environments, users and groups belong to it. The one of the configuration, or the
 * one made at the first start with random credentials. A changed configuration renames it; nothing gets lost by that.
 */
export async function ensureProvisioningAccount(app: App): Promise<AccountRow> {
  const { catalog, clock, config } = app;
  const configured =
    config['provisioning-account'] === '' ? undefined : parseAccountUrl(config['provisioning-account']);
  return catalog.transaction(async (tx) => {
    const known = await tx.selectFrom('provisioning_accounts').selectAll().orderBy('created_at').executeTakeFirst();
    if (known === undefined) {
      const { apiKey, apiSecret, id } = { ...newCredentials(), id: newId(), ...configured };
      return tx
        .insertInto('provisioning_accounts')
        .values({ id, api_key: apiKey, api_secret: apiSecret, email: null, created_at: clock() })
        .returningAll()
        .executeTakeFirstOrThrow();
    }
    if (configured === undefined) return known;
    const { id, apiKey, apiSecret } = configured;
    if (id !== known.id)
      for (const table of ['account_users', 'user_groups'] as const)
        await tx.updateTable(table).set({ account: id }).where('account', '=', known.id).execute();
    return tx
      .updateTable('provisioning_accounts')
      .set({ id, api_key: apiKey, api_secret: apiSecret })
      .where('id', '=', known.id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

/** Numbered pages of a list; the sizes are those of the reference. */
export interface NumberedPage {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/** The environments of the account, the oldest first. */
export const subAccountRows = (app: App): Promise<CloudRow[]> =>
  app.catalog.db.selectFrom('clouds').selectAll().orderBy('created_at').orderBy('name').execute();

/** @throws 404 `Cannot find sub account with id <id>` */
export async function requireSubAccount(app: App, id: string): Promise<CloudRow> {
  const row = await app.catalog.db.selectFrom('clouds').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Cannot find sub account with id ${id}`);
  return row;
}

/** Six hex digits that make a derived name unlike the ones taken. */
export const suffix = (): string => randomBytes(3).toString('hex');
