/** What a role may do, key rotation, and that a disabled key is refused at once, whatever remembers it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ACCOUNT_FLAGS, type Admin, accountOf, adminOf, type Credentials } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed, signedForm } from '../support/upload.ts';

let server: SignetServer;
let admin: Admin;
let account: ReturnType<typeof accountOf>;
let environment: string;
let png: Buffer;

before(async () => {
  server = await startSignet({ flags: [...ACCOUNT_FLAGS] });
  admin = adminOf(server);
  account = accountOf(server);
  environment = (await account('GET', '/sub_accounts')).body.sub_accounts[0].id;
  png = await picture(1);
});
after(() => server.stop());

const newKey = async (role?: string): Promise<Credentials> => {
  const { status, body } = await account('POST', `/sub_accounts/${environment}/access_keys`, {
    json: { name: `key ${role}`, ...(role === undefined ? {} : { role }) },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return { key: body.api_key, secret: body.api_secret };
};

const asKey = ({ key, secret }: Credentials) => ({ apiKey: key, apiSecret: secret });

const upload = async (as: Credentials, params: Record<string, string> = {}): Promise<number> =>
  (
    await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, {
      method: 'POST',
      body: signedForm(asKey(as), params, png, 'a.png'),
    })
  ).status;

const destroy = async (as: Credentials): Promise<number> =>
  (
    await fetch(`${server.url}/v1_1/${server.cloud}/image/destroy`, {
      method: 'POST',
      body: new URLSearchParams(signed(asKey(as), { public_id: 'nothing' })),
    })
  ).status;

const download = async (as: Credentials): Promise<number> =>
  (
    await fetch(
      `${server.url}/v1_1/${server.cloud}/image/download?${new URLSearchParams(signed(asKey(as), { public_id: 'roles', format: 'png' }))}`,
    )
  ).status;

const status =
  (method: string, path: string, json?: unknown) =>
  async (as: Credentials): Promise<number> =>
    (await admin(method, path, { as, ...(json === undefined ? {} : { json }) })).status;

/** One of each kind of operation, and the ones whose path looks like something else. */
const OPERATIONS: Readonly<
  Record<string, { does: 'read' | 'write' | 'settings'; run: (as: Credentials) => Promise<number> }>
> = {
  ping: { does: 'read', run: status('GET', '/ping') },
  usage: { does: 'read', run: status('GET', '/usage') },
  'list of assets': { does: 'read', run: status('GET', '/resources/image') },
  details: { does: 'read', run: status('GET', '/resources/image/upload/roles') },
  'search by POST': { does: 'read', run: status('POST', '/resources/search', { expression: 'x' }) },
  'search with its path encoded': { does: 'read', run: status('POST', '/resources%2Fsearch', {}) },
  'folder search': { does: 'read', run: status('POST', '/folders/search', {}) },
  'list of presets': { does: 'read', run: status('GET', '/upload_presets') },
  'datasource search': { does: 'read', run: status('POST', '/metadata_fields/datasource/search', { term: 'a' }) },
  'audit trail': { does: 'read', run: status('GET', '/audit') },
  download: { does: 'read', run: download },
  upload: { does: 'write', run: (as) => upload(as) },
  destroy: { does: 'write', run: destroy },
  update: { does: 'write', run: status('POST', '/resources/image/upload/roles', { tags: 'a' }) },
  'update of an asset called search': { does: 'write', run: status('POST', '/resources/image/upload/x/search', {}) },
  'deletion of a folder called search': { does: 'write', run: status('DELETE', '/folders/x/search', {}) },
  'deletion by IDs': { does: 'write', run: status('DELETE', '/resources/image/upload', { public_ids: ['none'] }) },
  'new folder': { does: 'write', run: status('POST', '/folders/roles', {}) },
  publish: { does: 'write', run: status('POST', '/resources/image/publish_resources', { public_ids: ['none'] }) },
  restore: { does: 'write', run: status('POST', '/resources/image/upload/restore', { public_ids: ['none'] }) },
  'new preset': { does: 'settings', run: status('POST', '/upload_presets', {}) },
  'deletion of a preset called search': { does: 'settings', run: status('DELETE', '/upload_presets/search', {}) },
  'new transformation': { does: 'settings', run: status('POST', '/transformations', {}) },
  'new trigger': { does: 'settings', run: status('POST', '/triggers', {}) },
  'new metadata field': { does: 'settings', run: status('POST', '/metadata_fields', {}) },
  'new rule': { does: 'settings', run: status('POST', '/metadata_rules', {}) },
  'new mapping': { does: 'settings', run: status('POST', '/upload_mappings', {}) },
  'new streaming profile': { does: 'settings', run: status('POST', '/streaming_profiles', {}) },
  'new token': { does: 'settings', run: status('POST', '/access_tokens', { role: 'nobody' }) },
};

const MAY: Readonly<Record<string, readonly string[]>> = {
  master_admin: ['read', 'write', 'settings'],
  admin: ['read', 'write', 'settings'],
  technical_admin: ['read', 'write', 'settings'],
  media_library_admin: ['read', 'write'],
  media_library_user: ['read', 'write'],
  reports: ['read'],
  billing: ['read'],
  read_only: ['read'],
};

for (const [role, may] of Object.entries(MAY))
  test(`a key with the role ${role} may ${may.join(', ')}, and nothing else`, async () => {
    await admin.upload({ public_id: 'roles' }, png);
    const as = await newKey(role);
    for (const [name, { does, run }] of Object.entries(OPERATIONS)) {
      const got = await run(as);
      // What is allowed may still be wrong (400, 404) or right; what is not is 403, and 401 in the Upload API.
      const refused = got === 403 || got === 401;
      assert.equal(refused, !may.includes(does), `${name}: ${got}`);
    }
  });

test('the page about access has the same table', async () => {
  const page = await readFile(fileURLToPath(new URL('../../docs/reference/access.md', import.meta.url)), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, role, may]) => [role, may!.split(', ')]);
  assert.deepEqual(Object.fromEntries(rows), MAY);
});

test('a key without a role may do nothing; an unknown role is refused', async () => {
  const as = await newKey('read_only');
  const roles = { principal: { type: 'apiKey', id: as.key }, roles: [{ id: 'cld::role::prodenv::read_only' }] };
  const removed = await account('PUT', '/permissions/principal_roles', { json: { operation: 'remove', ...roles } });
  assert.deepEqual([removed.status, removed.body], [200, { data: [] }]);
  assert.equal((await admin('GET', '/ping', { as })).status, 403);
  const refused = await account('POST', `/sub_accounts/${environment}/access_keys`, { json: { role: 'king' } });
  assert.equal(refused.status, 400);
  assert.match(refused.body.error.message, /Expected one of master_admin, .* as role but received king/);
});

test('a refusal says which role and what it may not do', async () => {
  const as = await newKey('read_only');
  const { status: code, body } = await admin('POST', '/upload_presets', { as, json: { name: 'p' } });
  assert.deepEqual([code, body.error.message], [403, 'Role read_only is not allowed to change settings']);
});

test('roles are given by the permissions API at once', async () => {
  const as = await newKey('read_only');
  const preset = status('POST', '/folders/given', {});
  assert.equal(await preset(as), 403);
  const given = await account('PUT', '/permissions/roles/cld::role::prodenv::ml_user/principals', {
    json: { operation: 'add', principals: [{ principal_type: 'apiKey', principal_id: as.key, scope_id: environment }] },
  });
  assert.equal(given.status, 200);
  assert.ok(given.body.data.some(({ id }: { id: string }) => id === as.key));
  assert.equal(await preset(as), 200);
});

test('rotation: two keys work side by side until the old one is disabled; then it is refused at once', async () => {
  const old = await newKey();
  const fresh = await newKey();
  const url = `/sub_accounts/${environment}/access_keys/${old.key}`;
  const works = async (as: Credentials): Promise<readonly number[]> => [
    (await admin('GET', '/ping', { as })).status,
    await upload(as),
    await download(as),
  ];
  assert.deepEqual(
    [await works(old), await works(fresh)],
    [
      [200, 200, 200],
      [200, 200, 200],
    ],
  );
  await account('PUT', url, { json: { enabled: false } });
  assert.deepEqual(
    [await works(old), await works(fresh)],
    [
      [401, 401, 401],
      [200, 200, 200],
    ],
  );
  await account('PUT', url, { json: { enabled: true } });
  assert.deepEqual(await works(old), [200, 200, 200]);
  await account('DELETE', url);
  assert.deepEqual(await works(old), [401, 401, 401]);
});

test('a key disabled while a file is on its way is refused, and nothing is stored', async () => {
  const as = await newKey();
  const fields = signed(asKey(as), { public_id: 'too-late' });
  const boundary = 'b0undary';
  const head = Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`;
  // The file stands first, so the signature cannot be looked at before all of it is here.
  const late = async function* () {
    yield Buffer.from(file);
    yield png;
    yield Buffer.from('\r\n');
    await account('PUT', `/sub_accounts/${environment}/access_keys/${as.key}`, { json: { enabled: false } });
    yield Buffer.from(`${head}--${boundary}--\r\n`);
  };
  const { status: code } = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    duplex: 'half',
    body: late(),
  } as unknown as RequestInit);
  assert.equal(code, 401);
  assert.equal((await admin('GET', '/resources/image/upload/too-late')).status, 404);
});

test('what a disabled key signed for delivery is closed, also when the answer is remembered', async () => {
  const as = await newKey();
  const body = signedForm(asKey(as), { public_id: 'closed', access_mode: 'authenticated' }, png, 'a.png');
  assert.equal((await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, { method: 'POST', body })).status, 200);
  const signature = createHash('sha1').update(`w_20/closed.png${as.secret}`).digest('base64url').slice(0, 8);
  const url = `${server.url}/${server.cloud}/image/upload/s--${signature}--/w_20/closed.png`;
  for (let times = 0; times < 4; times++) {
    const shown = await fetch(url);
    assert.equal(shown.status, 200);
    await shown.arrayBuffer();
  }
  await account('PUT', `/sub_accounts/${environment}/access_keys/${as.key}`, { json: { enabled: false } });
  assert.equal((await fetch(url)).status, 401);
});

test('a disabled environment refuses its keys, its deliveries and its tokens at once', async () => {
  const { body } = await account('POST', '/sub_accounts', { json: { name: 'soon closed' } });
  const [{ key, secret }] = body.api_access_keys;
  const ping = async (): Promise<number> =>
    (
      await fetch(`${server.url}/v1_1/${body.cloud_name}/ping`, {
        headers: { authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}` },
      })
    ).status;
  assert.equal(await ping(), 200);
  await account('PUT', `/sub_accounts/${body.id}`, { json: { enabled: false } });
  assert.equal(await ping(), 401);
});
