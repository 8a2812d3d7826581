import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import tar from 'tar-stream';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';
import { entryName, uniqueNames } from './entries.ts';

let now = Date.now();
let server: RunningServer;
let cloudinary: typeof import('cloudinary').v2;
const folder = mkdtempSync(join(tmpdir(), 'signet-archives-'));

before(async () => {
  server = await startServer({
    config: loadConfig({
      flags: { ...(await catalogFlags()), port: 0, data: join(folder, 'data'), 'log-level': 'silent' },
    }),
    clock: () => now,
  });
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  const photo = join(folder, 'photo.jpg');
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#c33' } })
    .jpeg()
    .toFile(photo);
  writeFileSync(join(folder, 'notes.txt'), 'notes\n'.repeat(1000));
  for (const [public_id, tags] of [
    ['a/one', 'pair'],
    ['a/two', 'pair'],
    ['b/one', 'other'],
  ] as const)
    await cloudinary.uploader.upload(photo, { public_id, tags });
  await cloudinary.uploader.upload(join(folder, 'notes.txt'), { public_id: 'a/notes.txt', resource_type: 'raw' });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Names and uncompressed sizes, from the central directory (APPNOTE 4.3.12). */
function zipList(bytes: Buffer): Record<string, number> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const files: Record<string, number> = {};
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const length = bytes.readUInt16LE(at + 28);
    files[bytes.toString('utf8', at + 46, at + 46 + length)] = bytes.readUInt32LE(at + 24);
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

const load = async (url: string): Promise<Buffer> => {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, answer.headers.get('x-cld-error') ?? '');
  return Buffer.from(await answer.arrayBuffer());
};

test('a signed URL streams a ZIP with folders, or without', async () => {
  const url = cloudinary.utils.download_zip_url({ public_ids: ['a/one', 'b/one'] });
  assert.deepEqual(Object.keys(zipList(await load(url))), ['a/one.jpg', 'b/one.jpg']);
  const flat = cloudinary.utils.download_zip_url({ public_ids: ['a/one', 'b/one'], flatten_folders: true });
  assert.deepEqual(Object.keys(zipList(await load(flat))), ['one.jpg', 'one_1.jpg']);
  const original = cloudinary.utils.download_zip_url({
    public_ids: ['a/one', 'a/two'],
    use_original_filename: true,
  } as object);
  assert.deepEqual(Object.keys(zipList(await load(original))), ['a/photo.jpg', 'a/photo_1.jpg']);
});

test('a tar holds the same bytes as the assets', async () => {
  const url = cloudinary.utils.download_archive_url({ tags: 'pair', target_format: 'tgz' });
  const extract = tar.extract();
  const names: string[] = [];
  Readable.from([gunzipSync(await load(url))]).pipe(extract);
  for await (const entry of extract) {
    names.push(entry.header.name);
    const { format } = await sharp(await buffer(entry)).metadata();
    assert.equal(format, 'jpeg');
  }
  assert.deepEqual(names, ['a/one.jpg', 'a/two.jpg']);
});

test('a folder of all types, and a tag by the old URL', async () => {
  const url = cloudinary.utils.download_folder('a/');
  assert.deepEqual(zipList(await load(url))['a/notes.txt'], 6000);
  const { zip_download_url } = cloudinary.utils as unknown as { zip_download_url(tag: string): string };
  assert.deepEqual(Object.keys(zipList(await load(zip_download_url('pair')))), ['a/one.jpg', 'a/two.jpg']);
});

test('an archive is stored as a raw asset, with every asset in every transformation', async () => {
  const archive = await cloudinary.uploader.create_zip({
    tags: 'pair',
    transformations: [{ width: 20 }, { width: 10, fetch_format: 'png' }],
    target_public_id: 'made/pair',
    target_tags: ['archives'],
  });
  assert.equal(archive.public_id, 'made/pair.zip');
  assert.deepEqual([archive.resource_count, archive.file_count, archive.tags], [2, 4, ['archives']]);
  const files = zipList(await load(archive.secure_url));
  assert.equal(Object.keys(files).length, 4);
  assert.ok('a/one/w_20.jpg' in files, Object.keys(files).join());
});

test('what is missing is an error, or left out and named', async () => {
  await assert.rejects(cloudinary.uploader.create_zip({ public_ids: ['a/one', 'nothing'] }), {
    message: 'Resources not found - nothing',
    http_code: 404,
  });
  const archive = await cloudinary.uploader.create_zip({
    public_ids: ['a/one', 'nothing'],
    tags: 'no-such-tag',
    allow_missing: true,
  });
  assert.deepEqual(
    [archive.file_count, archive.missing_public_ids, archive.empty_tags],
    [1, ['nothing'], ['no-such-tag']],
  );
  const empty = await fetch(cloudinary.utils.download_zip_url({ tags: 'no-such-tag' }));
  assert.equal(empty.status, 404);
  assert.match(empty.headers.get('x-cld-error') ?? '', /No resources found/);
  await assert.rejects(cloudinary.uploader.create_zip({}), { message: /Expected one of public_ids/ });
});

test('async: a job makes the archive', async () => {
  const pending = await cloudinary.uploader.create_zip({ tags: 'pair', async: true, target_public_id: 'later' });
  assert.deepEqual([pending.status, pending.public_id], ['pending', 'later.zip']);
  await server.app.jobs.idle();
  const stored = await cloudinary.api.resource('later.zip', { resource_type: 'raw' });
  assert.ok(stored.bytes > 500);
});

test('private downloads work until they expire', async () => {
  const photo = join(folder, 'photo.jpg');
  await cloudinary.uploader.upload(photo, { public_id: 'secret', type: 'private' });
  const options = { type: 'private', attachment: true, expires_at: Math.floor(now / 1000) + 7200 };
  const url = cloudinary.utils.private_download_url('secret', 'png', options);
  const answer = await fetch(url);
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="secret.png"');
  assert.equal((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).format, 'png');
  const before = now;
  try {
    now += 7000_000;
    assert.equal((await fetch(url)).status, 200, 'longer than an hour when the URL says so');
    now += 300_000;
    const late = await fetch(url);
    assert.equal(late.status, 400);
    assert.match(late.headers.get('x-cld-error') ?? '', /^URL expired at /);
  } finally {
    now = before;
  }
  assert.equal((await fetch(url.replace('public_id=secret', 'public_id=other'))).status, 401);
});

test('a kept version can be downloaded', async () => {
  const stored = await cloudinary.uploader.upload(join(folder, 'photo.jpg'), { public_id: 'kept', backup: true });
  const { download_backedup_asset } = cloudinary.utils as unknown as {
    download_backedup_asset(assetId: string, versionId: string): string;
  };
  const bytes = await load(download_backedup_asset(stored.asset_id, stored.version_id));
  assert.equal(bytes.length, stored.bytes);
});

test('names never lead out of the folder of the archive', () => {
  const naming = {
    flattenFolders: false,
    flattenTransformations: false,
    skipTransformationName: false,
    useOriginalFilename: true,
  };
  const row = { public_id: 'a/b', original_filename: '../../etc/passwd', resource_type: 'image', format: 'jpg' };
  assert.equal(entryName(row, { transformation: '', extension: '' }, naming), 'a/etc/passwd.jpg');
  const unique = uniqueNames();
  assert.deepEqual(['x.jpg', 'x.jpg', 'x_1.jpg'].map(unique), ['x.jpg', 'x_1.jpg', 'x_1_1.jpg']);
});
