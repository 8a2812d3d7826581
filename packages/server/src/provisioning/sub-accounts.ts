import { sql } from 'kysely';
import { newCredentials, newId } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { isoTime } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { requireSubAccount, subAccountRows, suffix } from './account.ts';

/** Environments of an account that one list answers at most. */
const MAX_LISTED = 1000;
const MAX_NAME = 255;
/** Letters, digits and hyphens (Provisioning API reference). */
const CLOUD_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;
/** Paths of the server itself. */
const RESERVED = new Set(['provisioning', 'console', 'health', 'v1-1', 'v2']);

/** Every table that keeps rows by environment without a foreign key to it; a test compares it with the schema. */
export const TABLES_BY_CLOUD = [
  'assets',
  'asset_tags',
  'asset_context',
  'asset_metadata',
  'asset_counts',
  'versions',
  'derived',
  'folders',
  'transformations',
  'upload_presets',
  'delete_tokens',
  'counters',
  'metadata_fields',
  'metadata_rules',
  'streaming_profiles',
  'upload_mappings',
  'triggers',
  'notification_messages',
  'jobs',
  'webhook_deliveries',
  'audit',
  'console_sessions',
] as const;

export interface SubAccountChange {
  readonly name?: string | undefined;
  readonly cloudName?: string | undefined;
  readonly customAttributes?: unknown;
  readonly enabled?: boolean | undefined;
}

const subAccountView = (row: CloudRow, keys: readonly ApiKeyRow[]) => ({
  cloud_name: row.name,
  name: row.display_name,
  enabled: row.enabled === 1,
  id: row.id,
  api_access_keys: keys.map(({ api_key, api_secret, enabled }) => ({
    key: api_key,
    secret: api_secret,
    enabled: enabled === 1,
  })),
  custom_attributes: JSON.parse(row.custom_attributes) as unknown,
  created_at: isoTime(row.created_at),
  updated_at: isoTime(row.updated_at),
});

const view = async (app: App, row: CloudRow) => subAccountView(row, await app.accounts.keysOf(row.name));

/**
 * @param ids with them the other filters are ignored (Provisioning API reference)
 * @param prefix of the name, in any case
 */
export async function listSubAccounts(
  app: App,
  filter: {
    readonly enabled?: boolean | undefined;
    readonly ids?: readonly string[] | undefined;
    readonly prefix?: string | undefined;
    readonly cloudNames?: readonly string[] | undefined;
  },
) {
  const { enabled, ids, cloudNames } = filter;
  const prefix = filter.prefix?.toLowerCase();
  const rows = (await subAccountRows(app)).filter(({ id, name, display_name, enabled: isEnabled }) =>
    ids !== undefined
      ? ids.includes(id)
      : (enabled === undefined || enabled === (isEnabled === 1)) &&
        (prefix === undefined || display_name.toLowerCase().startsWith(prefix)) &&
        (cloudNames === undefined || cloudNames.includes(name)),
  );
  return Promise.all(rows.slice(0, MAX_LISTED).map((row) => view(app, row)));
}

function checkName(name: string): string {
  if (name.length > MAX_NAME) throw ERRORS.BadRequest(`Expected a name of up to ${MAX_NAME} characters`);
  return name;
}

const isTaken = async (db: Db, name: string): Promise<boolean> =>
  RESERVED.has(name.toLowerCase()) ||
  (await db.selectFrom('clouds').select('name').where('name', '=', name).executeTakeFirst()) !== undefined;

async function freeCloudName(db: Db, given: string | undefined, name: string): Promise<string> {
  if (given !== undefined) {
    if (!CLOUD_NAME.test(given))
      throw ERRORS.BadRequest(
        `Expected a cloud_name of up to 64 letters, digits and hyphens but received ${given.slice(0, 100)}`,
      );
    if (await isTaken(db, given)) throw ERRORS.Conflict(`cloud_name ${given} is already taken`);
    return given;
  }
  const derived =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 50)
      .replace(/^-+|-+$/g, '') || 'environment';
  return (await isTaken(db, derived)) ? `${derived}-${suffix()}` : derived;
}

/** Attributes are a JSON object of up to 4 kB (limit of this server). */
function attributesText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw ERRORS.BadRequest('Expected an object as custom_attributes');
  const text = JSON.stringify(value);
  if (text.length > 4096) throw ERRORS.BadRequest('Expected custom_attributes of up to 4096 characters');
  return text;
}

/**
 * A new environment with its first key.
 *
 * @param input `cloudName` is derived from the name when not given; settings come from `base`
 * @throws 400, 404 for an unknown base, 409 for a name that is taken
 */
export async function createSubAccount(
  app: App,
  input: SubAccountChange & { readonly name: string; readonly base?: string | undefined },
) {
  const name = checkName(input.name);
  const attributes = attributesText(input.customAttributes);
  const base = input.base === undefined ? undefined : await requireSubAccount(app, input.base);
  const now = app.clock();
  const { apiKey, apiSecret } = newCredentials();
  const created = await app.catalog.transaction(async (tx) => {
    const cloud = await tx
      .insertInto('clouds')
      .values({
        name: await freeCloudName(tx, input.cloudName, name),
        id: newId(),
        display_name: name,
        folder_mode: base?.folder_mode ?? app.config['folder-mode'],
        enabled: input.enabled === false ? 0 : 1,
        ...(attributes === undefined ? {} : { custom_attributes: attributes }),
        ...(base === undefined ? {} : { settings: base.settings }),
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const key = await tx
      .insertInto('api_keys')
      .values({
        api_key: apiKey,
        api_secret: apiSecret,
        cloud: cloud.name,
        name: 'Root',
        root: 1,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return subAccountView(cloud, [key]);
  });
  app.accounts.forget();
  return created;
}

/**
 * @throws 400, also for a new cloud name when there are assets: their addresses, results and backups carry the old one;
 *   409 for a name that is taken
 */
export async function updateSubAccount(app: App, cloud: CloudRow, change: SubAccountChange) {
  const { cloudName, enabled } = change;
  const attributes = attributesText(change.customAttributes);
  const name = change.name === undefined ? undefined : checkName(change.name);
  const row = await app.catalog.transaction(async (tx) => {
    const renamed = cloudName !== undefined && cloudName !== cloud.name;
    if (renamed) {
      await freeCloudName(tx, cloudName, cloudName);
      if ((await tx.selectFrom('assets').select('seq').where('cloud', '=', cloud.name).limit(1).execute()).length > 0)
        throw ERRORS.BadRequest(`Expected an environment without assets to change the cloud_name of ${cloud.name}`);
    }
    const updated = await tx
      .updateTable('clouds')
      .set({
        updated_at: app.clock(),
        ...(renamed ? { name: cloudName } : {}),
        ...(name === undefined ? {} : { display_name: name }),
        ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
        ...(attributes === undefined ? {} : { custom_attributes: attributes }),
      })
      .where('name', '=', cloud.name)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (renamed)
      for (const table of TABLES_BY_CLOUD)
        await sql`UPDATE ${sql.table(table)} SET cloud = ${cloudName} WHERE cloud = ${cloud.name}`.execute(tx);
    return updated;
  });
  app.accounts.forget();
  app.metadata.forget(cloud);
  return view(app, row);
}

/** With everything in it. The bytes go with the next sweep, unless another environment has the same ones. */
export async function deleteSubAccount(app: App, cloud: CloudRow): Promise<void> {
  await app.catalog.transaction(async (tx) => {
    for (const table of TABLES_BY_CLOUD)
      await sql`DELETE FROM ${sql.table(table)} WHERE cloud = ${cloud.name}`.execute(tx);
    await tx.deleteFrom('clouds').where('name', '=', cloud.name).execute();
    const users = await tx
      .selectFrom('account_users')
      .select(['id', 'sub_account_ids'])
      .where('sub_account_ids', 'like', `%${cloud.id}%`)
      .execute();
    // Whoever had only this one would have all of them with an empty list: the ID stays and opens nothing.
    for (const { id, sub_account_ids } of users) {
      const left = (JSON.parse(sub_account_ids) as string[]).filter((item) => item !== cloud.id);
      if (left.length > 0)
        await tx
          .updateTable('account_users')
          .set({ sub_account_ids: JSON.stringify(left) })
          .where('id', '=', id)
          .execute();
    }
  });
  app.accounts.forget();
  app.metadata.forget(cloud);
}

export const subAccount = view;
