import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';
import { sign, signed, signedForm } from '../support/upload.ts';

/** Paths, bodies and spellings of the Upload API beside those that the Node SDK uses. */

type Json = Record<string, unknown>;
const run = promisify(execFile);
let server: SignetServer;
let folder: string;
let png: Buffer;
const seen: IncomingHttpHeaders[] = [];
const remote = createServer((request, response) => {
  seen.push(request.headers);
  response.end(png);
});
let remoteUrl: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-endpoints-'));
  remote.listen(0, '127.0.0.1');
  await once(remote, 'listening');
  remoteUrl = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/picture.png`;
  server = await startSignet({ flags: ['--allow-private-sources'] });
  png = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
});
after(async () => {
  await server.stop();
  remote.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (path: string): string => `${server.url}/v1_1/${server.cloud}${path}`;
const post = async (path: string, body: FormData | URLSearchParams, headers: Record<string, string> = {}) => {
  const answer = await fetch(at(path), { method: 'POST', body, headers, redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
};
const json = ({ text }: { text: string }) => JSON.parse(text) as Json;
const form = (params: Record<string, string>, file: Buffer | string = png) => signedForm(server, params, file, 'x.png');
const fields = (params: Record<string, string>) => new URLSearchParams(signed(server, params));
const basic = () => `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
const admin = async (path: string) =>
  (await (await fetch(at(path), { headers: { authorization: basic() } })).json()) as Json;

/** Names of the central directory. */
function zipNames(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4, 'latin1'))
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  return names;
}

test('POST /upload without a resource type decides by content', async () => {
  assert.equal(json(await post('/upload', form({}))).resource_type, 'image');
  assert.equal(json(await post('/upload', form({}, Buffer.from('text')))).resource_type, 'raw');
  assert.equal(json(await post('/auto/upload', form({}, Buffer.from('text')))).resource_type, 'raw');
});

test('upload_chunked takes chunks out of order, repeated and in parallel', async () => {
  const bytes = randomBytes(17_000_000);
  const size = 6_000_000;
  const send = (index: number) => {
    const [start, end] = [index * size, Math.min(bytes.length, (index + 1) * size)];
    return post('/raw/upload_chunked', form({ public_id: 'parts.bin' }, bytes.subarray(start, end)), {
      'x-unique-upload-id': 'parts-1',
      'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
    });
  };
  const answers = [await send(2), await send(2), ...(await Promise.all([send(1), send(0)]))].map(json);
  const last = answers.find(({ done }) => done === true)!;
  assert.equal(last.bytes, bytes.length);
  assert.ok(answers.some(({ done, kind }) => done === false && kind === 'upload'));
  const delivered = await fetch(String(last.url));
  assert.ok(Buffer.from(await delivered.arrayBuffer()).equals(bytes));
});

test('asset/destroy and destroy take the asset ID', async () => {
  for (const path of ['/asset/destroy', '/image/destroy']) {
    const { asset_id } = json(await post('/image/upload', form({})));
    const gone = () => post(path, fields({ asset_id: String(asset_id) }));
    assert.deepEqual([json(await gone()), json(await gone())], [{ result: 'ok' }, { result: 'not found' }]);
  }
});

test('delete_by_token, with and without a resource type, works once', async () => {
  for (const path of ['/delete_by_token', '/image/delete_by_token']) {
    const { delete_token } = json(await post('/image/upload', form({ return_delete_token: 'true' })));
    const gone = () => post(path, new URLSearchParams({ token: String(delete_token) }));
    assert.deepEqual(json(await gone()), { result: 'ok' });
    assert.equal((await gone()).status, 400);
  }
});

test('download_tag.zip and the archive in all its spellings', async () => {
  await post('/image/upload', form({ public_id: 'zip/a', tags: 'zipped' }));
  await post('/image/upload', form({ public_id: 'zip/b', tags: 'zipped' }));
  const names = async (url: string): Promise<string[]> => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, answer.headers.get('x-cld-error') ?? '');
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (/zip$/.test(String(answer.headers.get('content-type'))) && bytes[0] === 0x50) return zipNames(bytes).sort();
    await writeFile(join(folder, 'archive.tgz'), bytes);
    return (await run('tar', ['tzf', join(folder, 'archive.tgz')])).stdout.trim().split('\n').sort();
  };
  const get = (path: string, params: Record<string, string>) => `${at(path)}?${fields(params)}`;
  assert.deepEqual(await names(get('/image/download_tag.zip', { tag: 'zipped' })), ['zip/a.png', 'zip/b.png']);
  assert.deepEqual(
    await names(get('/image/generate_archive', { mode: 'download', tags: 'zipped', flatten_folders: '1' })),
    ['a.png', 'b.png'],
  );
  // Go writes lists with their index.
  const query = { mode: 'download', public_ids: 'zip/a,zip/b', target_format: 'tgz' };
  const url = get('/image/generate_archive', query).replace(
    'public_ids=zip%2Fa%2Czip%2Fb',
    'public_ids[0]=zip/a&public_ids[1]=zip/b',
  );
  assert.deepEqual(await names(url), ['zip/a.png', 'zip/b.png']);
  const late = { mode: 'download', tags: 'zipped', timestamp: '1315060510', expires_at: '1315064110.5' };
  assert.equal((await fetch(get('/image/generate_archive', late))).status, 400);
  const early = { ...late, expires_at: `${Date.now() / 1000 + 60}` };
  assert.equal((await fetch(get('/image/generate_archive', early))).status, 200);
});

test('what the cloud has retired says so', async () => {
  for (const name of ['create_slideshow', 'concat']) {
    const { status, text } = await post(`/video/${name}`, fields({}));
    assert.deepEqual([status, text.includes(`${name} is not available`)], [400, true]);
  }
  assert.equal((await post('/image/create_collage', fields({}))).status, 404);
});

test('a call that is refused loads nothing from elsewhere', async () => {
  for (const params of [{ proxy: 'http://127.0.0.1:9' }, { type: 'fetch' }] as Record<string, string>[]) {
    const before = seen.length;
    const { status, text } = await post('/image/upload', form(params, remoteUrl));
    assert.equal(status, 400);
    assert.match(text, /Parameter proxy is not supported|Invalid value fetch for parameter type/);
    assert.equal(seen.length, before);
  }
});

test('the address says what kind an asset becomes, a parameter resource_type says nothing', async () => {
  for (const [address, parameter, kind] of [
    ['auto', 'raw', 'image'],
    ['raw', 'image', 'raw'],
  ] as const) {
    const body = form({});
    body.append('resource_type', parameter);
    assert.equal(json(await post(`/${address}/upload`, body)).resource_type, kind);
  }
});

test('headers: delivered ones are delivered, all go along to a remote source, credentials are not kept', async () => {
  const headers = 'X-Robots-Tag:noindex\r\nLink: <https://a/>; rel="canonical"\r\nAuthorization: Bearer secret';
  const asset = json(await post('/image/upload', form({ public_id: 'headers', headers }, remoteUrl)));
  assert.deepEqual([asset.width, seen.at(-1)!.authorization], [8, 'Bearer secret']);
  const delivered = await fetch(String(asset.url));
  assert.deepEqual(
    [delivered.headers.get('x-robots-tag'), delivered.headers.get('link'), delivered.headers.get('authorization')],
    ['noindex', '<https://a/>; rel="canonical"', null],
  );
  assert.ok(!JSON.stringify(await admin('/resources/image/upload/headers')).includes('secret'));
  const split = await post('/image/upload', form({ headers: 'X-Robots-Tag: a\r\nSet-Cookie x' }));
  assert.deepEqual(
    [split.status, json(split)],
    [400, { error: { message: 'Invalid value Set-Cookie x for parameter headers' } }],
  );
});

test('callback: a form that the browser posts is sent on with the answer; scripts and SDKs are not', async () => {
  await writeFile(join(folder, 'x.png'), png);
  await writeFile(join(folder, 'x.txt'), 'no image');
  // `fetch` says itself which mode it is in, so this is curl.
  const send = async (file: string, params: Record<string, string>, ...headers: string[]) => {
    const parts = Object.entries(signed(server, params)).flatMap(([name, value]) => ['-F', `${name}=${value}`]);
    const flags = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}'];
    const more = headers.flatMap((header) => ['-H', header]);
    const url = at('/image/upload');
    const { stdout } = await run('curl', [...flags, ...more, ...parts, '-F', `file=@${join(folder, file)}`, url]);
    return stdout.split(' ');
  };
  const params = { public_id: 'callback', callback: 'https://site.example/cors.html' };
  const navigation = 'Sec-Fetch-Mode: navigate';
  for (const browser of [navigation, 'Accept: text/html,application/xhtml+xml']) {
    const [status, location = ''] = await send('x.png', params, browser);
    assert.equal(status, '302');
    const [address, query = ''] = location.split('?');
    const answer = JSON.parse(decodeURIComponent(query)) as Json;
    assert.deepEqual([address, answer.public_id], ['https://site.example/cors.html', 'callback']);
  }
  const [, failed = ''] = await send('x.txt', params, navigation);
  assert.match(decodeURIComponent(failed), /\?\{"error":\{"message":"Invalid image file"\}\}$/);
  for (const script of [[], [navigation, 'X-Requested-With: XMLHttpRequest'], ['Sec-Fetch-Mode: cors']])
    assert.deepEqual(await send('x.png', params, ...script), ['200', '']);
  assert.deepEqual(await send('x.png', { callback: 'javascript:alert(1)' }, navigation), ['200', '']);
});

test('bodies of every SDK: file first, JSON with a signature in the query, a form without a type', async () => {
  const params = signed(server, { public_id: 'first' });
  const first = new FormData();
  first.append('file', new Blob([new Uint8Array(png)]), 'x.png');
  for (const [name, value] of Object.entries(params)) first.append(name, value);
  assert.equal(json(await post('/image/upload', first)).public_id, 'first');

  const timestamp = Math.floor(Date.now() / 1000);
  const members = { public_id: 'json', tags: ['a', 'b'], overwrite: true, context: 'k=v' };
  const signature = sign(
    { public_id: 'json', tags: 'a,b', overwrite: 'true', context: 'k=v', timestamp: String(timestamp) },
    server.apiSecret,
  );
  const query = new URLSearchParams({ api_key: server.apiKey, timestamp: String(timestamp), signature });
  const body = JSON.stringify({ ...members, file: `data:image/png;base64,${png.toString('base64')}` });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${at('/image/upload')}?${query}`, { method: 'POST', body, headers });
  const asset = (await answer.json()) as Json;
  assert.deepEqual([asset.public_id, asset.tags, asset.context], ['json', ['a', 'b'], { custom: { k: 'v' } }]);

  const untyped = new Blob([String(fields({ public_id: 'json' }))]);
  assert.deepEqual(await (await fetch(at('/image/destroy'), { method: 'POST', body: untyped })).json(), {
    result: 'ok',
  });

  // Go posts everything to auto/upload, with two fields that are not signed for anything.
  const go = signed(server, { public_id: 'go' });
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...go, resource_type: 'image' })) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(png)]), 'x.png');
  assert.equal(json(await post('/auto/upload', form)).public_id, 'go');
});

test('base64 with line breaks, several parameters and upper case', async () => {
  const lines = png.toString('base64').replace(/.{10}/g, '$&\r\n ');
  for (const head of ['data:image/png;base64,', 'data:image/png;charset=utf8;name=a.png;base64,', 'DATA:;BASE64,']) {
    const asset = json(await post('/image/upload', form({}, head + lines)));
    assert.deepEqual([asset.width, asset.original_filename], [8, undefined], head);
  }
});

test('tags: every command, only assets that exist, order kept', async () => {
  await post('/image/upload', form({ public_id: 't/1', tags: 'a' }));
  await post('/image/upload', form({ public_id: 't/2', tags: 'x' }));
  const command = async (name: string, tag: string, ids: string) => {
    const params = { command: name, public_ids: ids, ...(tag && { tag }) };
    const body = new URLSearchParams(Object.entries(signed(server, params)).filter(([key]) => key !== 'public_ids'));
    for (const id of ids.split(',')) body.append('public_ids[]', id);
    return json(await post('/image/tags', body)).public_ids;
  };
  const tags = async (id: string) => (await admin(`/resources/image/upload/${id}`)).tags;
  assert.deepEqual(await command('add', 'b,c', 't/1,none'), ['t/1']);
  assert.deepEqual(await tags('t/1'), ['a', 'b', 'c']);
  await command('set_exclusive', 'x', 't/1');
  assert.deepEqual([await tags('t/1'), await tags('t/2')], [['a', 'b', 'c', 'x'], undefined]);
  await command('remove', 'a,x', 't/1');
  assert.deepEqual(await tags('t/1'), ['b', 'c']);
  await command('replace', 'ü', 't/1');
  assert.deepEqual(await tags('t/1'), ['ü']);
  await command('remove_all', '', 't/1,t/2');
  assert.equal(await tags('t/1'), undefined);
});

test('any file name makes a name that can be delivered', async () => {
  const names = [
    'weird.a&b%2f',
    `${'long'.repeat(100)}.txt`,
    '...txt',
    '.hidden',
    'a\tb\tc.x\ty',
    ' .doc ',
    'ü é.txt',
    '#?.md',
    'a.',
  ];
  for (const name of names)
    for (const use_filename of ['true', 'false']) {
      const body = signedForm(server, { use_filename }, Buffer.from('text'), name);
      const asset = json(await post('/raw/upload', body));
      assert.ok(asset.public_id, `${name}: ${JSON.stringify(asset)}`);
      assert.equal((await fetch(String(asset.url))).status, 200, name);
    }
});

test('the Admin API takes a joined list of the Go SDK, and commas in IDs of a list', async () => {
  for (const public_id of ['go/1', 'go/2', 'go/a,b']) await post('/image/upload', form({ public_id }));
  const remove = async (body: object) => {
    const headers = { authorization: basic(), 'content-type': 'application/json' };
    const url = at('/resources/image/upload');
    return ((await (await fetch(url, { method: 'DELETE', body: JSON.stringify(body), headers })).json()) as Json)
      .deleted;
  };
  const found = async (query: string) => ((await admin(`/resources/image/upload?${query}`)).resources as Json[]).length;
  assert.equal(await found('public_ids=go/1,go/2'), 2);
  assert.equal(await found('public_ids[]=go/a,b'), 1);
  assert.deepEqual(await remove({ public_ids: 'go/1,go/none' }), { 'go/1': 'deleted', 'go/none': 'not_found' });
  assert.deepEqual(await remove({ public_ids: ['go/a,b'] }), { 'go/a,b': 'deleted' });
});

test('quality_override says what an automatic quality is for the asset', async () => {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 };
  const photo = await sharp({ create: { width: 200, height: 150, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const bytes = async (quality_override: string): Promise<number> => {
    const asset = json(await post('/image/upload', form({ public_id: 'quality', quality_override }, photo)));
    const answer = await fetch(String(asset.url).replace('/upload/', '/upload/q_auto/'));
    return (await answer.arrayBuffer()).byteLength;
  };
  const [low, high, plain] = [await bytes('10:420'), await bytes('100:444'), await bytes('none')];
  assert.ok(low < plain && plain < high, `${low}, ${plain}, ${high}`);
  const fixed = await fetch(`${server.url}/${server.cloud}/image/upload/q_50/quality.jpg`);
  assert.ok((await fixed.arrayBuffer()).byteLength !== plain);
  const explicit = fields({ public_id: 'quality', type: 'upload', quality_override: '10:420', eager: 'q_auto' });
  const [eager] = json(await post('/image/explicit', explicit)).eager as Json[];
  assert.equal(eager!.bytes, low);
  for (const value of ['bananas', '0', '101', '80:422', 'auto:wild', '$x']) {
    const { status } = await post('/image/upload', form({ quality_override: value }, photo));
    assert.equal(status, 400, value);
  }
});
