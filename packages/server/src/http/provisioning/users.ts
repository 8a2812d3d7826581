import { ERRORS } from '../../errors.ts';
import {
  createUser,
  deleteUser,
  listUsers,
  requireUser,
  subAccountsOf,
  updateUser,
  userGroupsOf,
  viewUser,
} from '../../provisioning/users.ts';
import type { Parameters } from '../parameters.ts';
import { type AccountOperation, pageOf, timeOf } from './operation.ts';

const STATUS: Readonly<Record<string, boolean>> = { pending: true, active: false };

/** `pending` (Node) or `status` (Python). */
function pendingOf(params: Parameters): boolean | undefined {
  const status = params.text('status');
  if (status === undefined) return params.flag('pending');
  if (!Object.hasOwn(STATUS, status)) throw ERRORS.InvalidParameter('status', status);
  return STATUS[status];
}

/** A blank list means all environments. */
const changeOf = (params: Parameters) => ({
  subAccountIds: params.isBlank('sub_account_ids') ? [] : params.list('sub_account_ids', { commas: true }),
  enabled: params.flag('enabled'),
});

export const userOperations: readonly AccountOperation[] = [
  {
    name: 'users',
    method: 'GET',
    path: '/users',
    async handle({ app, account, params }) {
      if (params.has('activity')) throw ERRORS.BadRequest('The filter activity is not available on this server');
      const filter = {
        ids: params.list('ids', { commas: true }),
        emails: params.list('emails', { commas: true }),
        pending: pendingOf(params),
        prefix: params.text('prefix'),
        subAccountId: params.text('sub_account_id'),
        lastLogin: params.flag('last_login'),
        from: timeOf(params, 'from'),
        to: timeOf(params, 'to'),
        sortBy: params.text('sort_by'),
      };
      return { users: await listUsers(app, account, filter, pageOf(params)) };
    },
  },
  {
    name: 'create_user',
    method: 'POST',
    path: '/users',
    handle: ({ app, account, params }) =>
      createUser(app, account, {
        ...changeOf(params),
        name: params.required('name'),
        email: params.required('email'),
        role: params.required('role'),
      }),
  },
  {
    name: 'user',
    method: 'GET',
    path: '/users/:user_id',
    handle: async ({ app, account, path }) => viewUser(app, account, await requireUser(app, account, path.user_id!)),
  },
  {
    name: 'update_user',
    method: 'PUT',
    path: '/users/:user_id',
    handle: ({ app, account, params, path }) =>
      updateUser(app, account, path.user_id!, {
        ...changeOf(params),
        name: params.text('name'),
        email: params.text('email'),
        role: params.text('role'),
      }),
  },
  {
    name: 'delete_user',
    method: 'DELETE',
    path: '/users/:user_id',
    async handle({ app, account, path }) {
      await deleteUser(app, account, path.user_id!);
      return { message: 'ok' };
    },
  },
  {
    name: 'groups_of_user',
    method: 'GET',
    path: '/users/:user_id/groups',
    handle: async ({ app, account, path }) => ({
      groups: await userGroupsOf(app, account, await requireUser(app, account, path.user_id!)),
    }),
  },
  {
    name: 'sub_accounts_of_user',
    method: 'GET',
    path: '/users/:user_id/sub_accounts',
    handle: async ({ app, account, path }) => ({
      sub_accounts: await subAccountsOf(app, await requireUser(app, account, path.user_id!)),
    }),
  },
];
