import type { Selectable } from 'kysely';
import { newId } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { isoTime } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AccountUsersTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type AccountRow, type NumberedPage, requireSubAccount, subAccountRows } from './account.ts';
import { subAccount } from './sub-accounts.ts';

export type UserRow = Selectable<AccountUsersTable>;

/** Provisioning API reference. */
export const USER_ROLES = [
  'master_admin',
  'admin',
  'billing',
  'technical_admin',
  'reports',
  'media_library_admin',
  'media_library_user',
] as const;

/** Users of an account (limit of this server). */
const MAX_USERS = 10_000;
const SORTED_BY = ['created_at', 'name', 'email'] as const;

export const subAccountIds = (row: Pick<UserRow, 'sub_account_ids'>): string[] =>
  JSON.parse(row.sub_account_ids) as string[];

/** IDs of groups by user. */
async function groupsOf(db: Db, account: string): Promise<Map<string, { id: string; name: string }[]>> {
  const rows = await db
    .selectFrom('user_group_members')
    .innerJoin('user_groups', 'user_groups.id', 'user_group_members.group_id')
    .select(['user_groups.id', 'user_groups.name', 'user_group_members.user_id'])
    .where('user_groups.account', '=', account)
    .orderBy('user_groups.created_at')
    .execute();
  return Map.groupBy(rows, ({ user_id }) => user_id) as Map<string, { id: string; name: string }[]>;
}

/** `sub_account_ids` is a comma-joined text (PHP suite); `groups` are ID and name (inferred). */
const userView = (row: UserRow, groups: readonly { id: string; name: string }[] = []) => {
  const ids = subAccountIds(row);
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    email: row.email,
    pending: row.pending === 1,
    enabled: row.enabled === 1,
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
    last_login: row.last_login === null ? null : isoTime(row.last_login),
    all_sub_accounts: ids.length === 0,
    groups: groups.map(({ id, name }) => ({ id, name })),
    sub_account_ids: ids.join(','),
  };
};

export const userGroupsOf = async (app: App, account: AccountRow, row: UserRow) =>
  ((await groupsOf(app.catalog.db, account.id)).get(row.id) ?? []).map(({ id, name }) => ({ id, name }));

export const viewUser = async (app: App, account: AccountRow, row: UserRow) =>
  userView(row, await userGroupsOf(app, account, row));

/** @throws 404 */
export async function requireUser(
  app: App,
  account: AccountRow,
  id: string,
  db: Db = app.catalog.db,
): Promise<UserRow> {
  const row = await db
    .selectFrom('account_users')
    .selectAll()
    .where('account', '=', account.id)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Cannot find user with id ${id}`);
  return row;
}

/** Times are milliseconds since 1970; all given conditions must hold. */
export interface UserFilter {
  readonly ids?: readonly string[] | undefined;
  readonly emails?: readonly string[] | undefined;
  readonly pending?: boolean | undefined;
  /** Of the name or the address, in any case. */
  readonly prefix?: string | undefined;
  /** Users of all environments are users of this one. */
  readonly subAccountId?: string | undefined;
  /** `true`: signed in between `from` and `to`; `false`: did not. */
  readonly lastLogin?: boolean | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly sortBy?: string | undefined;
}

const fits =
  ({ ids, emails, pending, prefix, subAccountId, lastLogin, from = 0, to = Number.MAX_SAFE_INTEGER }: UserFilter) =>
  (row: UserRow): boolean => {
    const start = prefix?.toLowerCase();
    const own = subAccountIds(row);
    const signedIn = row.last_login !== null && row.last_login >= from && row.last_login <= to;
    return (
      (ids === undefined || ids.includes(row.id)) &&
      (emails === undefined || emails.some((email) => email.toLowerCase() === row.email.toLowerCase())) &&
      (pending === undefined || pending === (row.pending === 1)) &&
      (start === undefined || [row.name, row.email].some((text) => text.toLowerCase().startsWith(start))) &&
      (subAccountId === undefined || own.length === 0 || own.includes(subAccountId)) &&
      (lastLogin === undefined || lastLogin === signedIn)
    );
  };

/** @throws 404 for an unknown environment, 400 for an unknown order */
export async function listUsers(app: App, account: AccountRow, filter: UserFilter, { page, pageSize }: NumberedPage) {
  if (filter.subAccountId !== undefined) await requireSubAccount(app, filter.subAccountId);
  const { sortBy = 'created_at' } = filter;
  const column = SORTED_BY.find((name) => name === sortBy);
  if (column === undefined) throw ERRORS.InvalidParameter('sort_by', sortBy);
  const rows = await app.catalog.db
    .selectFrom('account_users')
    .selectAll()
    .where('account', '=', account.id)
    .orderBy(column)
    .orderBy('id')
    .execute();
  const groups = await groupsOf(app.catalog.db, account.id);
  return rows
    .filter(fits(filter))
    .slice((page - 1) * pageSize, page * pageSize)
    .map((row) => userView(row, groups.get(row.id)));
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: string | undefined;
  /** Empty: all environments. */
  readonly subAccountIds?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
}

async function check(app: App, { name, email, role, subAccountIds: ids }: UserChange): Promise<void> {
  if (name !== undefined && name.length > 255) throw ERRORS.BadRequest('Expected a name of up to 255 characters');
  if (email !== undefined && (!/^[^\s@,]+@[^\s@,]+$/.test(email) || email.length > 254))
    throw ERRORS.InvalidParameter('email', email.slice(0, 254));
  if (role !== undefined && !(USER_ROLES as readonly string[]).includes(role))
    throw ERRORS.InvalidParameter('role', role);
  for (const id of ids ?? []) await requireSubAccount(app, id);
}

async function checkFree(db: Db, account: AccountRow, email: string, self?: string): Promise<void> {
  const taken = await db
    .selectFrom('account_users')
    .select('id')
    .where('account', '=', account.id)
    .where('email', '=', email)
    .executeTakeFirst();
  if (taken !== undefined && taken.id !== self) throw ERRORS.Conflict(`User with email ${email} already exists`);
}

/** The user is `pending`: this server sends no invitations. @throws 400, 404 for an unknown environment, 409 */
export async function createUser(
  app: App,
  account: AccountRow,
  input: UserChange & { readonly name: string; readonly email: string; readonly role: string },
) {
  await check(app, input);
  const now = app.clock();
  const row = await app.catalog.transaction(async (tx) => {
    await checkFree(tx, account, input.email);
    const { users } = await tx
      .selectFrom('account_users')
      .select(({ fn }) => fn.countAll<number>().as('users'))
      .where('account', '=', account.id)
      .executeTakeFirstOrThrow();
    if (users >= MAX_USERS) throw ERRORS.BadRequest(`Expected up to ${MAX_USERS} users in an account`);
    return tx
      .insertInto('account_users')
      .values({
        id: newId(),
        account: account.id,
        name: input.name,
        email: input.email,
        role: input.role,
        enabled: input.enabled === false ? 0 : 1,
        sub_account_ids: JSON.stringify(input.subAccountIds ?? []),
        last_login: null,
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return userView(row);
}

/** @throws as `createUser` */
export async function updateUser(app: App, account: AccountRow, id: string, change: UserChange) {
  const { name, email, role, enabled, subAccountIds: ids } = change;
  await check(app, change);
  const row = await app.catalog.transaction(async (tx) => {
    await requireUser(app, account, id, tx);
    if (email !== undefined) await checkFree(tx, account, email, id);
    return tx
      .updateTable('account_users')
      .set({
        updated_at: app.clock(),
        ...(name === undefined ? {} : { name }),
        ...(email === undefined ? {} : { email }),
        ...(role === undefined ? {} : { role }),
        ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
        ...(ids === undefined ? {} : { sub_account_ids: JSON.stringify(ids) }),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return viewUser(app, account, row);
}

/** @throws 404 */
export async function deleteUser(app: App, account: AccountRow, id: string): Promise<void> {
  await requireUser(app, account, id);
  await app.catalog.db.deleteFrom('account_users').where('id', '=', id).execute();
}

/** The environments that a user may use. */
export async function subAccountsOf(app: App, row: UserRow) {
  const ids = subAccountIds(row);
  const rows = (await subAccountRows(app)).filter(({ id }) => ids.length === 0 || ids.includes(id));
  return Promise.all(rows.map((cloud) => subAccount(app, cloud)));
}
