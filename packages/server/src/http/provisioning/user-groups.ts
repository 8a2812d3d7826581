import {
  changeMembers,
  createGroup,
  deleteGroup,
  group,
  groupMembers,
  listGroups,
  updateGroup,
} from '../../provisioning/user-groups.ts';
import type { AccountOperation } from './operation.ts';

const GROUP = '/user_groups/:group_id';

export const userGroupOperations: readonly AccountOperation[] = [
  {
    name: 'user_groups',
    method: 'GET',
    path: '/user_groups',
    handle: async ({ app, account }) => ({ user_groups: await listGroups(app, account) }),
  },
  {
    name: 'create_user_group',
    method: 'POST',
    path: '/user_groups',
    handle: ({ app, account, params }) => createGroup(app, account, params.required('name')),
  },
  {
    name: 'user_group',
    method: 'GET',
    path: GROUP,
    handle: ({ app, account, path }) => group(app, account, path.group_id!),
  },
  {
    name: 'update_user_group',
    method: 'PUT',
    path: GROUP,
    handle: ({ app, account, params, path }) => updateGroup(app, account, path.group_id!, params.required('name')),
  },
  {
    // The one deletion that answers `ok` (Node suite, `account_spec`).
    name: 'delete_user_group',
    method: 'DELETE',
    path: GROUP,
    async handle({ app, account, path }) {
      await deleteGroup(app, account, path.group_id!);
      return { ok: true };
    },
  },
  {
    name: 'user_group_users',
    method: 'GET',
    path: `${GROUP}/users`,
    handle: async ({ app, account, path }) => ({ users: await groupMembers(app, account, path.group_id!) }),
  },
  {
    name: 'add_user_to_group',
    method: 'POST',
    path: `${GROUP}/users/:user_id`,
    handle: async ({ app, account, path }) => ({
      users: await changeMembers(app, account, { group: path.group_id!, user: path.user_id!, member: true }),
    }),
  },
  {
    name: 'remove_user_from_group',
    method: 'DELETE',
    path: `${GROUP}/users/:user_id`,
    handle: async ({ app, account, path }) => ({
      users: await changeMembers(app, account, { group: path.group_id!, user: path.user_id!, member: false }),
    }),
  },
];
