import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { toNodeHandler } from '../node.ts';
import { verifyUpload } from '../verify-upload.ts';
import { createSigner, type SignerAnswer } from './create-signer.ts';
import type { SignerPolicy } from './policy.ts';

const NOW = 1_790_000_000;
const SECRET = 'hdcixPpR2iKERPwqvH6sHdK9cyac';
const POLICY: SignerPolicy = {
  cloudName: 'demo',
  apiKey: '1234',
  apiSecret: SECRET,
  allowed: ['public_id', 'folder', 'tags', 'source'],
  fixed: { upload_preset: 'site', overwrite: false },
  folder: 'users/42',
  formats: ['jpg', 'png'],
  now: () => NOW,
};
const ASKED = { folder: 'users/42', tags: ['a', 'b'] };

const post = (body: unknown, headers: Record<string, string> = {}) =>
  new Request('https://site.example/sign', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function ask(request: Request, change: Partial<SignerPolicy> = {}) {
  const response = await createSigner({ ...POLICY, ...change })(request);
  const text = await response.text();
  assert.ok(!text.includes(SECRET));
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as SignerAnswer & { error?: { message: string } },
  };
}

test('signs what the policy allows, with what it fixes', async () => {
  const { status, body, headers } = await ask(post(ASKED));
  assert.equal(status, 200);
  const params = {
    folder: 'users/42',
    tags: 'a,b',
    upload_preset: 'site',
    overwrite: 'false',
    allowed_formats: 'jpg,png',
    timestamp: String(NOW),
  };
  assert.deepEqual(body, { signature: body.signature, timestamp: NOW, api_key: '1234', cloud_name: 'demo', params });
  assert.ok(verifyUpload(body.params, body.signature, SECRET, { now: NOW }).ok);
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('takes URL-encoded forms', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  const { body } = await ask(post('folder=users%2F42%2Fa&tags[]=a&tags[]=b&source=', form));
  assert.deepEqual([body.params.folder, body.params.tags, body.params.source], ['users/42/a', 'a,b', undefined]);
});

test('the form of the upload widget: signs exactly what it will send, or refuses', async () => {
  const paramsToSign = {
    folder: 'users/42',
    source: 'uw',
    upload_preset: 'site',
    overwrite: 'false',
    allowed_formats: 'png',
    timestamp: NOW - 20,
  };
  const { status, body } = await ask(post({ paramsToSign }));
  assert.equal(status, 200);
  assert.deepEqual(body.params, { ...paramsToSign, timestamp: String(NOW - 20) });
  const missing = await ask(post({ paramsToSign: { ...paramsToSign, upload_preset: undefined } }));
  assert.deepEqual(
    [missing.status, missing.body.error?.message],
    [403, 'Parameter "upload_preset" must be sent as "site"'],
  );
});

const REFUSED: [why: string, asked: unknown, status: number, message: RegExp, change?: Partial<SignerPolicy>][] = [
  ['unknown parameter', { ...ASKED, eval: 'x' }, 403, /"eval" is not allowed/],
  ['never-signed parameter', { ...ASKED, api_key: '1' }, 403, /"api_key" is not allowed/],
  ['name made of two', { ...ASKED, 'tags&eval': 'x' }, 403, /not allowed/],
  ['__proto__', '{"__proto__":"x"}', 403, /"__proto__" is not allowed/],
  ['another fixed value', { ...ASKED, overwrite: true }, 403, /"overwrite" must be sent as "false"/],
  ['folder elsewhere', { folder: 'users/43' }, 403, /Folder "users\/43" is not allowed/],
  ['folder with the same beginning', { folder: 'users/420' }, 403, /not allowed/],
  ['folder upwards', { folder: 'users/42/../43' }, 400, /not a plain path/],
  ['public id upwards', { folder: 'users/42', public_id: '../43/x' }, 400, /not a plain path/],
  ['public id elsewhere', { public_id: 'users/43/x' }, 403, /Folder "users\/43" is not allowed/],
  ['public id at the root', { public_id: 'x' }, 403, /Folder "" is not allowed/],
  ['no folder', { tags: 'a' }, 403, /A folder must be given/],
  ['format', { ...ASKED, allowed_formats: 'png,svg' }, 403, /Format "svg" is not allowed/],
  ['timestamp ahead', { ...ASKED, timestamp: NOW + 61 }, 400, /too late/],
  ['timestamp in milliseconds', { ...ASKED, timestamp: NOW * 1000 }, 400, /Expected timestamp in Unix seconds/],
  ['timestamp old', { ...ASKED, timestamp: NOW - 3600 }, 400, /more than one hour old/],
  ['timestamp later than the policy signs', { ...ASKED, timestamp: NOW }, 400, /good for 600 seconds/, { maxAge: 600 }],
  ['& under version 1', { ...ASKED, tags: 'a&eval=x' }, 400, /without "&"/, { version: 1 }],
  ['an object as value', { ...ASKED, tags: { a: 1 } }, 400, /Expected text/],
  ['no object', '[1]', 400, /Expected a JSON object/],
  ['no JSON', '{', 400, /Expected a JSON object/],
  ['paramsToSign is text', { paramsToSign: 'x' }, 400, /paramsToSign as an object/],
  [
    'widget without timestamp',
    { paramsToSign: { folder: 'users/42' } },
    400,
    /Expected timestamp/,
    { fixed: {}, formats: undefined } as Partial<SignerPolicy>,
  ],
  ['too long', { tags: 'x'.repeat(20_000) }, 413, /at most 16384 bytes/],
  ['not authorized', ASKED, 403, /Not allowed to upload/, { authorize: () => false }],
];

for (const [why, asked, status, message, change] of REFUSED) {
  test(`refuses: ${why}`, async () => {
    const found = await ask(post(asked), change);
    assert.equal(found.status, status);
    assert.match(found.body.error!.message, message);
    assert.equal(found.body.signature, undefined);
  });
}

test('refuses other methods and content types', async () => {
  assert.equal((await ask(new Request('https://site.example/sign'))).status, 405);
  assert.equal((await ask(post('x', { 'content-type': 'text/plain' }))).status, 415);
});

test('a shorter life is an earlier timestamp', async () => {
  const { body } = await ask(post(ASKED), { maxAge: 600 });
  assert.equal(body.timestamp, NOW - 3000);
  assert.ok(verifyUpload(body.params, body.signature, SECRET, { now: NOW + 600 }).ok);
  assert.ok(!verifyUpload(body.params, body.signature, SECRET, { now: NOW + 601 }).ok);
});

test('hooks: authorize sees the parameters and may answer itself, the folder rule may be a function', async () => {
  const seen: unknown[] = [];
  const authorize = (_: Request, params: object) => seen.push(params) > 0;
  assert.equal(
    (await ask(post(ASKED), { authorize, folder: async (folder) => folder.startsWith('users/') })).status,
    200,
  );
  assert.deepEqual(seen, [{ folder: 'users/42', tags: 'a,b' }]);
  const own = await ask(post(ASKED), {
    authorize: () => Response.json({ error: { message: 'log in' } }, { status: 401 }),
  });
  assert.deepEqual([own.status, own.body.error?.message], [401, 'log in']);
});

test('origins', async () => {
  const from = (origin: string, method = 'POST') =>
    new Request('https://site.example/sign', {
      method,
      headers: { origin, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: JSON.stringify(ASKED) }),
    });
  const origins = ['https://shop.example'];
  assert.equal((await ask(from('https://site.example'))).status, 200);
  assert.equal((await ask(from('https://evil.example'))).status, 403);
  assert.equal((await ask(from('https://evil.example'), { origins })).status, 403);
  const allowed = await ask(from('https://shop.example'), { origins });
  assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, 'https://shop.example']);
  const preflight = await ask(from('https://shop.example', 'OPTIONS'), { origins });
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-methods')], [204, 'POST, OPTIONS']);
  assert.equal(
    (await ask(from('https://any.example'), { origins: '*' })).headers.get('access-control-allow-origin'),
    '*',
  );
});

test('a policy that cannot work is refused at once', () => {
  assert.throws(() => createSigner({ ...POLICY, apiSecret: '' }), /apiSecret/);
  assert.throws(() => createSigner({ ...POLICY, maxAge: 7200 }), /maxAge/);
  assert.throws(() => createSigner({ ...POLICY, allowed: ['file'] }), /received file/);
});

test('runs on Node’s http, also behind a body parser', async () => {
  const handler = toNodeHandler(createSigner(POLICY));
  const broken = toNodeHandler(async () => {
    throw new Error(SECRET);
  });
  const server = createServer(async (request, response) => {
    if (request.url === '/broken') return broken(request, response);
    if (request.url === '/parsed') {
      const chunks = await request.toArray();
      Object.assign(request, { body: JSON.parse(Buffer.concat(chunks).toString()) });
    }
    return handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const send = (path: string, body: unknown) =>
      fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    for (const path of ['/sign', '/parsed', '//evil/x']) {
      const response = await send(path, ASKED);
      const answer = (await response.json()) as SignerAnswer;
      assert.equal(response.status, 200, path);
      assert.ok(verifyUpload(answer.params, answer.signature, SECRET, { now: NOW }).ok);
    }
    assert.equal((await send('/sign', { eval: 'x' })).status, 403);
    assert.equal((await send('/sign', { tags: 'x'.repeat(100_000) })).status, 413);
    const failed = await send('/broken', {});
    assert.deepEqual([failed.status, await failed.json()], [500, { error: { message: 'Internal error' } }]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
