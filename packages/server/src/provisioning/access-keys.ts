import { newCredentials } from '../accounts/accounts.ts';
import { ROLES } from '../accounts/roles.ts';
import type { App } from '../app.ts';
import { isoTime } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { NumberedPage } from './account.ts';

/** Keys of an environment (limit of this server: each unsigned call looks through them). */
const MAX_KEYS = 100;
const SORTED_BY = ['api_key', 'created_at', 'name', 'enabled', 'updated_at'] as const;
const DEDICATIONS = ['webhooks'];

/** What keys get when nobody says otherwise, as the cloud's keys are. */
const DEFAULT_ROLE = 'master_admin';

/**
 * The order and the set of the members are compared by the Node suite (`access_keys_spec`); `role` is an extension of
 * this server and only there when it is another than the cloud's keys have.
 */
const accessKeyView = (row: ApiKeyRow) => {
  const dedicated = JSON.parse(row.dedicated_for) as string[];
  return {
    name: row.name,
    api_key: row.api_key,
    api_secret: row.api_secret,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
    enabled: row.enabled === 1,
    ...(row.role === DEFAULT_ROLE ? {} : { role: row.role }),
    ...(dedicated.length === 0 ? {} : { dedicated_for: dedicated }),
    root: row.root === 1,
  };
};

/** @throws 400 for an unknown `sortBy` or `sortOrder` */
export async function listAccessKeys(
  app: App,
  cloud: CloudRow,
  {
    page,
    pageSize,
    sortBy = 'created_at',
    sortOrder = 'asc',
  }: NumberedPage & { readonly sortBy?: string | undefined; readonly sortOrder?: string | undefined },
) {
  const column = SORTED_BY.find((name) => name === sortBy);
  if (column === undefined) throw ERRORS.InvalidParameter('sort_by', sortBy);
  if (sortOrder !== 'asc' && sortOrder !== 'desc') throw ERRORS.InvalidParameter('sort_order', sortOrder);
  const all = app.catalog.db.selectFrom('api_keys').where('cloud', '=', cloud.name);
  const { total } = await all.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await all
    .selectAll()
    .orderBy(column, sortOrder)
    .orderBy('api_key', sortOrder)
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  return { access_keys: rows.map(accessKeyView), total };
}

/** @throws 400 listing the roles */
function checkRoleName(role: string): string {
  if (!Object.hasOwn(ROLES, role))
    throw ERRORS.BadRequest(`Expected one of ${Object.keys(ROLES).join(', ')} as role but received ${role}`);
  return role;
}

function checkName(name: string): string {
  if (name.length > 255) throw ERRORS.BadRequest('Expected a name of up to 255 characters');
  return name;
}

const find = async (db: Db, cloud: CloudRow, apiKey: string): Promise<ApiKeyRow> => {
  const row = await db
    .selectFrom('api_keys')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('api_key', '=', apiKey)
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Cannot find access key ${apiKey}`);
  return row;
};

/** A key without a name is called `Untitled` (inferred). @throws 400 */
export async function generateAccessKey(
  app: App,
  cloud: CloudRow,
  {
    name = 'Untitled',
    enabled = true,
    role = DEFAULT_ROLE,
  }: {
    readonly name?: string | undefined;
    readonly enabled?: boolean | undefined;
    readonly role?: string | undefined;
  },
) {
  const now = app.clock();
  const { apiKey, apiSecret } = newCredentials();
  checkName(name);
  if ((await app.accounts.keysOf(cloud.name)).length >= MAX_KEYS)
    throw ERRORS.BadRequest(`Expected up to ${MAX_KEYS} access keys in a sub account`);
  const row = await app.catalog.db
    .insertInto('api_keys')
    .values({
      api_key: apiKey,
      api_secret: apiSecret,
      cloud: cloud.name,
      name,
      role: checkRoleName(role),
      enabled: enabled ? 1 : 0,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  app.accounts.forget();
  return accessKeyView(row);
}

/**
 * A disabled key is refused from the next call on.
 *
 * @param change `dedicatedFor`: `["webhooks"]` makes it the key that signs notifications, instead of the one that was;
 *   an empty list ends that
 * @throws 400, 404
 */
export async function updateAccessKey(
  app: App,
  cloud: CloudRow,
  apiKey: string,
  {
    name,
    enabled,
    role,
    dedicatedFor,
  }: {
    readonly name?: string | undefined;
    readonly enabled?: boolean | undefined;
    readonly role?: string | undefined;
    readonly dedicatedFor?: readonly string[] | undefined;
  },
) {
  const unknown = dedicatedFor?.find((use) => !DEDICATIONS.includes(use));
  if (unknown !== undefined) throw ERRORS.InvalidParameter('dedicated_for', unknown);
  if (name !== undefined) checkName(name);
  if (role !== undefined) checkRoleName(role);
  const row = await app.catalog.transaction(async (tx) => {
    await find(tx, cloud, apiKey);
    if (dedicatedFor !== undefined && dedicatedFor.length > 0)
      await tx.updateTable('api_keys').set({ dedicated_for: '[]' }).where('cloud', '=', cloud.name).execute();
    return tx
      .updateTable('api_keys')
      .set({
        updated_at: app.clock(),
        ...(name === undefined ? {} : { name }),
        ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
        ...(role === undefined ? {} : { role }),
        ...(dedicatedFor === undefined ? {} : { dedicated_for: JSON.stringify(dedicatedFor) }),
      })
      .where('api_key', '=', apiKey)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  app.accounts.forget();
  return accessKeyView(row);
}

/** @throws 404; 400 for the last key (an environment without a key could not be used any more) or a name that several have */
export async function deleteAccessKey(
  app: App,
  cloud: CloudRow,
  which: { readonly apiKey: string } | { readonly name: string },
): Promise<void> {
  await app.catalog.transaction(async (tx) => {
    const keys = await app.accounts.keysOf(cloud.name, tx);
    const found = keys.filter((row) => ('apiKey' in which ? row.api_key === which.apiKey : row.name === which.name));
    if (found.length === 0)
      throw ERRORS.NoSuchItem(
        'apiKey' in which ? `Cannot find access key ${which.apiKey}` : `Cannot find access key with name ${which.name}`,
      );
    if (found.length > 1)
      throw ERRORS.BadRequest('Expected a name that one access key has but several have it: delete them by api_key');
    if (keys.length === 1) throw ERRORS.BadRequest('Expected another access key: the last one of a sub account stays');
    await tx.deleteFrom('api_keys').where('api_key', '=', found[0]!.api_key).execute();
  });
  app.accounts.forget();
}
