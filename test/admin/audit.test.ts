/** Tokens, the audit trail and rate limits: who may, who did, how often. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCOUNT_FLAGS, type Admin, adminOf, type Body } from '../support/admin.ts';
import { signet } from '../support/cli.ts';
import { picture } from '../support/pictures.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed } from '../support/upload.ts';

let server: SignetServer;
let admin: Admin;
let png: Buffer;

before(async () => {
  server = await startSignet({ flags: [...ACCOUNT_FLAGS] });
  admin = adminOf(server);
  png = await picture(7);
});
after(() => server.stop());

const bearer = (token: string) => ({ as: false as const, headers: { authorization: `Bearer ${token}` } });

const uploadWith = async (token: string, publicId: string): Promise<{ status: number; body: Body }> => {
  const form = new FormData();
  form.set('public_id', publicId);
  form.set('file', new Blob([new Uint8Array(png)]), 'a.png');
  const response = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: response.status, body: await response.json() };
};

test('a token opens the Upload and the Admin API as far as its scopes and its role go', async () => {
  const token = async (json: object): Promise<string> =>
    (await admin.ok('POST', '/access_tokens', { json })).access_token;
  const both = await token({ role: 'admin' });
  assert.equal((await admin('GET', '/ping', bearer(both))).status, 200);
  assert.equal((await uploadWith(both, 'by-token')).status, 200);
  const uploads = await token({ scopes: ['upload'] });
  assert.equal((await uploadWith(uploads, 'by-token-2')).status, 200);
  const refused = await admin('GET', '/ping', bearer(uploads));
  assert.deepEqual([refused.status, refused.body.error.message], [401, 'Invalid token']);
  const looks = await token({ role: 'read_only' });
  assert.equal((await admin('GET', '/resources/image', bearer(looks))).status, 200);
  assert.equal((await admin('POST', '/folders/x', bearer(looks))).status, 403);
  assert.equal((await uploadWith(looks, 'never')).status, 401);
});

test('signet token makes, lists and revokes them', async () => {
  const env = { CLOUDINARY_URL: server.cloudinaryUrl };
  const flags = [
    '--role',
    'read_only',
    '--scope',
    'asset_management',
    '--expires-in',
    '600',
    '--label',
    'from the command line',
  ];
  const { stdout, code } = await signet(['token', 'create', ...flags], { env });
  assert.equal(code, 0);
  const token = stdout.trim();
  assert.equal((await admin('GET', '/resources/image', bearer(token))).status, 200);
  assert.equal((await admin('POST', '/folders/x', bearer(token))).status, 403);
  const listed = await signet(['token', 'list'], { env });
  const [id] = /^\S+(?= {2}read_only {2}asset_management .* from the command line$)/m.exec(listed.stdout) ?? [];
  assert.ok(id, listed.stdout);
  assert.equal((await signet(['token', 'revoke', id], { env })).code, 0);
  assert.equal((await admin('GET', '/resources/image', bearer(token))).status, 401);
});

test('a wrong, a revoked and an expired token answer Invalid token', async () => {
  const issued = await admin.ok('POST', '/access_tokens', { json: { expires_in: 1 } });
  assert.equal((await admin('GET', '/ping', bearer(issued.access_token))).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const revoked = await admin.ok('POST', '/access_tokens', { json: {} });
  await admin.ok('DELETE', `/access_tokens/${revoked.id}`);
  for (const token of ['not-a-token', issued.access_token, revoked.access_token]) {
    const { status, body } = await admin('GET', '/ping', bearer(token));
    assert.deepEqual([status, body.error.message], [401, 'Invalid token']);
    assert.equal((await uploadWith(token, 'never')).status, 401);
  }
  const listed = JSON.stringify(await admin.ok('GET', '/access_tokens'));
  assert.ok(!listed.includes(issued.access_token), 'a token is shown once');
});

test('the audit trail says who changed what and when, in both APIs, and how it ended', async () => {
  await admin.upload({ public_id: 'audited', tags: 'a' }, png);
  await admin.ok('POST', '/resources/image/upload/audited', { json: { tags: 'b' } });
  const body = new URLSearchParams(signed(server, { from_public_id: 'audited', to_public_id: 'audited-2' }));
  await fetch(`${server.url}/v1_1/${server.cloud}/image/rename`, { method: 'POST', body });
  await admin('DELETE', '/upload_presets/none');
  const token = await admin.ok('POST', '/access_tokens', { json: { name: 'ci' } });
  await uploadWith(token.access_token, 'by-ci');
  await admin.ok('GET', '/resources/image');
  const { entries } = await admin.ok('GET', '/audit', { query: 'max_results=6' });
  assert.deepEqual(
    entries.map(({ operation, target, actor_type, status }: Body) => [operation, target, actor_type, status]).reverse(),
    [
      ['upload', '/image/upload/audited', 'key', 200],
      ['update', '/resources/image/upload/audited', 'key', 200],
      ['rename', '/image/rename/audited', 'key', 200].map((part) =>
        part === '/image/rename/audited' ? '/image/rename/audited/audited-2' : part,
      ),
      ['delete_upload_preset', '/upload_presets/none', 'key', 404],
      ['create_access_token', '/access_tokens', 'key', 200],
      ['upload', '/image/upload/by-ci', 'token', 200],
    ],
  );
  for (const { at, actor, request_id, address, parameters } of entries) {
    assert.match(at, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
    assert.ok(actor !== '' && request_id !== '' && address !== '' && Array.isArray(parameters));
  }
  const only = await admin.ok('GET', '/audit', { query: 'operation=rename' });
  assert.ok(only.entries.every(({ operation }: Body) => operation === 'rename'));
});

test('the whole trail is exported as CSV and as lines of JSON', async () => {
  const csv = (await admin('GET', '/audit', { query: 'format=csv' })).body as string;
  const [head, ...rows] = csv.trim().split('\r\n');
  assert.equal(head, 'at,actor_type,actor,operation,target,parameters,status,request_id,address');
  const ndjson = await admin('GET', '/audit', { query: 'format=ndjson' });
  assert.match(ndjson.headers.get('content-type') ?? '', /^application\/x-ndjson/);
  const entries = String(ndjson.body)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(entries.length, rows.length);
  assert.ok(entries.length > 6 && 'operation' in entries[0]);
  assert.equal((await admin('GET', '/audit', { query: 'format=xml' })).status, 400);
});

test('no secret and no value of a parameter is in the trail', async () => {
  const secret = 'the-value-that-must-not-be-kept';
  await admin.upload({ public_id: 'quiet', context: `note=${secret}` }, png);
  await admin.ok('POST', '/upload_presets', { json: { name: 'quiet', eval: `// ${secret}` } });
  const { access_token } = await admin.ok('POST', '/access_tokens', { json: {} });
  const trail = String((await admin('GET', '/audit', { query: 'format=ndjson' })).body);
  for (const hidden of [secret, access_token, server.apiSecret]) assert.ok(!trail.includes(hidden));
});

test('limits are off by default, and refuse with 420 when switched on; the headers are always there', async () => {
  assert.equal((await admin('GET', '/ping')).headers.get('x-featureratelimit-limit'), '1000000');
  const limited = await startSignet({ flags: ['--rate-limit', '3'] });
  try {
    const other = adminOf(limited);
    const answers = [];
    for (let times = 0; times < 4; times++) answers.push(await other('GET', '/ping'));
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers.get('x-featureratelimit-remaining')]),
      [
        [200, '2'],
        [200, '1'],
        [200, '0'],
        [420, '0'],
      ],
    );
    assert.match(
      answers[3]!.body.error.message,
      /^Rate Limit Exceeded\. Limit of 3 api operations reached\. Try again on /,
    );
  } finally {
    await limited.stop();
  }
});
