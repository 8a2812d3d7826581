import { ERRORS } from '../../errors.ts';
import {
  changeRole,
  principalsOfRole,
  requireRole,
  rolesOfPrincipal,
  roleView,
  SYSTEM_ROLES,
} from '../../provisioning/permissions.ts';
import type { Parameters } from '../parameters.ts';
import type { AccountOperation } from './operation.ts';

const CHOICES = {
  scope_type: ['account', 'prodenv'],
  permission_type: ['global', 'content'],
  management_type: ['system', 'custom'],
} as const;

function choice(params: Parameters, name: keyof typeof CHOICES): string | undefined {
  const value = params.text(name);
  if (value !== undefined && !(CHOICES[name] as readonly string[]).includes(value))
    throw ERRORS.InvalidParameter(name, value);
  return value;
}

/** Whether a role of this server (all are `global` and `system`) is asked for. */
const wanted = (params: Parameters): ((role: { readonly scope_type: string }) => boolean) => {
  const scope = choice(params, 'scope_type');
  const others =
    (choice(params, 'permission_type') ?? 'global') === 'global' &&
    (choice(params, 'management_type') ?? 'system') === 'system';
  return ({ scope_type }) => others && (scope === undefined || scope === scope_type);
};

const members = (value: unknown, name: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw ERRORS.BadRequest(`Expected an object as ${name}`);
  return value as Record<string, unknown>;
};

const textOf = (object: Record<string, unknown>, name: string): string => {
  const value = object[name];
  if (typeof value !== 'string' || value === '') throw ERRORS.MissingParameter(name);
  return value;
};

const optionalText = (object: Record<string, unknown>, name: string): string | undefined =>
  object[name] === undefined || object[name] === null ? undefined : textOf(object, name);

/** Several items of a list parameter; one without brackets is a list of one. */
const items = (params: Parameters, name: string): Record<string, unknown>[] => {
  const value = params.json(name);
  if (value === undefined) throw ERRORS.MissingParameter(name);
  return [value].flat().map((item) => members(item, name));
};

const ROLE = '/permissions/roles/:role_id';

const unavailable = (
  name: string,
  method: AccountOperation['method'],
  path: string,
  what: string,
): AccountOperation => ({
  name,
  method,
  path,
  async handle() {
    throw ERRORS.BadRequest(`${what} are not available on this server: what a key may do follows from its system role`);
  },
});

/** The permissions API (OpenAPI of account-provisioning-js): the built-in roles, who has them, giving and taking them. */
export const permissionOperations: readonly AccountOperation[] = [
  {
    name: 'roles',
    method: 'GET',
    path: '/permissions/roles',
    handle: async ({ account, params }) => ({
      data: SYSTEM_ROLES.map((role) => roleView(role, account)).filter(wanted(params)),
    }),
  },
  {
    name: 'role',
    method: 'GET',
    path: ROLE,
    handle: async ({ account, path }) => ({ data: { policies: [], ...roleView(requireRole(path.role_id!), account) } }),
  },
  {
    name: 'role_principals',
    method: 'GET',
    path: `${ROLE}/principals`,
    handle: async ({ app, account, path }) => ({ data: await principalsOfRole(app, account, path.role_id!) }),
  },
  {
    name: 'update_role_principals',
    method: 'PUT',
    path: `${ROLE}/principals`,
    async handle({ app, account, params, path }) {
      for (const item of items(params, 'principals'))
        await changeRole(app, account, {
          operation: params.text('operation'),
          principal: { type: textOf(item, 'principal_type'), id: textOf(item, 'principal_id') },
          roleId: path.role_id!,
          scopeId: optionalText(item, 'scope_id'),
        });
      return { data: await principalsOfRole(app, account, path.role_id!) };
    },
  },
  {
    name: 'principal_roles',
    method: 'GET',
    path: '/permissions/principal_roles',
    async handle({ app, account, params }) {
      const principal = { type: params.required('principal_type'), id: params.required('principal_id') };
      return { data: (await rolesOfPrincipal(app, account, principal)).filter(wanted(params)) };
    },
  },
  {
    name: 'update_principal_roles',
    method: 'PUT',
    path: '/permissions/principal_roles',
    async handle({ app, account, params }) {
      const given = members(params.json('principal'), 'principal');
      const principal = { type: textOf(given, 'type'), id: textOf(given, 'id') };
      for (const item of items(params, 'roles'))
        await changeRole(app, account, {
          operation: params.text('operation'),
          principal,
          roleId: textOf(item, 'id'),
          scopeId: optionalText(item, 'scope_id'),
        });
      return { data: await rolesOfPrincipal(app, account, principal) };
    },
  },
  {
    name: 'system_policies',
    method: 'GET',
    path: '/permissions/policies/system',
    handle: async () => ({ data: [] }),
  },
  {
    name: 'custom_policies',
    method: 'GET',
    path: '/permissions/policies/custom',
    handle: async () => ({ data: [] }),
  },
  unavailable('create_role', 'POST', '/permissions/roles', 'Custom roles'),
  unavailable('update_role', 'PUT', ROLE, 'Custom roles'),
  unavailable('delete_role', 'DELETE', ROLE, 'Custom roles'),
  unavailable('create_custom_policy', 'POST', '/permissions/policies/custom', 'Custom policies'),
  unavailable('custom_policy', 'GET', '/permissions/policies/custom/:policy_id', 'Custom policies'),
  unavailable('update_custom_policy', 'PUT', '/permissions/policies/custom/:policy_id', 'Custom policies'),
  unavailable('delete_custom_policy', 'DELETE', '/permissions/policies/custom/:policy_id', 'Custom policies'),
  unavailable('effective_policies', 'GET', '/permissions/policies/effective', 'Policies'),
  unavailable('inspect_principals', 'GET', '/permissions/principal_roles/inspect', 'Content permissions'),
  unavailable('inspect_several_principals', 'POST', '/permissions/principal_roles/inspect', 'Content permissions'),
];
