import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { catalogFlags } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../../index.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';

const folder = temporaryFolder('admin');
const logo = join(folder, 'logo.png');
let server: RunningServer;
let cloudinary: typeof import('cloudinary').v2;

before(async () => {
  await sharp({ create: { width: 241, height: 51, channels: 3, background: '#36c' } })
    .png()
    .toFile(logo);
  server = await startServer({
    config: loadConfig({
      flags: {
        ...(await catalogFlags()),
        port: 0,
        data: join(folder, 'data'),
        'log-level': 'silent',
        'folder-mode': 'fixed',
      },
    }),
  });
  // The SDK picks http or https from this variable when it is loaded.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
});
after(() => server.close());

const call = async (
  method: string,
  path: string,
  {
    body,
    headers = {},
    authorization,
  }: {
    body?: string | Uint8Array<ArrayBuffer> | FormData;
    headers?: Record<string, string>;
    authorization?: string;
  } = {},
) => {
  const { api_key, api_secret } = server.account.key;
  const basic = `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString('base64url')}`;
  const response = await fetch(`${server.url}/v1_1/demo${path}`, {
    method,
    headers: { authorization: authorization ?? basic, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown> & { error?: { message: string } },
  };
};

test('lists: newest first, both directions exact, fields exact, cursors end without a key', async () => {
  for (let n = 0; n < 5; n++)
    await cloudinary.uploader.upload(logo, { public_id: `list/${n}`, tags: ['l'], context: { n: String(n) } });
  const { resources } = await cloudinary.api.resources_by_tag('l', { max_results: 500 });
  assert.deepEqual(
    resources.map(({ public_id }: { public_id: string }) => public_id),
    [4, 3, 2, 1, 0].map((n) => `list/${n}`),
  );
  const ascending = await cloudinary.api.resources_by_tag('l', { direction: 'asc', max_results: 500 });
  assert.deepEqual([...ascending.resources].reverse(), resources);
  const some = await cloudinary.api.resources({ type: 'upload', prefix: 'list/', fields: ['tags'] } as object);
  for (const item of some.resources)
    assert.deepEqual(Object.keys(item).sort(), ['asset_id', 'folder', 'public_id', 'tags']);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await cloudinary.api.resources({
      type: 'upload',
      prefix: 'list/',
      max_results: 2,
      ...(cursor ? { next_cursor: cursor } : {}),
    });
    seen.push(...page.resources.map(({ public_id }: { public_id: string }) => public_id));
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(
    seen,
    [0, 1, 2, 3, 4].map((n) => `list/${n}`),
  );
  assert.equal((await cloudinary.api.resources_by_context('n', '3')).resources.length, 1);
  assert.equal(
    (await call('GET', '/resources/image?prefix=x')).body.error?.message,
    'Missing required parameter - type',
  );
});

test('details have their keys only when asked for, and unknown assets are 404', async () => {
  await cloudinary.uploader.upload(logo, { public_id: 'detail', eager: [{ width: 101, crop: 'scale' }] });
  const plain = await cloudinary.api.resource('detail');
  for (const key of ['accessibility_analysis', 'colors', 'exif', 'faces']) assert.ok(!(key in plain), key);
  assert.equal(plain.derived.length, 1);
  const full = await cloudinary.api.resource('detail', {
    colors: true,
    faces: true,
    phash: true,
    quality_analysis: true,
    accessibility_analysis: true,
    cinemagraph_analysis: true,
    coordinates: true,
    versions: true,
  } as object);
  const quality = (await call('GET', '/resources/image/upload/detail?quality_analysis=true')).body.quality_analysis as {
    focus: number;
  };
  assert.equal(typeof quality.focus, 'number');
  assert.deepEqual(full.faces, []);
  assert.deepEqual(full.cinemagraph_analysis, { cinemagraph_score: 0 });
  assert.ok(Array.isArray(full.versions));
  assert.equal((await call('GET', '/resources/image/upload/nowhere')).status, 404);
  assert.ok((await call('GET', '/resources/image/upload/%3F')).status >= 400);
});

test('every SDK’s encoding of a list: k[], k[0], JSON in a GET, no content type', async () => {
  for (const id of ['e1', 'e2']) await cloudinary.uploader.upload(logo, { public_id: id });
  const expected = ['e1', 'e2'];
  const ids = (body: Record<string, unknown>) =>
    (body.resources as { public_id: string }[]).map(({ public_id }) => public_id).sort();
  assert.deepEqual(ids((await call('GET', '/resources/image/upload?public_ids[]=e1&public_ids[]=e2')).body), expected);
  assert.deepEqual(
    ids((await call('GET', '/resources/image/upload?public_ids%5B0%5D=e1&public_ids%5B1%5D=e2')).body),
    expected,
  );
  const deleted = await call('DELETE', '/resources/image/upload', {
    // Unlike a text, bytes are sent without a content type.
    body: new TextEncoder().encode('public_ids[0]=e1&public_ids[1]=zz'),
  });
  assert.deepEqual(deleted.body.deleted, { e1: 'deleted', zz: 'not_found' });
  assert.deepEqual(
    (
      await call('DELETE', '/resources/image/upload', {
        body: JSON.stringify({ public_ids: ['e2'], next_cursor: null }),
        headers: { 'content-type': 'application/json' },
      })
    ).body.deleted,
    { e2: 'deleted' },
  );
});

test('the .NET SDK’s encoding: multipart with POST, PUT and DELETE, also without a parameter', async () => {
  const form = (...pairs: [string, string][]) => {
    const data = new FormData();
    for (const [name, value] of pairs) data.append(name, value);
    return data;
  };
  await cloudinary.uploader.upload(logo, { public_id: 'net' });
  const updated = await call('POST', '/resources/image/upload/net', { body: form(['tags', 'a,b']) });
  assert.deepEqual(updated.body.tags, ['a', 'b']);
  const named = form(['name', 'net_preset'], ['unsigned', 'true']);
  assert.equal((await call('POST', '/upload_presets', { body: named })).status, 200);
  assert.equal((await call('PUT', '/upload_presets/net_preset', { body: form(['tags', 'x']) })).status, 200);
  const nothing = { body: '--b\r\n\r\n--b--\r\n', headers: { 'content-type': 'multipart/form-data; boundary="b"' } };
  assert.equal((await call('DELETE', '/upload_presets/net_preset', nothing)).status, 200);
  const deleted = await call('DELETE', '/resources/image/upload?keep_original=false', {
    body: form(['public_ids[]', 'net'], ['public_ids[]', 'zz']),
  });
  assert.deepEqual(deleted.body.deleted, { net: 'deleted', zz: 'not_found' });
});

test('a body of a type that is not read is refused', async () => {
  const { status, body } = await call('DELETE', '/resources/image/upload', {
    body: 'public_ids[]=e1',
    headers: { 'content-type': 'application/xml' },
  });
  assert.equal(status, 400);
  assert.match(body.error!.message, /^Expected multipart.* but received application\/xml$/);
});

test('paths that the Node SDK encodes whole, rate-limit headers, request id', async () => {
  const { status, headers, body } = await call('POST', '/resources%2Fsearch', {
    body: '{"max_results":1}',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(status, 200);
  assert.equal((body.resources as unknown[]).length, 1);
  for (const name of ['x-featureratelimit-limit', 'x-featureratelimit-remaining'])
    assert.ok(Number(headers.get(name)) > 0);
  assert.ok(!Number.isNaN(Date.parse(headers.get('x-featureratelimit-reset')!)));
  assert.match(headers.get('x-request-id')!, /^[0-9a-f]{32}$/);
});

test('a backed-up asset stays readable as a placeholder and comes back by restore', async () => {
  await cloudinary.uploader.upload(logo, { public_id: 'backed', backup: true });
  await cloudinary.api.delete_resources(['backed']);
  const gone = await cloudinary.api.resource('backed');
  assert.deepEqual([gone.bytes, gone.placeholder], [0, true]);
  const restored = (await cloudinary.api.restore(['backed'])) as unknown as Record<string, { bytes: number }>;
  assert.ok(restored.backed!.bytes > 0);
  assert.equal((await fetch(`${server.url}/demo/image/upload/backed.png`)).status, 200);
});

test('metadata: external ids are never used twice, datasource answers have two keys, defaults are applied', async () => {
  const field = {
    external_id: 'size',
    label: 'Size',
    type: 'enum',
    default_value: 's',
    datasource: {
      values: [
        { external_id: 's', value: 'Small' },
        { external_id: 'm', value: 'Medium' },
      ],
    },
  };
  await cloudinary.api.add_metadata_field(field as never);
  const changed = await cloudinary.api.update_metadata_field_datasource('size', {
    values: [{ external_id: 's', value: 'Tiny' }],
  } as never);
  assert.deepEqual((changed as unknown as { values: unknown[] }).values, [
    { external_id: 's', value: 'Tiny' },
    { external_id: 'm', value: 'Medium' },
  ]);
  assert.deepEqual((await cloudinary.uploader.upload(logo, { public_id: 'meta' })).metadata, { size: 's' });
  const wrong = await call('POST', '/resources/image/upload/meta', { body: 'metadata=size%3Dxl' });
  assert.equal(wrong.body.error?.message, "'xl' is not valid for field 'size'");
  assert.deepEqual(Object.keys((await call('DELETE', '/metadata_fields/size')).body), ['message']);
  const again = await call('POST', '/metadata_fields', {
    body: JSON.stringify(field),
    headers: { 'content-type': 'application/json' },
  });
  assert.deepEqual([again.status, again.body.error?.message], [400, 'external id size already exists']);
});

test('folders outlive their assets; a missing one has an exact text', async () => {
  await cloudinary.uploader.upload(logo, { public_id: 'fa/fb/item' });
  await cloudinary.api.delete_resources(['fa/fb/item']);
  const { folders, total_count, next_cursor } = (await call('GET', '/folders/fa')).body;
  assert.deepEqual([(folders as { path: string }[])[0]!.path, total_count, next_cursor], ['fa/fb', 1, null]);
  assert.equal((await call('GET', '/folders/nope')).body.error?.message, "Can't find folder with path nope");
});

test('tokens: scoped, expiring, revocable; a wrong one answers as the cloud does', async () => {
  const made = (
    await call('POST', '/access_tokens', { body: 'name=ci&scopes=asset_management&role=reports&expires_in=60' })
  ).body as { access_token: string; id: string };
  const bearer = { authorization: `Bearer ${made.access_token}` };
  assert.equal((await call('GET', '/resources/image', bearer)).status, 200);
  const refused = await call('DELETE', '/resources/image/upload', { ...bearer, body: 'public_ids[]=x' });
  assert.deepEqual(
    [refused.status, refused.body.error?.message],
    [403, 'Role reports is not allowed to change assets'],
  );
  const upload = await fetch(`${server.url}/v1_1/demo/image/upload`, {
    method: 'POST',
    headers: bearer,
    body: new URLSearchParams({ file: 'data:,x' }),
  });
  assert.equal(upload.status, 401);
  await call('DELETE', `/access_tokens/${made.id}`);
  assert.match((await call('GET', '/ping', bearer)).body.error!.message, /Invalid token/);
});

test('the audit trail names who changed what, without values', async () => {
  await call('POST', '/resources/image/upload/meta', { body: 'context=k%3Dnever-logged' });
  const { entries } = (await call('GET', '/audit?max_results=5')).body as {
    entries: { operation: string; target: string; parameters: string[]; actor: string }[];
  };
  const entry = entries.find(({ target }) => target === '/resources/image/upload/meta')!;
  assert.deepEqual(entry.parameters, ['context']);
  assert.equal(entry.actor, server.account.key.api_key);
  assert.ok(!JSON.stringify(entries).includes('never-logged'));
});
