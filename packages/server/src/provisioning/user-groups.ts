import type { Selectable } from 'kysely';
import { newId } from '../accounts/accounts.ts';
import type { App } from '../app.ts';
import { isoTime } from '../assets/view.ts';
import type { Db } from '../catalog/catalog.ts';
import type { UserGroupsTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { AccountRow } from './account.ts';
import { requireUser } from './users.ts';

type GroupRow = Selectable<UserGroupsTable>;

/** Groups of an account (limit of this server). */
const MAX_GROUPS = 1000;

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

const members = (db: Db, group: string): Promise<Member[]> =>
  db
    .selectFrom('user_group_members')
    .innerJoin('account_users', 'account_users.id', 'user_group_members.user_id')
    .select(['account_users.id', 'account_users.name', 'account_users.email'])
    .where('user_group_members.group_id', '=', group)
    .orderBy('account_users.created_at')
    .orderBy('account_users.id')
    .execute();

const view = async (db: Db, row: GroupRow) => ({
  id: row.id,
  name: row.name,
  users: await members(db, row.id),
  created_at: isoTime(row.created_at),
  updated_at: isoTime(row.updated_at),
});

async function requireGroup(db: Db, account: AccountRow, id: string): Promise<GroupRow> {
  const row = await db
    .selectFrom('user_groups')
    .selectAll()
    .where('account', '=', account.id)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Cannot find user group with id ${id}`);
  return row;
}

function checkName(name: string): string {
  if (name.length > 255) throw ERRORS.BadRequest('Expected a name of up to 255 characters');
  return name;
}

/** The oldest first. */
export async function listGroups(app: App, account: AccountRow) {
  const { db } = app.catalog;
  const rows = await db
    .selectFrom('user_groups')
    .selectAll()
    .where('account', '=', account.id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return Promise.all(rows.map((row) => view(db, row)));
}

/** @throws 404 */
export const group = async (app: App, account: AccountRow, id: string) =>
  view(app.catalog.db, await requireGroup(app.catalog.db, account, id));

/** @throws 400 */
export async function createGroup(app: App, account: AccountRow, name: string) {
  const now = app.clock();
  checkName(name);
  return app.catalog.transaction(async (tx) => {
    const { groups } = await tx
      .selectFrom('user_groups')
      .select(({ fn }) => fn.countAll<number>().as('groups'))
      .where('account', '=', account.id)
      .executeTakeFirstOrThrow();
    if (groups >= MAX_GROUPS) throw ERRORS.BadRequest(`Expected up to ${MAX_GROUPS} user groups in an account`);
    const row = { id: newId(), account: account.id, name, created_at: now, updated_at: now };
    await tx.insertInto('user_groups').values(row).execute();
    return view(tx, row);
  });
}

/** @throws 400, 404 */
export async function updateGroup(app: App, account: AccountRow, id: string, name: string) {
  checkName(name);
  return app.catalog.transaction(async (tx) => {
    await requireGroup(tx, account, id);
    const row = await tx
      .updateTable('user_groups')
      .set({ name, updated_at: app.clock() })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return view(tx, row);
  });
}

/** @throws 404 */
export async function deleteGroup(app: App, account: AccountRow, id: string): Promise<void> {
  await requireGroup(app.catalog.db, account, id);
  await app.catalog.db.deleteFrom('user_groups').where('id', '=', id).execute();
}

/** @throws 404 */
export async function groupMembers(app: App, account: AccountRow, id: string): Promise<Member[]> {
  await requireGroup(app.catalog.db, account, id);
  return members(app.catalog.db, id);
}

/** Adding a member again and removing somebody who is none change nothing. @returns the members afterwards @throws 404 */
export async function changeMembers(
  app: App,
  account: AccountRow,
  { group: id, user, member }: { readonly group: string; readonly user: string; readonly member: boolean },
): Promise<Member[]> {
  return app.catalog.transaction(async (tx) => {
    await requireGroup(tx, account, id);
    await requireUser(app, account, user, tx);
    await (member
      ? tx
          .insertInto('user_group_members')
          .values({ group_id: id, user_id: user })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      : tx.deleteFrom('user_group_members').where('group_id', '=', id).where('user_id', '=', user).execute());
    return members(tx, id);
  });
}
