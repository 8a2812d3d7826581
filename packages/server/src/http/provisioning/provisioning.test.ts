import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { rawOf } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../../index.ts';
import { TABLES_BY_CLOUD } from '../../provisioning/sub-accounts.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';

const folder = temporaryFolder('provisioning');
const flags = { port: 0, data: join(folder, 'data'), 'log-level': 'silent' };
let server: RunningServer;
let account: typeof import('cloudinary').v2.provisioning.account;

before(async () => {
  server = await startServer({
    config: loadConfig({ flags: { ...flags, 'provisioning-account': 'account://pk:ps@acc' } }),
  });
  // The SDK reads these when it is loaded.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  process.env.CLOUDINARY_ACCOUNT_URL = server.accountUrl;
  account = (await import('cloudinary')).v2.provisioning.account;
});
after(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly error: { readonly message: string; readonly code: string };
    readonly id: string;
    readonly cloud_name: string;
    readonly enabled: boolean;
    readonly api_access_keys: readonly [{ readonly key: string; readonly secret: string }];
    readonly sub_accounts: readonly { readonly id: string }[];
    readonly users: readonly { readonly name: string }[];
  };
}

const call = async (
  method: string,
  path: string,
  { body, credentials = 'pk:ps', id = 'acc' }: { body?: unknown; credentials?: string; id?: string } = {},
): Promise<Answer> => {
  const response = await fetch(`${server.url}/v1_1/provisioning/accounts/${id}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
};

const ping = async (cloud: string, key: string, secret: string): Promise<number> =>
  (
    await fetch(`${server.url}/v1_1/${cloud}/ping`, {
      headers: { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` },
    })
  ).status;

let counter = 0;
const newSubAccount = async (more: Record<string, unknown> = {}) => {
  counter += 1;
  const { body, status } = await call('POST', '/sub_accounts', { body: { name: `Env ${counter}`, ...more } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

test('only account, key and secret together open the account', async () => {
  for (const wrong of [{ credentials: 'pk:no' }, { credentials: 'no:ps' }, { id: 'other' }]) {
    const { status, body } = await call('GET', '/sub_accounts', wrong);
    assert.equal(status, 401);
    assert.deepEqual(body, {
      error: { message: 'Invalid credentials', category: 'user_error', code: 'ACCOUNTS_00006' },
    });
  }
  const { api_key, api_secret } = server.account.key;
  assert.equal((await call('GET', '/users', { credentials: `${api_key}:${api_secret}` })).status, 401);
  assert.equal(await ping(server.account.cloud.name, 'pk', 'ps'), 401);
  await assert.rejects(
    account.create_sub_account('no', 'no', {}, true, undefined, {
      provisioning_api_key: 'abc',
      provisioning_api_secret: 'abc',
    }),
    (error: { error: { http_code: number } }) => error.error.http_code === 401,
  );
});

test('an environment is made with a key that works at once, changed, disabled and deleted', async () => {
  const created = await account.create_sub_account('My_Product', undefined as never, { team: 'a' }, true);
  assert.deepEqual(Object.keys(created), [
    'cloud_name',
    'name',
    'enabled',
    'id',
    'api_access_keys',
    'custom_attributes',
    'created_at',
    'updated_at',
  ]);
  assert.equal(created.cloud_name, 'my-product');
  assert.deepEqual(created.custom_attributes, { team: 'a' });
  const [{ key, secret }] = created.api_access_keys;
  assert.equal(await ping('my-product', key, secret), 200);

  await account.update_sub_account(created.id, 'Renamed', undefined, undefined, false);
  const { updated_at: _, ...seen } = await account.sub_account(created.id);
  const { updated_at: _2, ...before } = created;
  assert.deepEqual(seen, { ...before, name: 'Renamed', enabled: false });
  assert.equal(await ping('my-product', key, secret), 401);

  await account.update_sub_account(created.id, undefined as never, 'my-product-2', undefined, true);
  assert.equal(await ping('my-product-2', key, secret), 200);
  assert.equal(await ping('my-product', key, secret), 401);

  assert.deepEqual(await account.delete_sub_account(created.id), { message: 'ok' });
  assert.equal(await ping('my-product-2', key, secret), 401);
  const { status, body } = await call('GET', `/sub_accounts/${created.id}`);
  assert.equal(status, 404);
  assert.equal(body.error.message, `Cannot find sub account with id ${created.id}`);
});

test('lists of environments: IDs win over the other filters, blanks are no filter', async () => {
  const one = await newSubAccount({ name: 'List One', enabled: false });
  const two = await newSubAccount({ name: 'list two', cloud_name: 'List-2' });
  const ids = async (query: string): Promise<string[]> =>
    (await call('GET', `/sub_accounts?${query}`)).body.sub_accounts.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids('prefix=LIST'), [one.id, two.id]);
  assert.deepEqual(await ids('prefix=list&enabled=true'), [two.id]);
  assert.deepEqual(await ids('cloud_names=List-2'), [two.id]);
  assert.deepEqual(await ids(`ids=${one.id}&enabled=true&prefix=zzz`), [one.id]);
  assert.deepEqual(await ids(`ids[]=${one.id}&ids[]=${two.id}`), [one.id, two.id]);
  assert.ok((await ids('enabled=&prefix=')).length >= 3);
  const answer = await call('GET', '/sub_accounts');
  assert.equal(answer.headers.get('x-featureratelimit-limit'), null);
});

test('environments: bad input is refused with a reason', async () => {
  const taken = await newSubAccount({ cloud_name: 'taken' });
  for (const [body, status, message] of [
    [{}, 400, /Missing required parameter - name/],
    [{ name: 'x', cloud_name: 'a/b' }, 400, /cloud_name of up to 64 letters/],
    [{ name: 'x', cloud_name: 'taken' }, 409, /already taken/],
    [{ name: 'x', cloud_name: 'provisioning' }, 409, /already taken/],
    [{ name: 'x', custom_attributes: 'text' }, 400, /custom_attributes/],
    [{ name: 'x', base_sub_account_id: 'nope' }, 404, /Cannot find sub account with id nope/],
  ] as const) {
    const answer = await call('POST', '/sub_accounts', { body });
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.body.error.message, message);
    assert.match(answer.body.error.code, /^ACCOUNTS_\d{5}$/);
  }
  const derived = await newSubAccount({ name: 'Taken' });
  assert.match(derived.cloud_name, /^taken-[0-9a-f]{6}$/);
  const copy = await newSubAccount({ base_sub_account_id: taken.id });
  assert.equal(copy.enabled, true);
});

test('nothing of a deleted environment is left, and one with assets keeps its cloud name', async () => {
  const created = await newSubAccount({ cloud_name: 'full' });
  const [{ key, secret }] = created.api_access_keys;
  const form = new FormData();
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  form.set('file', new Blob([new Uint8Array(png)]), 'a.png');
  form.set('tags', 'a');
  form.set('context', 'a=b');
  const uploaded = await fetch(`${server.url}/v1_1/full/image/upload`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` },
  });
  const { url } = (await uploaded.json()) as { url: string };
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await fetch(url)).status, 200);
  const renamed = await call('PUT', `/sub_accounts/${created.id}`, { body: { cloud_name: 'other-name' } });
  assert.equal(renamed.status, 400);
  assert.match(renamed.body.error.message, /without assets/);

  await account.delete_sub_account(created.id);
  assert.notEqual((await fetch(url)).status, 200);
  const raw = rawOf(server.app.catalog);
  for (const table of TABLES_BY_CLOUD)
    assert.deepEqual(raw.prepare(`SELECT * FROM ${table} WHERE cloud = 'full'`).all(), [], table);
});

test('every table that keeps rows by environment is known to its deletion', () => {
  const raw = rawOf(server.app.catalog);
  const tables = raw
    .prepare(`SELECT m.name FROM sqlite_master m WHERE m.type = 'table'
      AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'cloud')
      AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name) WHERE "table" = 'clouds')`)
    .all()
    .map(({ name }) => name);
  assert.deepEqual(tables.toSorted(), [...TABLES_BY_CLOUD].toSorted());
});

const KEY = ['name', 'api_key', 'api_secret', 'created_at', 'updated_at', 'enabled', 'root'];

test('access keys: order of members, pages, order of the list', async () => {
  const { id } = await newSubAccount();
  for (const name of ['A', 'C', 'B']) {
    const key = await account.generate_access_key(id, { name });
    assert.deepEqual(Object.keys(key), KEY);
  }
  const list = await account.access_keys(id, { page_size: 2, page: 1, sort_by: 'name', sort_order: 'desc' });
  assert.deepEqual(Object.keys(list), ['access_keys', 'total']);
  assert.equal(list.total, 4);
  assert.deepEqual(
    list.access_keys.map((key) => [key.name, 'root' in key && key.root]),
    [
      ['Root', true],
      ['C', false],
    ],
  );
  const second = await account.access_keys(id, { page_size: 2, page: 2, sort_by: 'name', sort_order: 'desc' });
  assert.deepEqual(
    second.access_keys.map(({ name }: { name: string }) => name),
    ['B', 'A'],
  );
  assert.equal((await call('GET', `/sub_accounts/${id}/access_keys?sort_by=api_secret`)).status, 400);
  assert.equal((await call('GET', `/sub_accounts/${id}/access_keys?page=0`)).status, 400);
});

test('access keys: a disabled or deleted one is refused with the next call', async () => {
  const { id, cloud_name } = await newSubAccount();
  const key = await account.generate_access_key(id, { name: 'ci', enabled: false });
  assert.equal(await ping(cloud_name, key.api_key, key.api_secret), 401);
  const updated = await account.update_access_key(id, key.api_key, {
    name: 'ci 2',
    enabled: true,
    dedicated_for: 'webhooks',
  });
  assert.deepEqual(Object.keys(updated), [...KEY.slice(0, 6), 'dedicated_for', 'root']);
  assert.deepEqual('dedicated_for' in updated && updated.dedicated_for, ['webhooks']);
  assert.equal(await ping(cloud_name, key.api_key, key.api_secret), 200);
  await account.update_access_key(id, key.api_key, { enabled: false });
  assert.equal(await ping(cloud_name, key.api_key, key.api_secret), 401);
  await account.update_access_key(id, key.api_key, { enabled: true });
  assert.equal(await ping(cloud_name, key.api_key, key.api_secret), 200);
  assert.deepEqual(await account.delete_access_key_by_name(id, { name: 'ci 2' }), { message: 'ok' });
  assert.equal(await ping(cloud_name, key.api_key, key.api_secret), 401);

  const last = (await account.access_keys(id)).access_keys[0]!;
  const refused = await call('DELETE', `/sub_accounts/${id}/access_keys/${last.api_key}`);
  assert.equal(refused.status, 400);
  const other = await newSubAccount();
  assert.equal((await call('DELETE', `/sub_accounts/${other.id}/access_keys/${last.api_key}`)).status, 404);
  assert.equal(
    (await call('PUT', `/sub_accounts/${other.id}/access_keys/${last.api_key}`, { body: { enabled: false } })).status,
    404,
  );
  for (const name of ['same', 'same']) await account.generate_access_key(id, { name });
  assert.equal((await call('DELETE', `/sub_accounts/${id}/access_keys`, { body: { name: 'same' } })).status, 400);
  assert.equal((await call('DELETE', `/sub_accounts/${id}/access_keys`, { body: { name: 'none' } })).status, 404);
});

test('changes of keys stand in the audit trail of the environment, without secrets', async () => {
  const { id, cloud_name } = await newSubAccount();
  const { api_secret } = await account.generate_access_key(id, { name: 'audited' });
  const entries = await server.app.audit.list(cloud_name, { limit: 10 });
  assert.deepEqual(
    entries.map(({ operation, actor_type, actor, status }) => ({ operation, actor_type, actor, status })),
    [{ operation: 'generate_access_key', actor_type: 'account', actor: 'pk', status: 200 }],
  );
  assert.ok(!JSON.stringify(entries).includes(api_secret));
  const own = await server.app.audit.list('account:acc', { limit: 1, operation: 'create_sub_account' });
  assert.equal(own[0]?.target, '/sub_accounts');
});

test('users: shape, filters, changes, deletion', async () => {
  const one = await newSubAccount();
  const two = await newSubAccount();
  const anna = await account.create_user('Anna', 'anna@example.com', 'billing', []);
  assert.deepEqual(Object.keys(anna), [
    'id',
    'name',
    'role',
    'email',
    'pending',
    'enabled',
    'created_at',
    'updated_at',
    'last_login',
    'all_sub_accounts',
    'groups',
    'sub_account_ids',
  ]);
  assert.deepEqual(
    [anna.pending, anna.enabled, anna.last_login, anna.all_sub_accounts, anna.groups, anna.sub_account_ids],
    [true, true, null, true, [], ''],
  );
  const ben = await account.create_user('Ben', 'ben@example.com', 'reports', [one.id, two.id]);
  assert.equal(ben.sub_account_ids, `${one.id},${two.id}`);
  assert.equal(ben.all_sub_accounts, false);

  const three = await newSubAccount();
  const names = async (query: string): Promise<string[]> =>
    (await call('GET', `/users?${query}`)).body.users.map(({ name }: { name: string }) => name);
  for (const [query, expected] of [
    [`ids=${anna.id},${ben.id}`, ['Anna', 'Ben']],
    [`ids=${anna.id}&pending=false`, []],
    [`ids=${anna.id}&pending=true`, ['Anna']],
    ['status=active', []],
    ['status=pending&prefix=BE', ['Ben']],
    ['prefix=anna@', ['Anna']],
    [`sub_account_id=${three.id}`, ['Anna']],
    [`sub_account_id=${one.id}`, ['Anna', 'Ben']],
    ['last_login=true&from=2026-01-02+03:04:00', []],
    ['last_login=false', ['Anna', 'Ben']],
    ['emails=BEN@example.com', ['Ben']],
    ['page=2&page_size=1', ['Ben']],
    ['prefix=&pending=&ids=', ['Anna', 'Ben']],
  ] as const)
    assert.deepEqual(await names(query), expected, query);
  const unknown = await call('GET', '/users?sub_account_id=4711');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.body.error.message, 'Cannot find sub account with id 4711');
  assert.deepEqual(
    (await call('GET', `/users/${ben.id}/sub_accounts`)).body.sub_accounts.map(({ id }: { id: string }) => id),
    [one.id, two.id],
  );

  const changed = await account.update_user(ben.id, 'Benno', undefined, 'admin');
  assert.deepEqual([changed.name, changed.email, changed.role], ['Benno', 'ben@example.com', 'admin']);
  for (const [body, status] of [
    [{ name: 'x', email: 'x@example.com' }, 400],
    [{ name: 'x', email: 'x@example.com', role: 'king' }, 400],
    [{ name: 'x', email: 'nowhere', role: 'admin' }, 400],
    [{ name: 'x', email: 'anna@example.com', role: 'admin' }, 409],
    [{ name: 'x', email: 'x@example.com', role: 'admin', sub_account_ids: ['nope'] }, 404],
  ] as const)
    assert.equal((await call('POST', '/users', { body })).status, status, JSON.stringify(body));

  await account.delete_sub_account(one.id);
  assert.equal((await account.user(ben.id)).sub_account_ids, two.id);
  await account.delete_sub_account(two.id);
  assert.equal((await account.user(ben.id)).all_sub_accounts, false, 'losing the last one does not open all');
  assert.deepEqual(await account.delete_user(ben.id), { message: 'ok' });
  assert.equal((await call('GET', `/users/${ben.id}`)).status, 404);
});

test('groups: members after each change, names, deletion', async () => {
  const user = await account.create_user('Cem', 'cem@example.com', 'admin', []);
  const group = await account.create_user_group('Designers');
  assert.deepEqual([group.name, group.users], ['Designers', []]);
  const member = { id: user.id, name: 'Cem', email: 'cem@example.com' };
  assert.deepEqual((await account.add_user_to_group(group.id, user.id)).users, [member]);
  assert.deepEqual((await account.add_user_to_group(group.id, user.id)).users, [member]);
  assert.deepEqual((await account.user_group_users(group.id)).users, [member]);
  assert.deepEqual((await account.user(user.id)).groups, [{ id: group.id, name: 'Designers' }]);
  assert.deepEqual((await call('GET', `/users/${user.id}/groups`)).body, {
    groups: [{ id: group.id, name: 'Designers' }],
  });
  assert.equal((await account.update_user_group(group.id, 'Makers')).id, group.id);
  assert.equal((await account.user_group(group.id)).name, 'Makers');
  assert.deepEqual(
    (await account.user_groups()).user_groups.map(({ name }: { name: string }) => name),
    ['Makers'],
  );
  assert.deepEqual((await account.remove_user_from_group(group.id, user.id)).users, []);
  assert.equal((await call('POST', `/user_groups/${group.id}/users/nobody`)).status, 404);
  await account.add_user_to_group(group.id, user.id);
  await account.delete_user(user.id);
  assert.deepEqual((await account.user_group(group.id)).users, []);
  assert.equal((await account.delete_user_group(group.id)).ok, true);
  assert.equal((await call('GET', `/user_groups/${group.id}`)).status, 404);
});

test('the account stays over restarts: made once, renamed by the configuration with all that belongs to it', async () => {
  const data = join(folder, 'restart');
  const during = async (url: string, work: (running: RunningServer) => Promise<void>): Promise<void> => {
    const running = await startServer({
      config: loadConfig({ flags: { ...flags, data, 'provisioning-account': url } }),
    });
    try {
      await work(running);
    } finally {
      await running.close();
    }
  };
  const credentials = ({ accountUrl }: RunningServer): string => accountUrl.split('?')[0]!;
  let made = '';
  await during('', async (running) => {
    made = credentials(running);
    assert.match(made, /^account:\/\/\d{15}:[\w-]{27}@[0-9a-f]{32}$/);
  });
  await during('', async (running) => {
    assert.equal(credentials(running), made);
    await running.app.catalog.db
      .insertInto('user_groups')
      .values({ id: 'g', account: made.split('@')[1]!, name: 'Kept', created_at: 1, updated_at: 1 })
      .execute();
  });
  await during('account://k:s@named', async (running) => {
    assert.equal(credentials(running), 'account://k:s@named');
    const groups = await running.app.catalog.db.selectFrom('user_groups').select('account').execute();
    assert.deepEqual(
      groups.map((row) => row.account),
      ['named'],
    );
  });
  await assert.rejects(
    during('cloudinary://k:s@named', async () => {}),
    /Expected account:\/\/KEY:SECRET@ACCOUNT_ID/,
  );
});
