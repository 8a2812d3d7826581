import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';

const run = promisify(execFile);
const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const CHROMIUM = [
  process.env.SIGNET_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));

let server: SignetServer;
let folder: string;
let photo: string;

before(async () => {
  server = await startSignet();
  folder = await mkdtemp(join(tmpdir(), 'signet-examples-'));
  photo = join(folder, 'photo.jpg');
  await sharp({
    create: {
      width: 640,
      height: 480,
      channels: 3,
      background: '#246',
      noise: { type: 'gaussian', mean: 128, sigma: 20 },
    },
  })
    .jpeg()
    .toFile(photo);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({ ...process.env, CLOUDINARY_URL: server.cloudinaryUrl, PORT: '0' });

/** Starts a small server of an example and answers the address of its first line. */
async function serve(script: string): Promise<{ url: string; stop(): void }> {
  const child = spawn(process.execPath, [script], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url: /http:\/\/\S+/.exec(line)![0], stop: () => child.kill() };
}

test('upload with the SDK', async () => {
  const { stdout } = await run(process.execPath, [join(examples, 'upload-with-the-sdk/upload.mjs'), photo], {
    env: environment(),
  });
  assert.match(stdout, /uploaded examples\/\w+: 640×480, \d+ bytes/);
  assert.match(stdout, /1 asset\(s\) with the tag example/);
  const eager = await fetch(/eager: (\S+)/.exec(stdout)![1]!);
  const { width, height } = await sharp(Buffer.from(await eager.arrayBuffer())).metadata();
  assert.deepEqual([width, height], [300, 200]);
  const built = await fetch(/url: (\S+)/.exec(stdout)![1]!, { headers: { accept: 'image/webp' } });
  assert.equal(built.status, 200, built.headers.get('x-cld-error') ?? '');
  assert.equal(built.headers.get('content-type'), 'image/webp');
});

test('upload with cURL', async () => {
  const { stdout } = await run('sh', [join(examples, 'upload-with-curl/upload.sh'), photo, 'from/curl'], {
    env: environment(),
  });
  const asset = JSON.parse(stdout) as { public_id: string; url: string };
  assert.equal(asset.public_id, 'from/curl');
  assert.equal((await fetch(asset.url)).status, 200);
});

test('the signer behind Fastify signs what its policy allows, and nothing else', async (t) => {
  const site = await serve(join(examples, 'upload-from-a-browser/fastify.mjs'));
  t.after(site.stop);
  const ask = (body: unknown) =>
    fetch(site.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const { params, signature, api_key } = (await (await ask({ tags: 'a' })).json()) as {
    params: Record<string, string>;
    signature: string;
    api_key: string;
  };
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...params, signature, api_key })) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(await sharp(photo).resize(20).png().toBuffer())]), 'x.png');
  const asset = (await (
    await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, { method: 'POST', body: form })
  ).json()) as { tags: string[]; public_id: string };
  assert.deepEqual(asset.tags, ['a']);
  assert.match(asset.public_id, /^visitors\//);
  assert.equal((await ask({ eager: 'w_5000' })).status, 403);
});

const withoutChromium = CHROMIUM === undefined && 'no Chromium on this machine';
const launch = () =>
  chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

test('upload from a browser, signed by the site', { skip: withoutChromium }, async (t) => {
  const site = await serve(join(examples, 'upload-from-a-browser/server.mjs'));
  t.after(site.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(site.url);
  await page.getByLabel('Picture').setInputFiles(photo);
  await page
    .getByRole('status')
    .filter({ hasText: /Uploaded visitors\// })
    .waitFor({ timeout: 15_000 });
  const picture = page.locator('img');
  await picture.waitFor();
  await page.waitForFunction(() => (document.querySelector('img') as HTMLImageElement).naturalWidth === 200);
});

test('the upload widget on a site, without signature and signed', { skip: withoutChromium }, async (t) => {
  const preset = { name: 'site', unsigned: true, folder: 'visitors' };
  const made = await fetch(`${server.url}/v1_1/${server.cloud}/upload_presets`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`,
    },
    body: JSON.stringify(preset),
  });
  assert.equal(made.status, 200, await made.text());
  const site = await serve(join(examples, 'upload-widget/server.mjs'));
  t.after(site.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(site.url);
  for (const [button, folder] of [
    ['As a visitor', 'visitors'],
    ['As a member', 'members'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    await page.locator('input[type=file]').setInputFiles(photo);
    await page
      .getByRole('status')
      .filter({ hasText: `Uploaded ${folder}/` })
      .waitFor();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
  }
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('#pictures img')].every(({ naturalWidth }) => naturalWidth > 0),
  );
  assert.equal(await page.locator('#pictures img').count(), 2);
});
