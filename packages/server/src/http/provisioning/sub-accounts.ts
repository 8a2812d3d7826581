import {
  createSubAccount,
  deleteSubAccount,
  listSubAccounts,
  subAccount,
  updateSubAccount,
} from '../../provisioning/sub-accounts.ts';
import type { Parameters } from '../parameters.ts';
import type { AccountOperation, SubAccountOperation } from './operation.ts';

const changeOf = (params: Parameters) => ({
  cloudName: params.text('cloud_name'),
  customAttributes: params.json('custom_attributes'),
  enabled: params.flag('enabled'),
});

export const subAccountOperations: readonly (AccountOperation | SubAccountOperation)[] = [
  {
    name: 'sub_accounts',
    method: 'GET',
    path: '/sub_accounts',
    handle: async ({ app, params }) => ({
      sub_accounts: await listSubAccounts(app, {
        enabled: params.flag('enabled'),
        ids: params.list('ids', { commas: true }),
        prefix: params.text('prefix'),
        cloudNames: params.list('cloud_names', { commas: true }),
      }),
    }),
  },
  {
    name: 'create_sub_account',
    method: 'POST',
    path: '/sub_accounts',
    handle: ({ app, params }) =>
      createSubAccount(app, {
        ...changeOf(params),
        name: params.required('name'),
        base: params.text('base_sub_account_id'),
      }),
  },
  {
    name: 'sub_account',
    method: 'GET',
    path: '/sub_accounts/:sub_account_id',
    handleSubAccount: ({ app }, cloud) => subAccount(app, cloud),
  },
  {
    name: 'update_sub_account',
    method: 'PUT',
    path: '/sub_accounts/:sub_account_id',
    handleSubAccount: ({ app, params }, cloud) =>
      updateSubAccount(app, cloud, { ...changeOf(params), name: params.text('name') }),
  },
  {
    name: 'delete_sub_account',
    method: 'DELETE',
    path: '/sub_accounts/:sub_account_id',
    async handleSubAccount({ app }, cloud) {
      await deleteSubAccount(app, cloud);
      return { message: 'ok' };
    },
  },
];
