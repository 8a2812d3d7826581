import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSignet, type TestSignet } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'testkit-test-'));
const pixel = join(folder, 'pixel.png');
writeFileSync(
  pixel,
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);
// Data folders of this file alone: other tests may run at the same time.
const folders = mkdtempSync(join(tmpdir(), 'testkit-folders-'));
process.env.TMPDIR = folders;
const bodies: string[] = [];
const hook = createServer(async (request, response) => {
  bodies.push(await text(request));
  response.end();
});
let hookUrl: string;
let signet: TestSignet;
let cloudinary: typeof import('cloudinary').v2;

before(async () => {
  const start = performance.now();
  signet = await startSignet();
  const took = performance.now() - start;
  assert.ok(took < 5000, `ready after ${took} ms`);
  process.env.CLOUDINARY_URL = signet.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
});
afterEach(() => signet.faults.clear());
after(async () => {
  await signet.stop();
  hook.close();
  rmSync(folder, { recursive: true });
  rmSync(folders, { recursive: true });
});

test('uploads are real and are listed', async () => {
  const asset = await cloudinary.uploader.upload(pixel, { public_id: 'kit/one', tags: ['x'] });
  assert.ok(asset.secure_url.startsWith(signet.url));
  assert.equal((await fetch(asset.secure_url)).headers.get('content-type'), 'image/png');
  assert.deepEqual(
    signet.uploads.map(({ publicId, resourceType, tags }) => [publicId, resourceType, tags]),
    [['kit/one', 'image', ['x']]],
  );
});

test('a rate limit is over after as many calls as were asked for', async () => {
  signet.faults.rateLimit({ times: 1 });
  await assert.rejects(cloudinary.api.ping(), (thrown: { error: { http_code: number } }) => {
    assert.equal(thrown.error.http_code, 420);
    return true;
  });
  assert.equal((await cloudinary.api.ping()).status, 'ok');
  signet.faults.rateLimit({ status: 429, times: 1, path: '/usage' });
  assert.equal((await cloudinary.api.ping()).status, 'ok');
  const answer = await fetch(`${signet.url}/v1_1/${signet.cloudName}/usage`);
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '1']);
});

test('a lost chunk breaks the upload off; the next try goes through', async () => {
  const large = join(folder, 'large.bin');
  writeFileSync(large, randomBytes(11_000_000));
  const send = () =>
    new Promise<{ bytes: number }>((resolve, reject) => {
      const done = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result as { bytes: number }));
      cloudinary.uploader.upload_large(large, { resource_type: 'raw', chunk_size: 6_000_000 }, done);
    });
  signet.faults.loseChunk({ chunk: 2 });
  await assert.rejects(send());
  assert.equal((await send()).bytes, 11_000_000);
});

test('slow rendering takes longer, and only that', async () => {
  signet.faults.slowRendering(400);
  const start = performance.now();
  await cloudinary.uploader.upload(pixel, { public_id: 'kit/slow', eager: [{ width: 10, crop: 'scale' }] });
  assert.ok(performance.now() - start >= 390);
});

test('a webhook comes twice, with the same body', async () => {
  signet.faults.repeatWebhooks(2);
  bodies.length = 0;
  await cloudinary.uploader.upload(pixel, { public_id: 'kit/twice', notification_url: hookUrl });
  await signet.settled();
  assert.equal(bodies.length, 2);
  assert.equal(bodies[0], bodies[1]);
});

test('a delayed webhook waits for the server’s clock', async () => {
  signet.faults.delayWebhooks(60_000);
  bodies.length = 0;
  await cloudinary.uploader.upload(pixel, { public_id: 'kit/delayed', notification_url: hookUrl });
  await signet.settled();
  assert.equal(bodies.length, 0);
  signet.clock.advance(61_000);
  await signet.settled();
  assert.equal(bodies.length, 1);
});

const dataFolders = (): string[] => readdirSync(folders);

test('a frozen clock stands still, several servers live side by side, and stop leaves nothing', async () => {
  const now = Date.now() - 60_000;
  const known = new Set(dataFolders());
  let own: string[] = [];
  {
    await using other = await startSignet({ now, account: 'cloudinary://key:secret@mine' });
    own = dataFolders().filter((name) => !known.has(name));
    assert.deepEqual([other.cloudName, other.apiKey, other.apiSecret], ['mine', 'key', 'secret']);
    assert.equal(other.clock.now(), now);
    const form = new FormData();
    form.append('file', 'data:text/plain,hello');
    const answer = await fetch(`${other.url}/v1_1/mine/raw/upload`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Basic ${Buffer.from('key:secret').toString('base64')}` },
    });
    const { version } = (await answer.json()) as { version: number };
    assert.equal(version, Math.floor(now / 1000));
    await other.stop();
    await assert.rejects(fetch(other.url));
  }
  assert.equal(own.length, 1);
  assert.ok(!dataFolders().includes(own[0]!));
});

test('a wrong dial is refused', () => {
  assert.throws(() => signet.faults.repeatWebhooks(0), /Expected times to be a whole number of at least 1/);
});

test('a process that started, used and stopped a server ends by itself, and no file is left', async (t) => {
  const own = mkdtempSync(join(folder, 'own-'));
  const program = fileURLToPath(new URL('leaks.fixture.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { PATH: process.env.PATH, TMPDIR: own },
    timeout: 60_000,
  });
  const { ready, tags, left, files } = JSON.parse(stdout) as Record<string, unknown>;
  t.diagnostic(`ready in ${Math.round(Number(ready))} ms`);
  assert.deepEqual([tags, left, files], [['script'], [], []]);
});
