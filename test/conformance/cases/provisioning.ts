import assert from 'node:assert/strict';
import { type Case, type Context, type Method, PROVISIONING } from '../case.ts';

const account = ({ cloudinary }: Context): Record<string, Method> =>
  (cloudinary as unknown as { provisioning: { account: Record<string, Method> } }).provisioning.account;

const holds = (endpoint: string, call: string, method: string, args: readonly unknown[], key: string): Case => ({
  endpoint: `provisioning: ${endpoint}`,
  call,
  async run(context) {
    const answer = await account(context)[method]!(...args);
    assert.ok(key in answer, `${key} is missing in ${JSON.stringify(answer).slice(0, 200)}`);
  },
});

/** A call with the account's credentials, or without any. */
const byHand = (
  endpoint: string,
  path: string,
  { method = 'GET', expected = 200, open = false } = {},
  notAvailable?: string,
): Case => ({
  endpoint: `provisioning: ${endpoint}`,
  call: 'no method in the Node SDK; by HTTP',
  ...(notAvailable === undefined ? {} : { notAvailable }),
  async run({ server }) {
    const { key, secret } = PROVISIONING;
    const response = await fetch(server.url + path, {
      method,
      headers: open ? {} : { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` },
    });
    assert.equal(response.status, expected, await response.text());
  },
});

const { id } = PROVISIONING;
const NO_POLICIES = 'what a key may do follows from its system role';

export const PROVISIONING_CASES: readonly Case[] = [
  {
    endpoint: 'provisioning: GET, POST, PUT, DELETE /sub_accounts',
    call: 'account.create_sub_account(name) / sub_account(id) / update_sub_account / sub_accounts() / delete_sub_account(id)',
    async run(context) {
      const { create_sub_account, sub_account, update_sub_account, sub_accounts, delete_sub_account } =
        account(context);
      const made = await create_sub_account!('Case');
      assert.equal((await sub_account!(made.id)).cloud_name, 'case');
      assert.equal((await update_sub_account!(made.id, 'Renamed')).name, 'Renamed');
      assert.equal(((await sub_accounts!(undefined, [made.id])).sub_accounts as unknown[]).length, 1);
      assert.equal((await delete_sub_account!(made.id)).message, 'ok');
    },
  },
  {
    endpoint: 'provisioning: GET, POST, PUT, DELETE /sub_accounts/:id/access_keys',
    call: 'account.access_keys(id) / generate_access_key / update_access_key / delete_access_key / delete_access_key_by_name',
    async run(context) {
      const api = account(context);
      const made = await api.create_sub_account!('Keys');
      const key = await api.generate_access_key!(made.id, { name: 'one', enabled: false });
      assert.equal((await api.access_keys!(made.id)).total, 2);
      assert.equal((await api.update_access_key!(made.id, key.api_key, { enabled: true })).enabled, true);
      assert.equal((await api.delete_access_key!(made.id, key.api_key)).message, 'ok');
      await api.delete_sub_account!(made.id);
    },
  },
  {
    endpoint: 'provisioning: GET, POST, PUT, DELETE /users',
    call: 'account.create_user(…) / user(id) / update_user / users() / delete_user(id)',
    async run(context) {
      const api = account(context);
      const user = await api.create_user!('Ann', 'ann@example.com', 'billing', []);
      assert.equal((await api.user!(user.id)).pending, true);
      assert.equal((await api.update_user!(user.id, 'Anna')).name, 'Anna');
      assert.equal(((await api.users!(true, [user.id])).users as unknown[]).length, 1);
      assert.equal((await api.delete_user!(user.id)).message, 'ok');
    },
  },
  {
    endpoint: 'provisioning: GET, POST, PUT, DELETE /user_groups',
    call: 'account.create_user_group(name) / user_group / update_user_group / add_user_to_group / user_group_users / remove_user_from_group / delete_user_group',
    async run(context) {
      const api = account(context);
      const group = await api.create_user_group!('Designers');
      const user = await api.create_user!('Ben', 'ben@example.com', 'reports', []);
      assert.equal((await api.user_group!(group.id)).name, 'Designers');
      await api.update_user_group!(group.id, 'Makers');
      assert.equal(((await api.add_user_to_group!(group.id, user.id)).users as unknown[]).length, 1);
      assert.equal(((await api.user_group_users!(group.id)).users as unknown[]).length, 1);
      assert.equal(((await api.remove_user_from_group!(group.id, user.id)).users as unknown[]).length, 0);
      assert.equal((await api.delete_user_group!(group.id)).ok, true);
    },
  },
  holds('GET /user_groups', 'account.user_groups()', 'user_groups', [], 'user_groups'),
  byHand('GET /billing_usage', `/v1_1/provisioning/accounts/${id}/billing_usage`),
  byHand('GET /v2/accounts/:id/permissions/roles', `/v2/accounts/${id}/permissions/roles?permission_type=global`),
  byHand(
    'GET /v2/accounts/:id/permissions/roles/:role_id/principals',
    `/v2/accounts/${id}/permissions/roles/cld::role::prodenv::ml_user/principals`,
  ),
  byHand(
    'POST /v2/accounts/:id/permissions/roles',
    `/v2/accounts/${id}/permissions/roles`,
    { method: 'POST', expected: 400 },
    NO_POLICIES,
  ),
  byHand(
    'POST /v2/accounts/:id/permissions/policies/custom',
    `/v2/accounts/${id}/permissions/policies/custom`,
    { method: 'POST', expected: 400 },
    NO_POLICIES,
  ),
  byHand(
    'POST /provisioning/clouds',
    '/v1_1/provisioning/clouds',
    { method: 'POST', expected: 403, open: true },
    'off unless the server is started with --public-provisioning',
  ),
  byHand(
    'POST /provisioning/agents/accounts',
    '/v1_1/provisioning/agents/accounts',
    { method: 'POST', expected: 403, open: true },
    'needs a mail to a person, and this server sends none',
  ),
];
