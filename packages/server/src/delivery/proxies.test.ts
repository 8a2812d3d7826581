import assert from 'node:assert/strict';
import { globSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signUpload, unixNow } from '@signet/signing';
import sharp from 'sharp';
import { loadConfig, type RunningServer, startServer } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-proxies-'));
const data = join(folder, 'data');
let server: RunningServer;
const start = async (flags: Record<string, unknown> = {}): Promise<void> => {
  server = await startServer({ config: loadConfig({ flags: { port: 0, data, 'log-level': 'silent', ...flags } }) });
};
const restart = async (flags?: Record<string, unknown>): Promise<void> => {
  await server.close();
  await rm(join(data, 'derived'), { recursive: true });
  await start(flags);
};
const proxies = (): string[] => globSync('proxies/*/*', { cwd: data });
const get = async (transformation: string): Promise<Buffer> => {
  const response = await fetch(`${server.url}/${server.account.cloud.name}/image/upload/${transformation}/large.webp`);
  assert.equal(response.status, 200, response.headers.get('x-cld-error') ?? '');
  return Buffer.from(await response.arrayBuffer());
};

before(async () => {
  await start();
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const picture = await sharp({ create: { width: 300, height: 225, channels: 3, background: '#888', noise } })
    .resize(2400, 1800)
    .jpeg()
    .toBuffer();
  const { account } = server;
  const { params } = signUpload({ public_id: 'large', timestamp: unixNow() }, account.key.api_secret);
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...params, api_key: account.key.api_key }))
    form.set(name, String(value));
  form.set('file', new Blob([new Uint8Array(picture)]), 'large.jpg');
  const response = await fetch(`${server.url}/v1_1/${account.cloud.name}/image/upload`, { method: 'POST', body: form });
  assert.equal(response.status, 200, await response.text());
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

test('the first small results make one proxy together, a large one none', async () => {
  await get('w_1200');
  assert.deepEqual(proxies(), []);
  await Promise.all(['w_200', 'w_300', 'c_fill,w_100,h_100'].map(get));
  assert.equal(proxies().length, 1);
});

test('a result has the same bytes when it is made again, whether its proxy is still there or not', async () => {
  const first = await get('w_240');
  await restart();
  assert.deepEqual(await get('w_240'), first);
  await rm(join(data, 'proxies'), { recursive: true });
  await restart();
  assert.deepEqual(await get('w_240'), first);
  assert.equal(proxies().length, 1);
});

test('none is made with a budget of 0', async () => {
  await rm(join(data, 'proxies'), { recursive: true });
  await restart({ 'proxy-bytes': 0 });
  assert.equal((await sharp(await get('w_200')).metadata()).width, 200);
  assert.deepEqual(proxies(), []);
});
