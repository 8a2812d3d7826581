/** The account's side beyond what the official suites call: permissions, billing figures, calls without credentials. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCOUNT_FLAGS, accountOf, adminOf } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;
let account: ReturnType<typeof accountOf>;

before(async () => {
  server = await startSignet({ flags: [...ACCOUNT_FLAGS] });
  account = accountOf(server);
});
after(() => server.stop());

const ROLE_KEYS = [
  'created_at',
  'description',
  'id',
  'management_type',
  'name',
  'permission_type',
  'scope_type',
  'updated_at',
];

test('permissions: the built-in roles are listed, filtered and read', async () => {
  const all = (await account('GET', '/permissions/roles', { query: 'permission_type=global' })).body.data;
  assert.ok(all.length > 10);
  for (const role of all) assert.deepEqual(Object.keys(role).sort(), ROLE_KEYS);
  const scoped = (await account('GET', '/permissions/roles', { query: 'permission_type=global&scope_type=prodenv' }))
    .body;
  assert.ok(scoped.data.every(({ scope_type }: { scope_type: string }) => scope_type === 'prodenv'));
  assert.ok(scoped.data.some(({ id }: { id: string }) => id === 'cld::role::prodenv::ml_user'));
  for (const query of ['permission_type=content', 'permission_type=global&management_type=custom'])
    assert.deepEqual((await account('GET', '/permissions/roles', { query })).body, { data: [] });
  assert.equal((await account('GET', '/permissions/roles', { query: 'scope_type=planet' })).status, 400);
  const one = (await account('GET', '/permissions/roles/cld::role::prodenv::master_admin')).body.data;
  assert.deepEqual([one.id, one.policies], ['cld::role::prodenv::master_admin', []]);
  const missing = await account('GET', '/permissions/roles/none');
  assert.deepEqual([missing.status, missing.body.error.category], [404, 'user_error']);
});

test('permissions: a user’s role is changed and shows in the user', async () => {
  const user = (await account('POST', '/users', { json: { name: 'Ida', email: 'ida@example.com', role: 'billing' } }))
    .body;
  const principal = { type: 'user', id: user.id };
  const query = `principal_type=user&principal_id=${user.id}`;
  const ids = async (): Promise<string[]> =>
    (await account('GET', '/permissions/principal_roles', { query })).body.data.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids(), ['cld::role::account::billing']);
  const change = (operation: string, id: string) =>
    account('PUT', '/permissions/principal_roles', { json: { operation, principal, roles: [{ id }] } });
  assert.equal((await change('add', 'cld::role::account::reports')).status, 200);
  assert.deepEqual(await ids(), ['cld::role::account::reports']);
  assert.equal((await account('GET', `/users/${user.id}`)).body.role, 'reports');
  assert.equal((await change('remove', 'cld::role::account::reports')).status, 400);
  assert.match(
    (await change('add', 'cld::role::prodenv::ml_user')).body.error.message,
    /Expected a principal of type apiKey/,
  );
  assert.equal((await change('shift', 'cld::role::account::reports')).status, 400);
});

test('permissions: what is not enforced is refused, never stored', async () => {
  for (const [method, path, json] of [
    ['POST', '/permissions/roles', { name: 'Uploader', permission_type: 'global', scope_type: 'prodenv' }],
    ['POST', '/permissions/policies/custom', { policy_statement: 'permit(principal, action, resource);' }],
    ['GET', '/permissions/policies/effective', undefined],
  ] as const) {
    const { status, body } = await account(method, path, json === undefined ? {} : { json });
    assert.equal(status, 400);
    assert.match(body.error.message, /not available on this server/);
  }
  assert.equal((await account('GET', '/permissions/roles', { as: { key: 'pk', secret: 'wrong' } })).status, 401);
});

test('billing_usage counts what happened, by month and environment', async () => {
  const admin = adminOf(server);
  const png = await picture(3);
  await admin.upload({ public_id: 'billed' }, png);
  await (await fetch(`${server.url}/${server.cloud}/image/upload/w_10/billed.png`)).arrayBuffer();
  const [plan, ...others] = (await account('GET', '/billing_usage')).body;
  assert.deepEqual([others, plan.plan_name], [[], 'Self-hosted']);
  const metric = (name: string) => plan.metric_usage.find((one: { metric: string }) => one.metric === name);
  const [cycle] = metric('bandwidth').cycles;
  assert.ok(cycle.usage > 0);
  assert.deepEqual(Object.keys(cycle), ['from_day', 'to_day', 'usage', 'product_environment_breakdown']);
  assert.match(cycle.from_day, /^\d{4}-\d{2}-01$/);
  assert.equal(metric('storage').cycles[0].breakdown.storage_image, png.length);
  assert.equal(metric('storage').cycles[0].product_environment_breakdown[0].cloud_name, server.cloud);
  const past = (await account('GET', '/billing_usage', { query: 'year=2001' })).body[0];
  assert.ok(past.metric_usage.every(({ cycles }: { cycles: unknown[] }) => cycles.length === 0));
  assert.equal((await account('GET', '/billing_usage', { query: 'year=soon' })).status, 400);
});

const withoutCredentials = async (at: SignetServer, path: string, json: object, headers = {}) => {
  const response = await fetch(`${at.url}/v1_1/provisioning/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  });
  // biome-ignore lint/suspicious/noExplicitAny: judged below
  return { status: response.status, body: (await response.json()) as any };
};

test('environments without credentials: off by default', async () => {
  for (const path of ['clouds', 'agents/accounts']) {
    const { status, body } = await withoutCredentials(server, path, {});
    assert.equal(status, 403);
    assert.match(body.error.message, /--public-provisioning/);
  }
});

test('environments without credentials: when switched on, made for callers on the machine, and limited', async () => {
  const open = await startSignet({ flags: ['--public-provisioning'] });
  try {
    const { status, body } = await withoutCredentials(open, 'clouds', { delivery_ips: null, email: 'a@example.com' });
    assert.equal(status, 200, JSON.stringify(body));
    const made = await fetch(`${open.url}/v1_1/${body.cloud_name}/ping`, {
      headers: { authorization: `Basic ${Buffer.from(`${body.api_key}:${body.api_secret}`).toString('base64')}` },
    });
    assert.equal(made.status, 200);
    assert.equal(
      body.api_environment_variable,
      `CLOUDINARY_URL=cloudinary://${body.api_key}:${body.api_secret}@${body.cloud_name}`,
    );
    for (const [json, headers, expected] of [
      [{ delivery_ips: ['1.2.3.4'] }, {}, 400],
      [{ agent_goal: 'x' }, {}, 400],
      [{}, { 'x-forwarded-for': '127.0.0.1' }, 403],
      [{}, { origin: 'https://elsewhere.example' }, 403],
    ] as const)
      assert.equal((await withoutCredentials(open, 'clouds', json, headers)).status, expected, JSON.stringify(json));
    const mailed = { email: 'a@example.com', agent_framework: 'aa', agent_llm_model: 'bb', agent_goal: 'cc' };
    assert.match((await withoutCredentials(open, 'agents/accounts', mailed)).body.error.message, /confirms by mail/);
    const codes = [];
    for (let times = 0; times < 20; times++) codes.push((await withoutCredentials(open, 'clouds', {})).status);
    assert.deepEqual([codes[0], codes.at(-1)], [200, 429]);
  } finally {
    await open.stop();
  }
});
