import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDiskStore } from '../blobs/disk.ts';
import type { BlobStore } from '../blobs/store.ts';
import { SignetError } from '../errors.ts';
import { createRemote, type Remote, type RemoteOptions } from './remote.ts';
import { openSource } from './source.ts';

const picture = randomBytes(200_000);
let folder: string;
let store: BlobStore;
let port: number;
let hits: { path: string; headers: IncomingMessage['headers'] }[] = [];
const remotes: Remote[] = [];

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url!, 'http://x');
  hits.push({ path: request.url!, headers: request.headers });
  const to = url.searchParams.get('to');
  const answers: Record<string, () => void> = {
    '/a.jpg': () =>
      response
        .writeHead(200, { 'content-type': 'image/jpeg', 'content-length': picture.length, etag: '"x"' })
        .end(picture),
    '/redirect': () => response.writeHead(Number(url.searchParams.get('code') ?? 302), { location: to! }).end('moved'),
    '/loop': () => response.writeHead(301, { location: '/loop' }).end(),
    '/forbidden': () => response.writeHead(403).end('no'),
    '/named': () =>
      response
        .writeHead(200, { 'content-disposition': `attachment; filename="x.png"; filename*=UTF-8''gr%C3%B6%C3%9Fe.png` })
        .end('x'),
    '/endless': () => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(Buffer.alloc(200_000)), 1);
      response.on('close', () => clearInterval(timer));
    },
    '/bomb': () => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000))),
    '/gzip': () => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(picture)),
    '/broken-gzip': () => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    '/cut': () => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('only this');
      setTimeout(() => response.destroy(), 20);
    },
    '/silent': () => {},
    '/slow-body': () => response.writeHead(200).write('x'),
    '/many-headers': () => response.writeHead(200, { 'x-large': 'x'.repeat(60_000) }).end(),
  };
  (answers[url.pathname] ?? (() => response.writeHead(404).end()))();
});

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-remote-'));
  store = await openDiskStore(join(folder, 'blobs'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  assert.deepEqual(await readdir(join(folder, 'blobs', 'tmp')), [], 'temporary files left behind');
  hits = [];
});
after(async () => {
  await Promise.all(remotes.map((remote) => remote.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const make = (options: Partial<RemoteOptions> = {}): Remote => {
  const remote = createRemote({ store, headersTimeout: 500, timeout: 3000, ...options });
  remotes.push(remote);
  return remote;
};
const load = (url: string, options: Partial<RemoteOptions> = {}, maxBytes = 1_000_000) =>
  make(options).load(url, { maxBytes });
const refused = (url: string, reason: RegExp | string, options: Partial<RemoteOptions> = {}, maxBytes?: number) =>
  assert.rejects(load(url, options, maxBytes), (error) => {
    assert.ok(error instanceof SignetError, String(error));
    assert.equal(error.status, 400);
    if (typeof reason === 'string') assert.equal(error.message, `Error in loading ${url} - ${reason}`);
    else assert.match(error.message, reason);
    return true;
  });
const address = (...addresses: string[]) => ({
  lookup: async () => addresses.map((text) => ({ address: text, family: text.includes(':') ? 6 : 4 })),
});

/** Each reaches this machine, its network or a metadata service, unless it is refused. */
const HOSTILE = `
  127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 0x7f.1 127.000.000.001
  0 0.0.0.0 0.1.2.3 10.0.0.1 0x0a000001 167772161 172.16.0.1 172.31.255.255 192.168.0.1 0300.0250.0.1 100.64.0.1
  100.100.100.200 169.254.169.254 0xa9fea9fe 2852039166 169.254.170.2 168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1
  198.51.100.7 203.0.113.9 192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
  [::] [::1] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [::ffff:169.254.169.254]
  [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
  [2001:db8::1] [100::1] [fc00::1] [fd00:ec2::254] [fd12:3456::1] [fe80::1] [fec0::1] [ff02::1] [3fff::1] [5f00::1]
  localhost LOCALHOST １２７.０.０.１ 127。0。0。1
`
  .trim()
  .split(/\s+/);

describe('the guard', () => {
  it(`refuses ${HOSTILE.length} hostile hosts without a connection`, async () => {
    assert.ok(HOSTILE.length >= 40);
    for (const host of HOSTILE) await refused(`http://${host}:${port}/a.jpg`, 'address is not public');
    assert.deepEqual(hits, []);
  });

  it('refuses names that resolve to such an address, also beside a public one', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['::1'],
      ['10.1.2.3'],
      ['169.254.169.254'],
      ['::ffff:127.0.0.1'],
      ['fe80::1%lo'],
      ['8.8.8.8', '127.0.0.1'],
      ['127.0.0.1', '8.8.8.8'],
    ])
      await refused(`http://innocent.example:${port}/a.jpg`, 'address is not public', address(...addresses));
    assert.deepEqual(hits, []);
  });

  it('refuses them as the target of a redirect, on every hop', async () => {
    const hosts = { 'public.example': `http://127.0.0.1:${port}` };
    for (const host of HOSTILE.slice(0, 45)) {
      const last = `http://${host}:${port}/a.jpg`;
      const second = `http://public.example/redirect?to=${encodeURIComponent(last)}`;
      const first = `http://public.example/redirect?to=${encodeURIComponent(second)}`;
      await refused(first, 'address is not public', { hosts });
    }
    assert.ok(hits.every(({ path }) => path.startsWith('/redirect')));
  });

  it('follows the connection, not the name: an answer that changes gains nothing (DNS rebinding)', async () => {
    const answers = ['127.0.0.1', '8.8.8.8', '127.0.0.1'];
    let asked = 0;
    const lookup = async () => [{ address: answers[asked++ % answers.length]!, family: 4 }];
    const remote = make({ lookup, timeout: 300 });
    const url = `http://rebind.example:${port}/a.jpg`;
    for (let attempt = 1; attempt <= 3; attempt++) {
      await assert.rejects(remote.load(url, { maxBytes: 1000 }), /Error in loading/);
      assert.equal(asked, attempt, 'one lookup a connection');
    }
    assert.deepEqual(hits, []);
  });

  it('private addresses open for development; metadata services stay closed', async () => {
    const { file } = await load(`http://127.0.0.1:${port}/a.jpg`, { allowPrivate: true });
    await file.discard();
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '100.100.100.200'])
      await refused(`http://${host}:${port}/`, 'address is not public', { allowPrivate: true });
    await refused(`http://127.0.0.1:${port}/redirect?to=http://169.254.169.254/`, 'address is not public', {
      allowPrivate: true,
    });
  });

  it('ports can be closed', async () => {
    const url = `http://127.0.0.1:${port}/a.jpg`;
    await refused(url, 'address is not public', { allowPrivate: true, blockedPorts: [port] });
  });

  it('redirects lead to http and https only', async () => {
    for (const to of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1:70/', 'data:text/plain,x'])
      await refused(`http://127.0.0.1:${port}/redirect?to=${encodeURIComponent(to)}`, /redirected to \w+:/, {
        allowPrivate: true,
      });
  });
});

describe('loading', () => {
  const open = { allowPrivate: true };
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;

  it('gives bytes, name, type and validators', async () => {
    const got = await load(at('/a.jpg?x=1'), open);
    assert.deepEqual(await buffer(got.file.openRead()), picture);
    assert.deepEqual(
      [got.filename, got.contentType, got.etag, got.url],
      ['a.jpg', 'image/jpeg', '"x"', at('/a.jpg?x=1')],
    );
    await got.file.discard();
    const named = await load(at('/named'), open);
    assert.equal(named.filename, 'größe.png');
  });

  it('follows redirects of every kind, and not for ever', async () => {
    for (const code of [301, 302, 303, 307, 308]) {
      const { file, url } = await load(at(`/redirect?code=${code}&to=/a.jpg`), open);
      assert.equal(file.bytes, picture.length);
      assert.equal(url, at('/a.jpg'));
    }
    await refused(at('/loop'), 'too many redirects', open);
    assert.equal(hits.filter(({ path }) => path === '/loop').length, 6);
  });

  it('the error tells what happened', async () => {
    await refused(at('/forbidden'), '403 Forbidden', open);
    await refused(at('/nothing'), '404 Not Found', open);
    await refused('http://127.0.0.1:9/', 'connection refused', open);
    await refused('http://nowhere.invalid/', 'host not found', {
      lookup: async () => {
        throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
      },
    });
    await refused(at('/silent'), 'timed out', open);
    await refused(at('/slow-body'), 'timed out', open);
    await refused(at('/many-headers'), 'headers are too large', open);
    await refused(at('/cut'), /Error in loading/, open);
    await refused(at('/broken-gzip'), /Error in loading/, open);
  });

  it('keeps to the limit, announced or not, compressed or not', async () => {
    await refused(at('/a.jpg'), /^File size too large. Got 200000. Maximum is 1000.$/, open, 1000);
    await refused(at('/endless'), /^File size too large/, open, 3_000_000);
    await refused(at('/bomb'), /^File size too large/, open, 1_500_000);
    const { file } = await load(at('/gzip'), open);
    assert.deepEqual(await buffer(file.openRead()), picture);
  });

  it('credentials in the address become Basic authentication, and go nowhere else', async () => {
    const other = `http://localhost:${port}/a.jpg`;
    const secret = `http://us%40er:p%3Ass@127.0.0.1:${port}/redirect?to=${encodeURIComponent(other)}`;
    const remote = make(open);
    const { url } = await remote.load(secret, {
      maxBytes: 1e6,
      headers: { 'X-Mine': '1', Host: 'evil', 'Content-Length': '5' },
    });
    assert.equal(url, other);
    assert.equal(hits[0]!.headers.authorization, `Basic ${Buffer.from('us@er:p:ss').toString('base64')}`);
    assert.equal(hits[0]!.headers['x-mine'], '1');
    assert.equal(hits[0]!.headers.host, `127.0.0.1:${port}`);
    assert.equal(hits[1]!.headers.authorization, undefined);
    assert.equal(hits[1]!.headers['x-mine'], undefined);
    await assert.rejects(
      remote.load(`http://user:hidden@127.0.0.1:${port}/forbidden`, { maxBytes: 1 }),
      (error: Error) => {
        assert.ok(!error.message.includes('hidden'));
        return true;
      },
    );
  });

  it('stops when the caller does', async () => {
    const stop = new AbortController();
    const loading = make(open).load(at('/endless'), { maxBytes: 1e9, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(loading, /Error in loading/);
  });
});

describe('offline stand-ins', () => {
  it('a folder answers for a host, and nothing outside of it', async () => {
    const files = join(folder, 'files');
    await mkdir(join(files, 'images'), { recursive: true });
    await writeFile(join(files, 'images', 'old logo.png'), picture);
    await writeFile(join(folder, 'outside.txt'), 'secret');
    await symlink(join(folder, 'outside.txt'), join(files, 'link.txt'));
    const hosts = { 'cloudinary.com': files };
    const got = await load('https://cloudinary.com/images/old%20logo.png', { hosts });
    assert.deepEqual([got.file.bytes, got.filename, got.contentType], [picture.length, 'old logo.png', 'image/png']);
    for (const path of [
      '/missing',
      '/images',
      '/link.txt',
      '/..%2foutside.txt',
      '/%2e%2e/outside.txt',
      '/images/../../outside.txt',
    ])
      await refused(`https://cloudinary.com${path}`, '404 Not Found', { hosts });
  });

  it('a server answers for a host', async () => {
    const { file, url } = await load('https://cloudinary.com/a.jpg', {
      hosts: { 'cloudinary.com': `http://127.0.0.1:${port}` },
    });
    assert.equal(file.bytes, picture.length);
    assert.equal(url, 'https://cloudinary.com/a.jpg');
    assert.equal(hits[0]!.headers.host, 'cloudinary.com');
  });

  it('production refuses them', () => {
    assert.throws(() => createRemote({ store, production: true, hosts: { a: '/tmp' } }), TypeError);
    assert.throws(() => createRemote({ store, production: true, allowPrivate: true }), TypeError);
    assert.throws(() => createRemote({ store, hosts: { a: 'ftp://x' } }), TypeError);
  });
});

describe('openSource', () => {
  const context = () => ({ store, remote: make({ allowPrivate: true }), maxBytes: 1_000_000 });

  it('addresses and data URIs', async () => {
    const remote = await openSource(` http://127.0.0.1:${port}/a.jpg\n`, context());
    assert.deepEqual([remote.kind, remote.filename, remote.file.bytes], ['remote', 'a.jpg', picture.length]);
    const base64 = picture.toString('base64').replace(/(.{60})/g, '$1\n ');
    for (const head of ['data:image/jpeg;base64,', 'data:image/jpeg;charset=utf8;name=x;base64,', ' DATA:;BASE64,']) {
      const source = await openSource({ kind: 'text', field: 'file', text: head + base64 }, context());
      assert.deepEqual(await buffer(source.file.openRead()), picture);
      assert.equal(source.filename, undefined);
    }
    const svg = await openSource('data:image/svg+xml,%3Csvg%3Eä%3C/svg%3E', context());
    assert.deepEqual([String(svg.file.memory), svg.contentType], ['<svg>ä</svg>', 'image/svg+xml']);
  });

  it('refuses the rest with the texts of the cloud', async () => {
    const cases: [string, string | RegExp][] = [
      ['[object Object]', 'Unsupported source URL: [object Object]'],
      ['/etc/passwd', 'Unsupported source URL: /etc/passwd'],
      ['file:///etc/passwd', 'Unsupported source URL: file:///etc/passwd'],
      ['javascript:alert(1)', 'Unsupported source URL: javascript:alert(1)'],
      [
        's3://bucket/key',
        'Error in loading s3://bucket/key - S3 buckets are not read: give its https address, presigned',
      ],
      ['gs://bucket/key', /Google Cloud Storage buckets are not read: give its https address/],
      ['ftp://u:secret@host/x', 'Error in loading ftp://host/x - FTP is not read: give its https address'],
      ['http://', 'Invalid URL for upload'],
      ['http://[::', 'Invalid URL for upload'],
      ['data:image/png;base64', /^Unsupported source URL: data:image/],
      ['data:image/png;base64,A*', 'Invalid data URI: expected base64 after the comma'],
      ['data:image/png;base64,AAAAA', 'Invalid data URI: expected base64 of a whole number of bytes'],
      [`data:image/png;base64,${'A'.repeat(2_000_000)}`, /^File size too large/],
    ];
    for (const [text, message] of cases)
      await assert.rejects(openSource(text, context()), (error: Error) => {
        if (typeof message === 'string') assert.equal(error.message, message);
        else assert.match(error.message, message);
        return true;
      });
  });
});
