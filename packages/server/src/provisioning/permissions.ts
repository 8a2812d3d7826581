import { NO_ROLE, ROLES } from '../accounts/roles.ts';
import type { App } from '../app.ts';
import type { ApiKeyRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type AccountRow, requireSubAccount } from './account.ts';
import { requireUser, USER_ROLES, type UserRow, updateUser } from './users.ts';

/** Where a role counts: in the whole account (users), or in one environment (its API keys). */
export type Scope = 'account' | 'prodenv';

interface SystemRole {
  readonly id: string;
  /** As keys and users carry it. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope;
}

/** The roles that are there from the start; no others can be made. */
export const SYSTEM_ROLES: readonly SystemRole[] = [
  ...USER_ROLES.map((name): SystemRole => {
    const { id, title, description } = ROLES[name]!;
    return { id: id.replace('::prodenv::', '::account::'), name, title, description, scope: 'account' };
  }),
  ...Object.entries(ROLES).map(
    ([name, { id, title, description }]): SystemRole => ({ id, name, title, description, scope: 'prodenv' }),
  ),
];

/** Seconds since 1970, as the permissions API writes times. */
const seconds = (millis: number): number => Math.floor(millis / 1000);

export const roleView = ({ id, title, description, scope }: SystemRole, account: AccountRow) => ({
  id,
  name: title,
  description,
  management_type: 'system',
  permission_type: 'global',
  scope_type: scope,
  created_at: seconds(account.created_at),
  updated_at: seconds(account.created_at),
});

/** @throws 404 */
export function requireRole(id: string): SystemRole {
  const found = SYSTEM_ROLES.find((role) => role.id === id);
  if (found === undefined) throw ERRORS.NoSuchItem(`Cannot find role with id ${id}`);
  return found;
}

export interface Principal {
  readonly type: string;
  readonly id: string;
}

interface Held {
  readonly principal: Principal;
  readonly role: SystemRole;
  /** The environment, for the role of a key. */
  readonly scopeId: string | undefined;
  readonly since: number;
}

const roleNamed = (name: string, scope: Scope): SystemRole | undefined =>
  SYSTEM_ROLES.find((role) => role.name === name && role.scope === scope);

const held = (
  principal: Principal,
  role: SystemRole | undefined,
  scopeId: string | undefined,
  since: number,
): Held[] => (role === undefined ? [] : [{ principal, role, scopeId, since }]);

const heldByKey = (row: ApiKeyRow, scopeId: string): Held[] =>
  held({ type: 'apiKey', id: row.api_key }, roleNamed(row.role, 'prodenv'), scopeId, row.updated_at);

const heldByUser = (row: UserRow): Held[] =>
  held({ type: 'user', id: row.id }, roleNamed(row.role, 'account'), undefined, row.updated_at);

/** @throws 404 */
async function requireKey(app: App, apiKey: string): Promise<{ row: ApiKeyRow; environment: string }> {
  const { db } = app.catalog;
  const row = await db.selectFrom('api_keys').selectAll().where('api_key', '=', apiKey).executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Cannot find access key ${apiKey}`);
  const { id } = await db.selectFrom('clouds').select('id').where('name', '=', row.cloud).executeTakeFirstOrThrow();
  return { row, environment: id };
}

/** A principal has one role: its key's, or its user's. @throws 400 for other principals, 404 */
async function rolesOf(app: App, account: AccountRow, { type, id }: Principal): Promise<Held[]> {
  if (type === 'apiKey') {
    const { row, environment } = await requireKey(app, id);
    return heldByKey(row, environment);
  }
  if (type === 'user') return heldByUser(await requireUser(app, account, id));
  throw ERRORS.BadRequest(`Expected user or apiKey as type of principal but received ${type}`);
}

export async function rolesOfPrincipal(app: App, account: AccountRow, principal: Principal) {
  return (await rolesOf(app, account, principal)).map(({ role, scopeId, since }) => ({
    ...roleView(role, account),
    ...(scopeId === undefined ? {} : { scope_id: scopeId }),
    updated_at: seconds(since),
  }));
}

/** Who has a role. @throws 404 */
export async function principalsOfRole(app: App, account: AccountRow, roleId: string) {
  const role = requireRole(roleId);
  const { db } = app.catalog;
  const holders =
    role.scope === 'account'
      ? (
          await db
            .selectFrom('account_users')
            .selectAll()
            .where('account', '=', account.id)
            .where('role', '=', role.name)
            .orderBy('created_at')
            .execute()
        ).flatMap(heldByUser)
      : (
          await db
            .selectFrom('api_keys')
            .innerJoin('clouds', 'clouds.name', 'api_keys.cloud')
            .selectAll('api_keys')
            .select('clouds.id as environment')
            .where('role', '=', role.name)
            .orderBy('api_keys.created_at')
            .execute()
        ).flatMap(({ environment, ...row }) => heldByKey(row, environment));
  return holders.map(({ principal, scopeId, since }) => ({
    ...principal,
    role_id: role.id,
    policy_parameters: {},
    scope_type: role.scope,
    ...(scopeId === undefined ? {} : { scope_id: scopeId }),
    created_at: seconds(since),
    updated_at: seconds(since),
  }));
}

/**
 * Gives or takes a role. A key has one role: `add` replaces it, and after `remove` it may do nothing until it gets
 * another. A user has one too, which cannot be taken without a successor.
 *
 * @throws 400 when role, scope and principal do not go together, 404
 */
export async function changeRole(
  app: App,
  account: AccountRow,
  change: {
    readonly operation: string | undefined;
    readonly principal: Principal;
    readonly roleId: string;
    readonly scopeId: string | undefined;
  },
): Promise<void> {
  const { operation, principal, roleId, scopeId } = change;
  if (operation !== 'add' && operation !== 'remove')
    throw ERRORS.BadRequest(`Expected add or remove as operation but received ${operation ?? 'nothing'}`);
  const role = requireRole(roleId);
  const expected = role.scope === 'prodenv' ? 'apiKey' : 'user';
  if (principal.type !== expected)
    throw ERRORS.BadRequest(`Expected a principal of type ${expected} for ${roleId} but received ${principal.type}`);
  if (expected === 'user') {
    if (operation === 'remove')
      throw ERRORS.BadRequest('Expected another role to be added: a user always has one on this server');
    await updateUser(app, account, principal.id, { role: role.name });
    return;
  }
  const { row, environment } = await requireKey(app, principal.id);
  if (scopeId !== undefined && (await requireSubAccount(app, scopeId)).id !== environment)
    throw ERRORS.BadRequest(`Access key ${principal.id} does not belong to the sub account ${scopeId}`);
  if (operation === 'remove' && row.role !== role.name)
    throw ERRORS.NoSuchItem(`Access key ${principal.id} does not have the role ${roleId}`);
  await app.catalog.db
    .updateTable('api_keys')
    .set({ role: operation === 'add' ? role.name : NO_ROLE, updated_at: app.clock() })
    .where('api_key', '=', principal.id)
    .execute();
  app.accounts.forget();
}
