import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed, signedForm } from '../support/upload.ts';

type Json = Record<string, unknown>;
interface Received {
  readonly path: string;
  readonly raw: string;
  readonly body: Json;
  readonly headers: IncomingHttpHeaders;
}

const received: Received[] = [];
const hook = createServer(async (request, response) => {
  const raw = await text(request);
  received.push({ path: request.url ?? '', raw, body: JSON.parse(raw) as Json, headers: request.headers });
  response.end();
});
let server: SignetServer;
let url: string;
let png: Buffer;
let verify: (body: string, timestamp: number, signature: string, validFor?: number) => boolean;

before(async () => {
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`;
  server = await startSignet();
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  const { v2 } = await import('cloudinary');
  verify = v2.utils.verifyNotificationSignature as typeof verify;
  png = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
});
after(async () => {
  await server.stop();
  hook.close();
  hook.closeAllConnections();
});

const api = (path: string) => `${server.url}/v1_1/${server.cloud}${path}`;
const upload = async (params: Record<string, string>): Promise<Json> => {
  const answer = await fetch(api('/image/upload'), { method: 'POST', body: signedForm(server, params, png, 'x.png') });
  return (await answer.json()) as Json;
};
const call = async (path: string, params: Record<string, string>): Promise<Json> => {
  const body = new URLSearchParams(signed(server, params));
  return (await (await fetch(api(path), { method: 'POST', body })).json()) as Json;
};
const admin = async (path: string, method = 'GET'): Promise<Json> => {
  const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
  return (await (await fetch(api(path), { method, headers: { authorization } })).json()) as Json;
};
async function next(path: string, count = 1): Promise<Received> {
  for (let left = 200; left > 0; left--) {
    const found = received.filter((one) => one.path === path);
    if (found.length >= count) return found[count - 1]!;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Expected ${count} webhooks at ${path}`);
}
const check = ({ raw, headers }: Received): void => {
  const timestamp = Number(headers['x-cld-timestamp']);
  assert.ok(Math.abs(timestamp - Date.now() / 1000) < 30);
  assert.equal(verify(raw, timestamp, String(headers['x-cld-signature'])), true);
  assert.equal(verify(`${raw} `, timestamp, String(headers['x-cld-signature'])), false);
  assert.match(String(headers['content-type']), /^application\/json/);
};

test('an upload and its eager results are told to their own addresses, signed as the SDK verifies', async () => {
  const asset = await upload({
    public_id: 'hook/one',
    tags: 'a',
    eager: 'c_scale,w_4|c_scale,w_2/jpg',
    eager_async: 'true',
    notification_url: `${url}/upload?a=1&b=2`,
    eager_notification_url: `${url}/eager`,
  });
  const told = await next('/upload?a=1&b=2');
  check(told);
  const { notification_type, timestamp, request_id, notification_context, signature_key, ...fields } = told.body;
  assert.deepEqual([notification_type, signature_key], ['upload', server.apiKey]);
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
  assert.match(String(request_id), /^[0-9a-f]{32}$/);
  const { triggered_at, triggered_by } = notification_context as { triggered_at: string; triggered_by: Json };
  assert.match(triggered_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual(triggered_by, { source: 'api', id: server.apiKey });
  const { eager: _eager, signature: _signature, pages: _pages, ...same } = asset;
  assert.deepEqual(fields, same);

  const eager = await next('/eager');
  check(eager);
  assert.deepEqual([eager.body.notification_type, eager.body.public_id], ['eager', 'hook/one']);
  assert.deepEqual(
    (eager.body.eager as Json[]).map(({ transformation, width, format }) => [transformation, width, format]),
    [
      ['c_scale,w_4', 4, 'png'],
      ['c_scale,w_2/jpg', 2, 'jpg'],
    ],
  );
  assert.equal(eager.body.batch_id, (asset.eager as Json[])[0]!.batch_id);
});

test('every other operation tells of itself', async () => {
  await upload({ public_id: 'hook/two' });
  const renamed = await call('/image/rename', {
    from_public_id: 'hook/two',
    to_public_id: 'hook/three',
    notification_url: `${url}/rename`,
  });
  const rename = await next('/rename');
  check(rename);
  assert.deepEqual(
    [rename.body.notification_type, rename.body.from_public_id, rename.body.to_public_id, rename.body.asset_id],
    ['rename', 'hook/two', 'hook/three', renamed.asset_id],
  );
  await call('/image/destroy', { public_id: 'hook/three', notification_url: `${url}/destroy` });
  const gone = await next('/destroy');
  check(gone);
  assert.equal(gone.body.notification_type, 'delete');
  assert.equal((gone.body.resources as Json[])[0]!.public_id, 'hook/three');
  await upload({ public_id: 'hook/none', async: 'true', eager: 'w_1', notification_url: `${url}/async` });
  assert.equal((await next('/async')).body.public_id, 'hook/none');
  const form = signedForm(
    server,
    { async: 'true', notification_url: `${url}/broken` },
    Buffer.from('no image'),
    'x.png',
  );
  await fetch(api('/image/upload'), { method: 'POST', body: form });
  const jobs = await admin('/jobs?kind=upload');
  assert.ok((jobs.jobs as Json[]).length >= 2);
});

test('the delivery log lists what was sent, page by page, and sends it again', async () => {
  await upload({ public_id: 'hook/again', notification_url: `${url}/again` });
  const first = await next('/again');
  let deliveries: Json[] = [];
  for (let left = 100; left > 0 && deliveries[0]?.status !== 'delivered'; left--) {
    deliveries = (await admin('/webhook_deliveries?max_results=1')).deliveries as Json[];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [newest] = deliveries;
  assert.deepEqual(
    [newest!.url, newest!.status, newest!.attempts, newest!.response_status, newest!.notification_type],
    [`${url}/again`, 'delivered', 1, 200, 'upload'],
  );
  assert.deepEqual(newest!.payload, first.body);
  const page = await admin(`/webhook_deliveries?max_results=1&next_cursor=${newest!.id}`);
  assert.ok(Number((page.deliveries as Json[])[0]!.id) < Number(newest!.id));
  assert.equal((await admin(`/webhook_deliveries/${newest!.id}/replay`, 'POST')).message, 'ok');
  const second = await next('/again', 2);
  assert.equal(second.raw, first.raw);
  check(second);
  assert.match(JSON.stringify(await admin('/webhook_deliveries/999999/replay', 'POST')), /was not found/);
});
