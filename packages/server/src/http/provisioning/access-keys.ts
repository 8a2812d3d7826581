import { deleteAccessKey, generateAccessKey, listAccessKeys, updateAccessKey } from '../../provisioning/access-keys.ts';
import { pageOf, type SubAccountOperation } from './operation.ts';

const PATH = '/sub_accounts/:sub_account_id/access_keys';

export const accessKeyOperations: readonly SubAccountOperation[] = [
  {
    name: 'access_keys',
    method: 'GET',
    path: PATH,
    handleSubAccount: ({ app, params }, cloud) =>
      listAccessKeys(app, cloud, {
        ...pageOf(params),
        sortBy: params.text('sort_by'),
        sortOrder: params.text('sort_order'),
      }),
  },
  {
    name: 'generate_access_key',
    method: 'POST',
    path: PATH,
    handleSubAccount: ({ app, params }, cloud) =>
      generateAccessKey(app, cloud, {
        name: params.text('name'),
        enabled: params.flag('enabled'),
        role: params.text('role'),
      }),
  },
  {
    name: 'update_access_key',
    method: 'PUT',
    path: `${PATH}/:api_key`,
    handleSubAccount: ({ app, params, path }, cloud) =>
      updateAccessKey(app, cloud, path.api_key!, {
        name: params.text('name'),
        enabled: params.flag('enabled'),
        role: params.text('role'),
        dedicatedFor: params.isBlank('dedicated_for') ? [] : params.list('dedicated_for', { commas: true }),
      }),
  },
  {
    name: 'delete_access_key',
    method: 'DELETE',
    path: `${PATH}/:api_key`,
    async handleSubAccount({ app, path }, cloud) {
      await deleteAccessKey(app, cloud, { apiKey: path.api_key! });
      return { message: 'ok' };
    },
  },
  {
    name: 'delete_access_key_by_name',
    method: 'DELETE',
    path: PATH,
    async handleSubAccount({ app, params }, cloud) {
      await deleteAccessKey(app, cloud, { name: params.required('name') });
      return { message: 'ok' };
    },
  },
];
