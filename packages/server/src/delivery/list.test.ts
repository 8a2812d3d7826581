import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { loadConfig, type RunningServer, startServer } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-list-'));
const servers: RunningServer[] = [];
let cloudinary: typeof import('cloudinary').v2;

const start = async (flags: Record<string, unknown>): Promise<RunningServer> => {
  const server = await startServer({
    config: loadConfig({ flags: { port: 0, data: join(folder, 'data'), 'log-level': 'silent', ...flags } }),
  });
  servers.push(server);
  return server;
};
const get = (server: RunningServer, path: string) => fetch(`${server.url}/${server.account.cloud.name}/${path}`);

let server: RunningServer;
before(async () => {
  server = await start({});
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  const photo = await sharp({
    create: {
      width: 800,
      height: 500,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg()
    .toBuffer();
  const uri = `data:image/jpeg;base64,${photo.toString('base64')}`;
  for (const public_id of ['one', 'two.v2', 'with.dot'])
    await cloudinary.uploader.upload(uri, { public_id, tags: ['my tag', 'x'], context: { alt: 'A' } });
  await cloudinary.uploader.upload(uri, { public_id: 'hidden', type: 'private', tags: ['x'] });
  await cloudinary.uploader.upload('data:text/plain;base64,YQ==', {
    public_id: 'a.txt',
    resource_type: 'raw',
    tags: ['x'],
  });
});
after(async () => {
  for (const one of servers) await one.close();
  await rm(folder, { recursive: true, force: true });
});

test('lists are restricted until the URL is signed', async () => {
  assert.equal((await get(server, 'image/list/x.json')).status, 401);
  assert.equal((await get(server, 'image/list/s--AAAAAAAA--/x.json')).status, 401);
  const url = cloudinary
    .url('my tag.json', { type: 'list', sign_url: true, secure: false })
    .replace(/^https?:\/\/[^/]+\/[^/]+/, '')
    .slice(1);
  const response = await get(server, url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('cache-control'), 'public, max-age=60');
  const { resources, updated_at } = (await response.json()) as {
    resources: Record<string, unknown>[];
    updated_at: string;
  };
  assert.deepEqual(
    resources.map(({ public_id }) => public_id),
    ['with.dot', 'two.v2', 'one'],
  );
  assert.match(updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const { version, created_at, ...rest } = resources[2]!;
  assert.deepEqual(rest, {
    public_id: 'one',
    format: 'jpg',
    width: 800,
    height: 500,
    type: 'upload',
    context: { custom: { alt: 'A' } },
  });
  assert.ok(Number.isInteger(version) && typeof created_at === 'string');
});

test('the operator opens lists; `any` mixes types; private assets are not named', async () => {
  const [first] = servers;
  await first!.close();
  servers.shift();
  server = await start({ 'restricted-types': '' });
  const list = async (path: string) =>
    ((await (await get(server, path)).json()) as { resources: { public_id: string; resource_type?: string }[] })
      .resources;
  assert.deepEqual(
    (await list('any/list/v12/x.json')).map(({ public_id, resource_type }) => `${resource_type}/${public_id}`),
    ['raw/a.txt', 'image/with.dot', 'image/two.v2', 'image/one'],
  );
  assert.equal((await list('image/list/x.json')).length, 3);
  assert.deepEqual(await list('video/list/x.json'), []);
});

test('w_auto:breakpoints:json answers widths, widest first', async () => {
  const widths = async (path: string): Promise<number[]> => {
    const response = await get(server, path);
    assert.equal(response.status, 200, response.headers.get('x-cld-error') ?? '');
    assert.match(response.headers.get('content-type')!, /^application\/json/);
    return ((await response.json()) as { breakpoints: number[] }).breakpoints;
  };
  const found = await widths('image/upload/w_auto:breakpoints_200_600_5_4:json/one.jpg');
  assert.ok(found.length > 2 && found.length <= 4, String(found));
  assert.deepEqual([found[0], found.at(-1)], [600, 200]);
  assert.deepEqual(
    [...found].sort((a, b) => b - a),
    found,
  );
  assert.ok((await widths('image/upload/c_fill,ar_1,w_auto:breakpoints:json/e_sepia/v1/one.jpg'))[0]! <= 800);
  assert.equal((await get(server, 'image/upload/w_auto:breakpoints:json/nothing.jpg')).status, 404);
});

test('dots in public IDs, suffixes for search engines, and what is no delivery path', async () => {
  for (const path of [
    'image/upload/with.dot.jpg',
    'image/upload/with.dot',
    'images/one/a-name.jpg',
    'images/w_20/one/a-name.webp',
    'iu/one.jpg',
    'one.jpg',
  ])
    assert.equal((await get(server, path)).status, 200, path);
  assert.equal((await get(server, 'image/nope/one.jpg')).status, 404);
  assert.equal((await get(server, 'files/a.txt/name')).status, 200);
});
