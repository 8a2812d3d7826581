import assert from 'node:assert/strict';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { catalogFlags } from '../../catalog/back-ends.fixture.ts';
import { type Composition, compose } from '../../compose.ts';
import { loadConfig } from '../../config.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';
import { createServer } from '../server.ts';

const folder = temporaryFolder('hot');
let composition: Composition;
let server: Awaited<ReturnType<typeof createServer>>;
let cloudinary: typeof import('cloudinary').v2;
let port: number;
/** URLs that reached Fastify: what is not among them went the short way. */
let routed: string[] = [];

const picture = async (name: string, background: string): Promise<string> => {
  const path = join(folder, `${name}.png`);
  await sharp({ create: { width: 320, height: 200, channels: 3, background } })
    .png()
    .toFile(path);
  return path;
};
let red: string;
let blue: string;

before(async () => {
  [red, blue] = await Promise.all([picture('red', '#f00'), picture('blue', '#00f')]);
  composition = await compose({
    config: loadConfig({
      flags: { ...(await catalogFlags()), port: 0, data: join(folder, 'data'), 'log-level': 'silent' },
    }),
  });
  const { app } = composition;
  const { key } = await app.accounts.ensure('', 'dynamic');
  server = await createServer(app);
  server.addHook('onRequest', async ({ raw }) => {
    routed.push(raw.url!);
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.server.address() as AddressInfo);
  process.env.CLOUDINARY_URL = `cloudinary://${key.api_key}:${key.api_secret}@demo?upload_prefix=http://127.0.0.1:${port}`;
  ({ v2: cloudinary } = await import('cloudinary'));
});
beforeEach(() => {
  routed = [];
});
after(async () => {
  await server.close();
  await composition.close();
});

const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${port}/demo/image/upload/${path}`, init);
  const { status, headers } = response;
  return { status, headers, body: Buffer.from(await response.arrayBuffer()) };
};
const isRed = async (body: Buffer): Promise<boolean> => (await sharp(body).stats()).dominant.r > 128;

/** Uploads and asks until the answer is kept. */
async function warm(path: string, init?: RequestInit) {
  await get(path, init);
  const first = await get(path, init);
  // Where the catalog is another process, an answer is kept when that has confirmed it: a moment after it was sent.
  if (composition.app.catalog.shared) await pause(30);
  routed = [];
  const second = await get(path, init);
  assert.deepEqual(routed, [], `${path} is answered the short way`);
  return { first, second };
}

const compared = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    [...headers].filter(([name]) => !/^(?:date|x-request-id|server-timing|connection|keep-alive)$/.test(name)),
  );

test('the short way answers what the route answers', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'same', headers: 'X-Robots-Tag: noindex' });
  const routedAnswer = await get('c_fill,h_40,w_60/same.webp');
  const { second } = await warm('c_fill,h_40,w_60/same.webp');
  assert.equal(second.headers.get('x-robots-tag'), 'noindex');
  assert.deepEqual(compared(second.headers), compared(routedAnswer.headers));
  assert.deepEqual(second.body, routedAnswer.body);
  const { second: third } = await warm('c_fill,h_40,w_60/same.webp');
  assert.match(third.headers.get('x-request-id')!, /^[0-9a-f]{32}$/);
  assert.notEqual(third.headers.get('x-request-id'), second.headers.get('x-request-id'));
});

test('HEAD, ranges and conditions keep their meaning', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'conditions' });
  const path = 'w_50/conditions.webp';
  const { second } = await warm(path);
  const head = await get(path, { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.deepEqual(compared(head.headers), compared(second.headers));
  const range = await get(path, { headers: { range: 'bytes=2-5' } });
  assert.deepEqual([range.status, range.body], [206, second.body.subarray(2, 6)]);
  for (const [condition, value] of [
    ['if-none-match', second.headers.get('etag')!],
    ['if-modified-since', second.headers.get('last-modified')!],
  ] as const) {
    const conditional = await get(path, { headers: { [condition]: value } });
    assert.deepEqual([conditional.status, conditional.body.length], [304, 0]);
  }
});

test('what changes an asset changes the next answer', async () => {
  const cases: [change: string, work: (id: string) => Promise<unknown>, status: number][] = [
    ['overwrite', (id) => cloudinary.uploader.upload(blue, { public_id: id }), 200],
    ['destroy', (id) => cloudinary.uploader.destroy(id), 404],
    ['rename', (id) => cloudinary.uploader.rename(id, `${id}-2`), 404],
    [
      'access control',
      (id) => cloudinary.api.update(id, { access_control: [{ access_type: 'token' }] } as object),
      401,
    ],
    ['access mode', (id) => cloudinary.api.update_resources_access_mode_by_ids('authenticated', [id]), 401],
    ['rejected', (id) => cloudinary.api.update(id, { moderation_status: 'rejected' }), 404],
    ['headers', (id) => cloudinary.uploader.explicit(id, { type: 'upload', headers: 'X-Robots-Tag: none' }), 200],
  ];
  for (const [change, work, status] of cases) {
    const id = `change-${change.replace(' ', '-')}`;
    await cloudinary.uploader.upload(red, {
      public_id: id,
      ...(change === 'rejected' ? { moderation: 'manual' } : {}),
    });
    if (change === 'rejected') await cloudinary.api.update(id, { moderation_status: 'approved' });
    const path = `w_50/${id}.webp`;
    const { second } = await warm(path);
    assert.ok(await isRed(second.body));
    await work(id);
    const changed = await get(path);
    assert.equal(changed.status, status, change);
    if (change === 'overwrite') assert.equal(await isRed(changed.body), false, change);
    if (change === 'headers') assert.equal(changed.headers.get('x-robots-tag'), 'none');
  }
});

test('an asset whose public ID is the whole name takes the place of the shorter one', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'dotted.v2' });
  const path = 'w_50/dotted.v2';
  const { second } = await warm(path);
  assert.ok(await isRed(second.body));
  await cloudinary.uploader.upload(blue, { public_id: 'dotted' });
  routed = [];
  await get(path);
  assert.equal(routed.length, 1, 'what was kept is not answered any more');
});

test('writes to other assets do not send a hit the long way', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'still' });
  await warm('w_50/still.webp');
  await cloudinary.uploader.upload(blue, { public_id: 'another' });
  routed = [];
  assert.equal((await get('w_50/still.webp')).status, 200);
  assert.deepEqual(routed, []);
});

test('a signed URL ends with its key', async () => {
  const { app } = composition;
  await cloudinary.uploader.upload(red, { public_id: 'keyed' });
  const url = new URL(cloudinary.url('keyed.webp', { width: 50, crop: 'scale', sign_url: true, secure: false }));
  const path = url.pathname.replace('/demo/image/upload/', '');
  await warm(path);
  const set = (enabled: 0 | 1) => app.catalog.db.updateTable('api_keys').set({ enabled }).execute();
  await set(0);
  app.accounts.forget();
  assert.equal((await get(path)).status, 401);
  await set(1);
  app.accounts.forget();
  assert.equal((await get(path)).status, 200);
});

test('named transformations, layers and placeholders always go the long way', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'depends' });
  await cloudinary.api.create_transformation('hot', { width: 50, crop: 'scale' });
  routed = [];
  for (const path of ['t_hot/depends.webp', 'l_depends,w_20/depends.webp', 'd_depends.png/w_50/gone.webp']) {
    for (let n = 0; n < 3; n++) await get(path);
    assert.equal(routed.splice(0).length, 3, path);
  }
});

test('what the answer varies by is told apart', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'varies' });
  const path = 'f_auto,w_50/varies';
  for (const [accept, isWebp] of [
    ['image/webp,*/*', true],
    ['image/png', false],
    ['image/webp,*/*', true],
  ] as const) {
    const { second } = await warm(path, { headers: { accept } });
    assert.equal(second.headers.get('content-type') === 'image/webp', isWebp, accept);
  }
});

test('every answer is counted', async () => {
  const { app } = composition;
  await cloudinary.uploader.upload(red, { public_id: 'counted' });
  const amounts = async () => {
    await app.counters.flush();
    const rows = await app.catalog.db.selectFrom('counters').select(['name', 'amount']).execute();
    return Object.fromEntries(rows.map(({ name, amount }) => [name, amount])) as Record<string, number>;
  };
  const { second } = await warm('w_50/counted.webp');
  const earlier = await amounts();
  for (let n = 0; n < 10; n++) await get('w_50/counted.webp');
  const later = await amounts();
  assert.equal(later.requests! - earlier.requests!, 10);
  assert.equal(later.bandwidth! - earlier.bandwidth!, 10 * second.body.length);
});

const open = async (): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};
const line = (path: string, version = '1.1', more = ''): string =>
  `GET /demo/image/upload/${path} HTTP/${version}\r\nHost: x\r\n${more}\r\n`;

test('HTTP/1.0 is answered once and hung up on', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'old' });
  const { second } = await warm('w_50/old.webp');
  const socket = await open();
  socket.write(line('w_50/old.webp', '1.0'));
  const all = await buffer(socket);
  assert.deepEqual(all.subarray(-second.body.length), second.body);
  assert.match(all.toString('latin1'), /^HTTP\/1\.1 200 OK\r\n/);
});

test('pipelined requests are answered in order, the short and the long way mixed', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'order' });
  await warm('w_50/order.webp');
  const socket = await open();
  socket.write(
    line('w_50/order.webp') +
      line('w_50/no-such-asset.webp') +
      line('w_50/order.webp') +
      line('w_51/order.webp') +
      line('w_50/order.webp', '1.1', 'Connection: close\r\n'),
  );
  const answers = (await buffer(socket)).toString('latin1').match(/HTTP\/1\.1 \d+ /g);
  assert.deepEqual(
    answers,
    ['200', '404', '200', '200', '200'].map((status) => `HTTP/1.1 ${status} `),
  );
});

test('a reader that is slow gets everything; one that leaves disturbs nobody', async () => {
  await cloudinary.uploader.upload(red, { public_id: 'slow' });
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const detailed = join(folder, 'noise.png');
  await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888', noise } })
    .png()
    .toFile(detailed);
  await cloudinary.uploader.upload(detailed, { public_id: 'slow' });
  const path = 'q_100,w_299/slow.jpg';
  const { second } = await warm(path);
  assert.ok(second.body.length > 50_000);
  const leaving = await open();
  leaving.write(line(path).repeat(500));
  await new Promise((resolve) => setTimeout(resolve, 20));
  leaving.destroy();
  const slow = await open();
  slow.pause();
  slow.write(line(path).repeat(199) + line(path, '1.1', 'Connection: close\r\n'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await get(path)).status, 200);
  const all = await buffer(slow);
  assert.equal(all.toString('latin1').split('HTTP/1.1 200 OK\r\n').length - 1, 200);
  assert.ok(all.length > 200 * second.body.length);
});
