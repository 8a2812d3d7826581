import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signUpload, unixNow } from '@signet/signing';
import sharp from 'sharp';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';

const data = mkdtempSync(join(tmpdir(), 'signet-improve-'));
let server: RunningServer;
let url: string;
const get = (headers: Record<string, string> = {}) => fetch(url, { headers });

before(async () => {
  server = await startServer({
    config: loadConfig({ flags: { ...(await catalogFlags()), port: 0, data, 'log-level': 'silent' } }),
  });
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const picture = await sharp({ create: { width: 200, height: 150, channels: 3, background: '#888', noise } })
    .resize(800, 600)
    .jpeg()
    .toBuffer();
  const { cloud, key } = server.account;
  const { params } = signUpload({ public_id: 'photo', timestamp: unixNow() }, key.api_secret);
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...params, api_key: key.api_key })) form.set(name, String(value));
  form.set('file', new Blob([new Uint8Array(picture)]), 'photo.jpg');
  const response = await fetch(`${server.url}/v1_1/${cloud.name}/image/upload`, { method: 'POST', body: form });
  assert.equal(response.status, 200, await response.text());
  url = `${server.url}/${cloud.name}/image/upload/w_400/photo.avif`;
});
after(async () => {
  await server.close();
  await rm(data, { recursive: true });
});

test('an AVIF is answered from the fast encoder, says so, and is replaced once by the thorough one', async () => {
  const fast = await get();
  const fastTag = fast.headers.get('etag')!;
  const fastBytes = (await fast.arrayBuffer()).byteLength;
  assert.equal(fast.headers.get('x-signet-quality'), 'fast');
  assert.equal(fast.headers.get('cache-control'), 'public, no-transform, max-age=60');
  assert.equal((await get({ 'If-None-Match': fastTag })).status, 304, 'until then the quick one is current');

  let best = fast;
  for (let n = 0; best.status !== 200 || best === fast; n++) {
    assert.ok(n < 200, 'a better one within 20 seconds');
    await sleep(100);
    best = await get({ 'If-None-Match': fastTag });
  }
  assert.equal(best.headers.get('x-signet-quality'), null);
  assert.match(best.headers.get('cache-control')!, /immutable/);
  const bestTag = best.headers.get('etag')!;
  assert.notEqual(bestTag, fastTag);
  const bytes = Buffer.from(await best.arrayBuffer());
  assert.ok(bytes.length < fastBytes, `${bytes.length} < ${fastBytes}`);
  assert.deepEqual((({ width, height }) => [width, height])(await sharp(bytes).metadata()), [400, 300]);

  await sleep(1500);
  assert.equal((await get({ 'If-None-Match': bestTag })).status, 304, 'it stays as it is');
});
