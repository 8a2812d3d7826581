/** Files that a browser could run: what leaves the server, byte for byte and header for header. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

let server: SignetServer;
before(async () => {
  server = await startSignet();
});
after(() => server.stop());

async function store(publicId: string, content: string, type: 'image' | 'raw'): Promise<void> {
  const form = signedForm(server, { public_id: publicId }, Buffer.from(content), publicId);
  const response = await fetch(`${server.url}/v1_1/${server.cloud}/${type}/upload`, { method: 'POST', body: form });
  assert.equal(response.status, 200, await response.text());
}
const get = (path: string) => fetch(`${server.url}/${server.cloud}/${path}`);

const HARMLESS =
  '<?xml version="1.0"?>\n<!-- a mark -->\n<svg xmlns="http://www.w3.org/2000/svg" width="4"   height="4"><rect width="4" height="4" fill=\'red\'/></svg>\n';
const HOSTILE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><script>alert(1)</script><rect width="4" height="4" onclick="alert(2)"/></svg>';

test('an SVG with nothing to clean is delivered byte for byte', async () => {
  await store('harmless', HARMLESS, 'image');
  assert.equal(await (await get('image/upload/harmless.svg')).text(), HARMLESS);
});

test('an SVG loses its scripts on its way out, with fl_original it does not, and it is sandboxed either way', async () => {
  await store('hostile', HOSTILE, 'image');
  for (const [path, scripts] of [
    ['image/upload/hostile.svg', false],
    ['image/upload/fl_attachment/hostile.svg', false],
    ['image/upload/fl_original/hostile.svg', true],
  ] as const) {
    const response = await get(path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'image/svg+xml');
    assert.match(response.headers.get('content-security-policy')!, /sandbox/);
    const body = await response.text();
    assert.match(body, /<rect/);
    assert.equal(/script|onclick/.test(body), scripts, path);
    if (scripts) assert.equal(body, HOSTILE);
  }
  assert.match(
    (await get('image/upload/fl_attachment/hostile.svg')).headers.get('content-disposition')!,
    /^attachment/,
  );
});

test('cleaning an SVG makes no derived asset', async () => {
  const { apiKey, apiSecret, cloud, url } = server;
  const response = await fetch(`${url}/v1_1/${cloud}/resources/image/upload/hostile`, {
    headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}` },
  });
  assert.deepEqual(((await response.json()) as { derived: unknown[] }).derived, []);
});

test('raw files say what they are when no browser would run them, and are bytes otherwise', async () => {
  for (const [name, type] of [
    ['notes.txt', 'text/plain; charset=utf-8'],
    ['captions.vtt', 'text/vtt; charset=utf-8'],
    ['data.json', 'application/json; charset=utf-8'],
    ['paper.pdf', 'application/pdf'],
    ['page.html', 'application/octet-stream'],
    ['code.js', 'application/octet-stream'],
    ['style.css', 'application/octet-stream'],
    ['feed.xml', 'application/octet-stream'],
    ['picture.svg', 'application/octet-stream'],
    ['unknown', 'application/octet-stream'],
  ] as const) {
    await store(name, 'x', 'raw');
    const response = await get(`raw/upload/${name}`);
    assert.equal(response.headers.get('content-type'), type, name);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('PDF is not sandboxed: Chrome shows no PDF that is', async () => {
  assert.equal((await get('raw/upload/paper.pdf')).headers.get('content-security-policy'), null);
});

test('a browser that opens the address of the server lands in the console; a program gets a 404', async () => {
  const page = await fetch(server.url, { headers: { accept: 'text/html' }, redirect: 'manual' });
  assert.deepEqual([page.status, page.headers.get('location')], [302, '/console/']);
  assert.equal((await fetch(server.url, { headers: { accept: '*/*' } })).status, 404);
  assert.equal((await fetch(`${server.url}/favicon.ico`)).status, 204);
});

test('parts of a file', async () => {
  await store('letters.txt', 'abcdefghij', 'raw');
  const part = async (range: string, more: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}/${server.cloud}/raw/upload/letters.txt`, { headers: { range, ...more } });
    return [answer.status, await answer.text(), answer.headers.get('content-range')];
  };
  assert.deepEqual(await part('bytes=0-2'), [206, 'abc', 'bytes 0-2/10']);
  assert.deepEqual(await part('bytes=7-'), [206, 'hij', 'bytes 7-9/10']);
  assert.deepEqual(await part('bytes=-2'), [206, 'ij', 'bytes 8-9/10']);
  assert.deepEqual(await part('bytes=8-99'), [206, 'ij', 'bytes 8-9/10']);
  assert.deepEqual(await part('bytes=0-2', { 'if-range': '"another"' }), [200, 'abcdefghij', null]);
  assert.deepEqual(await part('bytes=10-'), [416, '', 'bytes */10']);
  const beyond = await fetch(`${server.url}/${server.cloud}/raw/upload/letters.txt`, {
    headers: { range: 'bytes=10-' },
  });
  assert.equal(beyond.headers.get('cache-control'), 'no-store', 'a proxy must not keep it for the file');
});
