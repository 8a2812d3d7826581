import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed, signedForm } from '../support/upload.ts';

/** What a server makes of addresses it is given, from outside: nothing of its own network is ever asked. */

type Json = Record<string, unknown>;
const hits: string[] = [];
/** A site of the internet that sends its callers on, by a stand-in; `/to?hops=2&url=…`. */
const site = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site.example');
  if (pathname !== '/to') {
    hits.push(`${request.headers.host}${pathname}`);
    response.end('reached');
    return;
  }
  const hops = Number(searchParams.get('hops') ?? 0);
  const url = searchParams.get('url') ?? '';
  const next = hops === 0 ? url : `/to?${new URLSearchParams({ hops: String(hops - 1), url })}`;
  response
    .writeHead([301, 302, 303, 307, 308][hops % 5]!, { location: next.replace(/[^\x20-\x7e]/g, encodeURIComponent) })
    .end();
});
let folder: string;
let server: SignetServer;
let port: number;

before(async () => {
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  port = (site.address() as AddressInfo).port;
  folder = await mkdtemp(join(tmpdir(), 'signet-remote-'));
  await mkdir(join(folder, 'pictures/deep'), { recursive: true });
  const png = await sharp({ create: { width: 9, height: 8, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
  await writeFile(join(folder, 'pictures/deep/a b.png'), png);
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await symlink(join(folder, 'secret.txt'), join(folder, 'pictures/link.txt'));
  const hosts = `site.example=http://127.0.0.1:${port},pictures.example=${join(folder, 'pictures')}`;
  server = await startSignet({ flags: ['--remote-hosts', hosts, '--remote-timeout', '5'] });
});
after(async () => {
  await server.stop();
  site.close();
  site.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const upload = async (file: string, type = 'auto', at = server) => {
  const body = signedForm(at, {}, file);
  const answer = await fetch(`${at.url}/v1_1/${at.cloud}/${type}/upload`, { method: 'POST', body });
  const json = (await answer.json()) as Json;
  return { status: answer.status, message: (json.error as Json | undefined)?.message, json };
};

/** Ways to write an address that must not be asked. */
const HOSTILE = `
  127.0.0.1 127.1 127.255.255.254 2130706433 0x7f000001 0177.0.0.1 017700000001 127.000.000.001 0 0.0.0.0 10.0.0.1
  0x0a000001 172.16.0.1 172.31.255.255 192.168.0.1 0300.0250.0.1 100.64.0.1 100.100.100.200 169.254.169.254 0xa9fea9fe
  2852039166 169.254.170.2 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255
  [::] [::1] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:169.254.169.254] [64:ff9b::127.0.0.1]
  [2002:7f00:1::] [2001:db8::1] [fc00::1] [fd00:ec2::254] [fe80::1] [fec0::1] [ff02::1] localhost LOCALHOST １２７.０.０.１
  127。0。0。1
`
  .trim()
  .split(/\s+/);

test(`${HOSTILE.length} hostile addresses are refused as a source, as a fetch URL and behind redirects`, async () => {
  assert.ok(HOSTILE.length >= 40);
  for (const [index, host] of HOSTILE.entries()) {
    const url = `http://${host}:${port}/secret`;
    const direct = await upload(url);
    assert.deepEqual([direct.status, direct.message], [400, `Error in loading ${url} - address is not public`]);
    const chain = `http://site.example/to?${new URLSearchParams({ hops: String(index % 4), url })}`;
    const sent = await upload(chain);
    assert.deepEqual([sent.status, sent.message], [400, `Error in loading ${chain} - address is not public`]);
    const fetched = await fetch(`${server.url}/${server.cloud}/image/fetch/${encodeURIComponent(url)}`);
    assert.ok(fetched.status >= 400 && fetched.status < 500, `${host}: ${fetched.status}`);
  }
  assert.deepEqual(hits, []);
});

test('whoever tries it on their own machine reads which setting opens private addresses', async () => {
  const body = signedForm(server, { public_id: 'local' }, `http://127.0.0.1:${port}/secret`);
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, { method: 'POST', body });
  assert.equal(answer.status, 400);
  assert.match(answer.headers.get('x-signet-diagnosis') ?? '', /--allow-private-sources/);
});

test('redirects lead to http and https only, and not for ever', async () => {
  const to = (url: string, hops = 0) => `http://site.example/to?${new URLSearchParams({ hops: String(hops), url })}`;
  for (const target of ['file:///etc/passwd', 'ftp://host/x', 'gopher://127.0.0.1:1/', 'data:text/plain,x', 'http://'])
    assert.match(String((await upload(to(target))).message), / - redirected to /, target);
  assert.match(String((await upload(to('http://site.example/end', 9))).message), /too many redirects/);
  assert.equal((await upload(to('http://site.example/end', 2), 'raw')).status, 200);
  assert.deepEqual(hits.splice(0), ['site.example/end']);
});

test('other doors: sprites of addresses, schemes, ports of names', async () => {
  const body = new URLSearchParams(signed(server, { urls: `http://127.0.0.1:${port}/secret` }));
  const sprite = await fetch(`${server.url}/v1_1/${server.cloud}/image/sprite`, { method: 'POST', body });
  assert.equal(sprite.status, 400);
  for (const file of ['file:///etc/passwd', 'php://filter/x', 'jar:http://x/', '/etc/passwd', '//127.0.0.1/x'])
    assert.match(String((await upload(file)).message), /^(Unsupported source URL|Invalid URL)/, file);
  assert.deepEqual(hits, []);
});

test('a stand-in answers for its host alone, and from its folder alone', async () => {
  const asset = await upload('https://pictures.example/deep/a%20b.png');
  assert.deepEqual([asset.json.width, asset.json.original_filename], [9, 'a b']);
  for (const path of ['../secret.txt', '..%2fsecret.txt', '%2e%2e/secret.txt', 'link.txt', 'deep/', 'none.png', '%00'])
    assert.equal((await upload(`http://pictures.example/${path}`, 'raw')).status, 400, path);
  const elsewhere = await upload('http://not-pictures.invalid/deep/a%20b.png');
  assert.match(String(elsewhere.message), /host not found/);
});

test('production refuses stand-ins and private sources at the start, and private webhooks when they are due', async (t) => {
  for (const flags of [['--remote-hosts', 'site.example=http://127.0.0.1:1'], ['--allow-private-sources']]) {
    const { code, stderr } = await signet(['serve', '--port', '0', '--mode', 'production', ...flags]);
    assert.equal(code, 2);
    assert.match(stderr, /cannot be used in production mode/);
  }
  const production = await startSignet({
    flags: ['--mode', 'production'],
    env: { CLOUDINARY_URL: 'cloudinary://123456:abcdef@live' },
  });
  t.after(() => production.stop());
  const form = signedForm(production, { notification_url: `http://127.0.0.1:${port}/hook` }, Buffer.from('x'), 'x.txt');
  await fetch(`${production.url}/v1_1/${production.cloud}/raw/upload`, { method: 'POST', body: form });
  const authorization = `Basic ${Buffer.from(`${production.apiKey}:${production.apiSecret}`).toString('base64')}`;
  for (let left = 100; ; left--) {
    const answer = await fetch(`${production.url}/v1_1/${production.cloud}/jobs`, { headers: { authorization } });
    const [job] = ((await answer.json()) as { jobs: { attempts: number; last_error: string }[] }).jobs;
    if (job?.attempts === 1) {
      assert.match(job.last_error, /loopback/);
      break;
    }
    assert.ok(left > 0, 'the webhook was never tried');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(hits, []);
});
