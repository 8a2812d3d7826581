/** Tutorials whose `sh` blocks are run one after the other; the `text` block behind one is what it must print. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { installed } from '../../scripts/installed.ts';
import { createDatabase } from '../../scripts/postgres.ts';
import { launch, picture, WITHOUT_CHROMIUM } from '../browser/support.ts';
import { givenS3, startS3 } from '../support/s3.ts';
import { cleanEnvironment, MAIN, type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const run = promisify(execFile);
const page = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../docs/tutorials/${name}.md`, import.meta.url)), 'utf8');

let server: SignetServer;
let folder: string;

before(async () => {
  server = await startSignet();
});
after(() => server?.stop());

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({ language, text }));

/** `…` stands for anything, also over lines. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    expected
      .trimEnd()
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[\\s\\S]*?'),
  );

async function follow(name: string, extra: Readonly<Record<string, string>> = {}): Promise<readonly Block[]> {
  folder = await mkdtemp(join(tmpdir(), 'signet-tutorials-'));
  await sharp(await picture(1600, 1200)).toFile(join(folder, 'photo.jpg'));
  const blocks = blocksOf(await page(name));
  const env = cleanEnvironment({
    CLOUDINARY_URL: server.cloudinaryUrl,
    UPLOAD_PREFIX: server.url,
    XDG_STATE_HOME: join(folder, 'state'),
    NODE: process.execPath,
    MAIN,
    ...extra,
  });
  try {
    for (const [at, { language, text }] of blocks.entries()) {
      if (language !== 'sh') continue;
      const script = `signet() { "$NODE" "$MAIN" "$@"; }\n${text}`;
      const { stdout } = await run('bash', ['-euc', script], { cwd: folder, env, timeout: 60_000 });
      const next = blocks[at + 1];
      if (next?.language === 'text') assert.match(stdout, pattern(next.text), text);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return blocks;
}

test('upload from a browser without a signature', async (t) => {
  const blocks = await follow('upload-without-a-signature');
  if (WITHOUT_CHROMIUM) return t.diagnostic(`the page was not opened: ${WITHOUT_CHROMIUM}`);
  const html = blocks.find(({ language }) => language === 'html')!.text.replaceAll('http://127.0.0.1:4080', server.url);
  const site = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end(html));
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    site.close();
  });
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await tab.getByLabel('Picture').setInputFiles({
    name: 'a.jpg',
    mimeType: 'image/jpeg',
    buffer: await picture(300, 200),
  });
  await tab
    .getByRole('status')
    .filter({ hasText: /Thank you: http.*\/visitors\// })
    .waitFor({ timeout: 15_000 });
});

test('remove a background on upload', async () => {
  await follow('remove-a-background');
});

test('move an environment here', async (t) => {
  const old = await startSignet();
  t.after(() => old.stop());
  const fresh = await startSignet();
  t.after(() => fresh.stop());
  for (const id of ['one', 'two']) {
    const body = signedForm(old, { public_id: id }, await picture(60, 40), `${id}.jpg`);
    assert.equal((await fetch(`${old.url}/v1_1/${old.cloud}/image/upload`, { method: 'POST', body })).status, 200);
  }
  await follow('move-from-the-cloud', { OLD: old.cloudinaryUrl, CLOUDINARY_URL: fresh.cloudinaryUrl });
});

test('several servers', {
  skip: process.env.SIGNET_TEST_POSTGRES === undefined && 'SIGNET_TEST_POSTGRES is not set (`npm test` sets it)',
}, async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'signet-tutorials-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const SIGNET_CATALOG = await createDatabase(process.env.SIGNET_TEST_POSTGRES!);
  await mkdir(join(data, 'blobs'));
  const start = async (name: string): Promise<SignetServer> => {
    await mkdir(join(data, name));
    await symlink(join(data, 'blobs'), join(data, name, 'blobs'));
    const one = await startSignet({ data: join(data, name), env: { SIGNET_CATALOG } });
    t.after(() => one.kill());
    return one;
  };
  const [one, two] = await Promise.all([start('one'), start('two')]);
  await follow('several-servers', { ONE: one.cloudinaryUrl, TWO: two.cloudinaryUrl });
});

test('keep originals in S3', async (t) => {
  const s3 = givenS3() ?? (await startS3());
  t.after(async () => 'remove' in s3 && s3.remove());
  const data = await mkdtemp(join(tmpdir(), 'signet-tutorials-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const disk = await startSignet({ data });
  t.after(() => disk.kill());
  const pictures = new Map([
    ['one', await picture(60, 40)],
    ['two', await picture(80, 40)],
  ]);
  for (const [id, bytes] of pictures) {
    const body = signedForm(disk, { public_id: id }, bytes, `${id}.jpg`);
    assert.equal((await fetch(`${disk.url}/v1_1/${disk.cloud}/image/upload`, { method: 'POST', body })).status, 200);
  }
  const bucket = s3.address();
  await follow('keep-originals-in-s3', { SIGNET_DATA: data, SIGNET_BLOBS: bucket, ...s3.env });
  await disk.stop();
  await rm(join(data, 'blobs'), { recursive: true });
  const moved = await startSignet({ data, flags: ['--blobs', bucket], env: s3.env });
  t.after(() => moved.kill());
  for (const [id, bytes] of pictures) {
    const answer = await fetch(`${moved.url}/${moved.cloud}/image/upload/${id}`);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
  }
});

const EXAMPLE = fileURLToPath(new URL('../../examples/run-it-for-others', import.meta.url));

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

test('run it for others: backups', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'signet-tutorials-'));
  const source = await startSignet({ data });
  t.after(async () => {
    await source.stop();
    await rm(data, { recursive: true, force: true });
  });
  const body = signedForm(source, { public_id: 'one' }, await picture(60, 40), 'one.jpg');
  assert.equal((await fetch(`${source.url}/v1_1/${source.cloud}/image/upload`, { method: 'POST', body })).status, 200);
  await follow('run-it-for-others', { DATA: data, CLOUDINARY_URL: '' });
});

test('run it for others: nginx hands on what arrives while it arrives', {
  skip: !installed('nginx') && 'nginx is not installed',
}, async (t) => {
  const work = await mkdtemp(join(tmpdir(), 'signet-nginx-'));
  const behind = await startSignet({ env: { SIGNET_PUBLIC_URL: 'https://media.example.com' } });
  const port = await freePort();
  const site = (await readFile(join(EXAMPLE, 'nginx.conf'), 'utf8'))
    .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
    .replace(/^ *ssl_.*\n/gm, '')
    .replace('http://127.0.0.1:4080', behind.url);
  await writeFile(join(work, 'site.conf'), site);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${work}/${name};`,
  );
  const main = `daemon off; pid ${work}/pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')} include ${work}/site.conf; }`;
  await writeFile(join(work, 'nginx.conf'), main);
  const nginx = spawn('nginx', ['-e', 'stderr', '-c', join(work, 'nginx.conf')], { stdio: 'ignore' });
  t.after(async () => {
    nginx.kill();
    await behind.stop();
    await rm(work, { recursive: true, force: true });
  });
  const front = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${front}/health`).catch(() => undefined))?.ok; tries++) {
    assert.ok(tries < 100, 'nginx does not answer');
    await pause(50);
  }
  // Larger than what nginx takes by default.
  const large = await sharp(randomBytes(1200 * 1000 * 3), { raw: { width: 1200, height: 1000, channels: 3 } })
    .png()
    .toBuffer();
  const body = signedForm(behind, { public_id: 'large' }, large, 'large.png');
  const answer = await fetch(`${front}/v1_1/${behind.cloud}/image/upload`, { method: 'POST', body });
  assert.equal(answer.status, 200);
  const { secure_url, bytes } = (await answer.json()) as { secure_url: string; bytes: number };
  assert.equal(bytes, large.length);
  assert.match(secure_url, /^https:\/\/media\.example\.com\//);
  const small = await fetch(`${front}/${behind.cloud}/image/upload/w_100/large.png`);
  assert.deepEqual([small.status, small.headers.get('content-type')], [200, 'image/png']);

  const fields = { timestamp: `${Math.floor(Date.now() / 1000)}`, api_key: behind.apiKey, signature: '0'.repeat(40) };
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const refused = request(`${front}/v1_1/${behind.cloud}/image/upload`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 1_000_000_000 },
  });
  refused.write(`${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nbegins`);
  const [{ statusCode }] = (await once(refused, 'response')) as [{ statusCode: number }];
  assert.equal(statusCode, 401, 'before the file has been sent');
  refused.on('error', () => {}).destroy();
});

test('run it for others: the unit', {
  skip: !installed('systemd-analyze') && 'systemd-analyze is not installed',
}, async () => {
  // It also looks for the program and the user, which are not here.
  const { stderr } = await run('systemd-analyze', ['verify', join(EXAMPLE, 'signet.service')]).catch(
    (error: { stderr: string }) => error,
  );
  assert.doesNotMatch(stderr, /signet\.service:\d+|Unknown|Failed to parse/);
});
