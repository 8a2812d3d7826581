import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';
import { temporaryFolder } from '../temporary-folder.fixture.ts';

let server: RunningServer;
let cloudinary: typeof import('cloudinary').v2;
const folder = temporaryFolder('upload');
const photo = join(folder, 'photo.jpg');
const hooks: { body: Record<string, unknown>; raw: string; headers: Record<string, unknown> }[] = [];
const hookServer = createServer(async (request, response) => {
  const raw = await text(request);
  hooks.push({ raw, body: JSON.parse(raw) as Record<string, unknown>, headers: request.headers });
  response.end();
});
let hookUrl: string;

before(async () => {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  await sharp({ create: { width: 600, height: 400, channels: 3, background: '#888', noise } })
    .jpeg()
    .toFile(photo);
  server = await startServer({
    config: loadConfig({
      flags: { ...(await catalogFlags()), port: 0, data: join(folder, 'data'), 'log-level': 'silent' },
    }),
  });
  // The SDK picks http or https from this variable when it is loaded.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  hookServer.listen(0, '127.0.0.1');
  await once(hookServer, 'listening');
  hookUrl = `http://127.0.0.1:${(hookServer.address() as AddressInfo).port}/`;
});
after(async () => {
  hookServer.close();
  await server.close();
});

const rejects = async (work: Promise<unknown>, message: RegExp, http_code = 400) =>
  assert.rejects(work, (error: { message: string; http_code: number }) => {
    assert.match(error.message, message);
    assert.equal(error.http_code, http_code);
    return true;
  });

test('an upload answers the cloud’s fields and a signature that the SDK accepts', async () => {
  const asset = await cloudinary.uploader.upload(photo, {
    public_id: 'a/b',
    tags: ['x', 'y'],
    context: { alt: 'A | B = C' },
    phash: true,
    colors: true,
  });
  assert.equal(asset.public_id, 'a/b');
  assert.deepEqual([asset.width, asset.height, asset.format, asset.type], [600, 400, 'jpg', 'upload']);
  assert.deepEqual(asset.tags, ['x', 'y']);
  assert.deepEqual(asset.context, { custom: { alt: 'A | B = C' } });
  assert.match(asset.phash, /^[0-9a-f]{16}$/);
  assert.match(asset.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const utils = cloudinary.utils as unknown as {
    verify_api_response_signature(id: string, version: string, signature: string): boolean;
  };
  assert.ok(utils.verify_api_response_signature(asset.public_id, String(asset.version), asset.signature));
  assert.equal((await fetch(asset.secure_url)).status, 200);
});

test('names: prefixes, file names, raw extensions, what is refused', async () => {
  assert.match((await cloudinary.uploader.upload(photo, { use_filename: true })).public_id, /^photo_[a-z0-9]{6}$/);
  assert.equal(
    (await cloudinary.uploader.upload(photo, { use_filename: true, unique_filename: false })).public_id,
    'photo',
  );
  assert.match((await cloudinary.uploader.upload(photo, {})).public_id, /^[a-z0-9]{20}$/);
  assert.equal(
    (await cloudinary.uploader.upload(photo, { public_id_prefix: 'p/q', public_id: 'r' })).public_id,
    'p/q/r',
  );
  const raw = await cloudinary.uploader.upload(photo, { resource_type: 'raw' });
  assert.match(raw.public_id, /^[a-z0-9]{20}\.jpg$/);
  assert.ok(!('width' in raw));
  await rejects(cloudinary.uploader.upload(photo, { public_id: 'what?' }), /^public_id \(what\?\) is invalid$/);
});

test('overwrite=false answers the stored asset, replacing keeps the asset ID', async () => {
  const first = await cloudinary.uploader.upload(photo, { public_id: 'once', tags: 'kept' });
  const same = await cloudinary.uploader.upload(photo, { public_id: 'once', overwrite: false, tags: 'ignored' });
  assert.equal(same.existing, true);
  assert.deepEqual(same.tags, ['kept']);
  const again = await cloudinary.uploader.upload(photo, { public_id: 'once' });
  assert.equal(again.overwritten, true);
  assert.equal(again.asset_id, first.asset_id);
  assert.notEqual(again.version, first.version);
  assert.deepEqual(again.tags, []);
});

test('answers carry the fields that the cloud’s answers carry, in its order', async () => {
  const keys = (asset: object) => Object.keys(asset);
  const common =
    'asset_id public_id version version_id signature width height format resource_type created_at tags bytes type etag placeholder url secure_url asset_folder display_name';
  const plain = await cloudinary.uploader.upload(photo, { public_id: 'order' });
  assert.deepEqual(keys(plain), `${common} original_filename api_key`.split(' '));
  const again = await cloudinary.uploader.upload(photo, {
    public_id: 'order',
    filename_override: 'Holiday.JPEG',
    eager: [{ width: 5 }],
    return_delete_token: true,
  });
  assert.deepEqual(
    keys(again),
    `${common} overwritten original_filename original_extension eager delete_token api_key`.split(' '),
  );
  assert.deepEqual([again.original_filename, again.original_extension], ['Holiday', 'JPEG']);
  assert.ok(!('original_extension' in (await cloudinary.api.resource('order'))));

  const converted = await cloudinary.uploader.upload(photo, { format: 'webp' });
  assert.deepEqual([converted.format, converted.pages, converted.original_extension], ['webp', 1, 'jpg']);
  assert.equal((await cloudinary.uploader.upload(photo, { faces: true })).pages, 1);
  const unnamed = await cloudinary.uploader.upload(photo, { discard_original_filename: true, format: 'png' });
  assert.ok(!('original_extension' in unnamed) && !('original_filename' in unnamed));
});

test('an upload without a key names none; one that may not replace says whether there was something', async () => {
  await cloudinary.api.create_upload_preset({ name: 'guests', unsigned: true });
  const asset = await cloudinary.uploader.unsigned_upload(photo, 'guests', { public_id: 'guest' });
  assert.ok(!('api_key' in asset));
  assert.equal(asset.existing, false);
  const second = await cloudinary.uploader.unsigned_upload(photo, 'guests', { public_id: 'guest' });
  assert.equal(second.existing, true);
  assert.ok(!('existing' in (await cloudinary.uploader.unsigned_upload(photo, 'guests'))));
});

test('of uploads with overwrite=false that come together one is stored, the others are told of it', async () => {
  const all = await Promise.all(
    ['a', 'b', 'c', 'd'].map((tags) =>
      cloudinary.uploader.upload(photo, { public_id: 'together', overwrite: false, tags }),
    ),
  );
  assert.equal(all.filter(({ existing }) => existing === true).length, 3);
  assert.deepEqual(new Set(all.map(({ tags }) => String(tags))).size, 1);
});

test('bad calls get the cloud’s texts', async () => {
  const empty = join(folder, 'empty.gif');
  writeFileSync(empty, '');
  await rejects(cloudinary.uploader.upload(empty, {}), /empty/i);
  const fake = join(folder, 'fake.png');
  writeFileSync(fake, 'no picture at all');
  await rejects(cloudinary.uploader.upload(fake, {}), /^Invalid image file$/);
  await rejects(cloudinary.uploader.upload(fake, { resource_type: 'video' }), /^Unsupported video format or file$/);
  await rejects(cloudinary.uploader.upload(photo, { allowed_formats: ['png'] }), /^Image file format jpg not allowed$/);
  await rejects(cloudinary.uploader.upload(photo, { raw_convert: 'illegal' }), /Raw convert is invalid/);
  await rejects(cloudinary.uploader.upload(photo, { detection: 'illegal' }), /^Detection invalid model 'illegal'$/);
  await rejects(cloudinary.uploader.upload(photo, { background_removal: 'illegal' }), /is invalid/);
  await rejects(
    cloudinary.uploader.upload(photo, { categorization: 'google_tagging' }),
    /You don't have an active subscription/,
  );
  await rejects(
    cloudinary.uploader.upload(photo, { raw_transformation: 'zz_9' }),
    /Invalid transformation component - zz_9/,
  );
  await rejects(cloudinary.uploader.upload(photo, { upload_preset: 'nope' }), /^Upload preset not found$/);
  await rejects(
    cloudinary.uploader.unsigned_upload(photo, ''),
    /Upload preset must be specified when using unsigned upload/,
  );
});

test('incoming transformation and format change what is stored', async () => {
  const small = await cloudinary.uploader.upload(photo, {
    transformation: { crop: 'limit', width: 100 },
    format: 'png',
  });
  assert.deepEqual([small.width, small.height, small.format], [100, 67, 'png']);
  const converted = await cloudinary.uploader.upload(photo, { allowed_formats: ['png'], format: 'png' });
  assert.equal(converted.format, 'png');
  const kept = await cloudinary.uploader.upload(photo, { allowed_formats: ['jpg', 'png'], format: 'png' });
  assert.equal(kept.format, 'jpg');
});

test('eager_async, async and explicit end in notifications that the SDK verifies', async () => {
  hooks.length = 0;
  const asset = await cloudinary.uploader.upload(photo, {
    public_id: 'later',
    eager: [
      { width: 90, height: 60, crop: 'fill' },
      { effect: 'grayscale', format: 'png' },
    ],
    eager_async: true,
    notification_url: hookUrl,
  });
  assert.equal(asset.eager[0].status, 'processing');
  const pending = await cloudinary.uploader.upload(photo, {
    public_id: 'async',
    async: true,
    notification_url: hookUrl,
  });
  assert.deepEqual([pending.status, pending.public_id], ['pending', 'async']);
  await server.app.jobs.idle();
  const types = hooks.map(({ body }) => body.notification_type).sort();
  assert.deepEqual(types, ['eager', 'upload', 'upload']);
  for (const { raw, headers } of hooks)
    assert.ok(
      cloudinary.utils.verifyNotificationSignature(
        raw,
        Number(headers['x-cld-timestamp']),
        String(headers['x-cld-signature']),
      ),
    );
  const eager = hooks.find(({ body }) => body.notification_type === 'eager')!.body.eager as {
    width: number;
    secure_url: string;
  }[];
  assert.equal(eager[0]!.width, 90);
  assert.equal((await fetch(eager[1]!.secure_url)).headers.get('content-type'), 'image/png');
  assert.equal((await fetch(`${server.url}/${server.account.cloud.name}/image/upload/async.jpg`)).status, 200);
  const updated = await cloudinary.uploader.explicit('later', {
    type: 'upload',
    tags: 'new',
    eager: [{ width: 50 }],
    face_coordinates: '1,2,3000,4',
    faces: true,
  });
  assert.deepEqual(updated.tags, ['new']);
  assert.deepEqual(updated.faces, [[1, 2, 3000, 4]]);
  assert.equal(updated.eager[0].width, 50);
  await rejects(cloudinary.uploader.explicit('nowhere', { type: 'upload' }), /^Resource not found - nowhere$/, 404);
});

test('scripts run in a sandbox before and after storing', async () => {
  const asset = await cloudinary.uploader.upload(photo, {
    eval: 'if (resource_info["width"] < 1000) { upload_options["quality_analysis"] = true }; upload_options["context"] = "width=" + resource_info["width"]',
    on_success: 'current_asset.update({tags: ["autocaption"]})',
  });
  assert.deepEqual(asset.context, { custom: { width: '600' } });
  assert.equal(typeof asset.quality_analysis.focus, 'number');
  assert.deepEqual(asset.tags, ['autocaption']);
  await rejects(cloudinary.uploader.upload(photo, { eval: 'while (true) {}' }), /interrupted/);
  await rejects(cloudinary.uploader.upload(photo, { eval: 'process.exit(1)' }), /process/);
});

test('responsive breakpoints differ by bytes and are never wider than the original', async () => {
  const asset = await cloudinary.uploader.upload(photo, {
    responsive_breakpoints: [
      {
        create_derived: true,
        transformation: { effect: 'sepia' },
        format: 'jpg',
        bytes_step: 5000,
        max_images: 5,
        min_width: 100,
        max_width: 2000,
      },
      { create_derived: false, transformation: { angle: 10 }, format: 'gif', bytes_step: 10_000, max_images: 2 },
    ],
  });
  const [first, second] = asset.responsive_breakpoints;
  assert.equal(first.transformation, 'e_sepia');
  assert.equal(second.transformation, 'a_10');
  assert.match(first.breakpoints[0].url, /\.jpg$/);
  assert.match(second.breakpoints[0].url, /\.gif$/);
  const widths = first.breakpoints.map(({ width }: { width: number }) => width);
  assert.equal(widths[0], 600);
  assert.equal(widths.at(-1), 100);
  assert.deepEqual(
    widths,
    [...widths].sort((a, b) => b - a),
  );
  assert.equal(second.breakpoints.length, 2);
});

test('destroy, rename, tags, context and the delete token', async () => {
  const asset = await cloudinary.uploader.upload(photo, { public_id: 'old', tags: 't1', return_delete_token: true });
  assert.deepEqual(await cloudinary.uploader.add_tag('tag3Å', ['old', 'missing']), { public_ids: ['old'] });
  assert.deepEqual(await cloudinary.uploader.add_context('k=v|w=x', ['old']), { public_ids: ['old'] });
  const renamed = await cloudinary.uploader.rename('old', 'new', { context: true } as object);
  assert.equal(renamed.asset_id, asset.asset_id);
  assert.deepEqual(renamed.tags, ['t1', 'tag3Å']);
  assert.deepEqual(renamed.context, { custom: { k: 'v', w: 'x' } });
  await cloudinary.uploader.upload(photo, { public_id: 'other' });
  await rejects(cloudinary.uploader.rename('new', 'other'), /^to_public_id other already exists$/);
  assert.equal((await cloudinary.uploader.rename('new', 'other', { overwrite: true })).public_id, 'other');
  const useToken = async () => {
    const response = await fetch(`${server.url}/v1_1/${server.account.cloud.name}/delete_by_token`, {
      method: 'POST',
      body: new URLSearchParams({ token: asset.delete_token }),
    });
    return [response.status, await response.json()];
  };
  assert.deepEqual(await useToken(), [200, { result: 'ok' }]);
  assert.deepEqual(await useToken(), [400, { error: { message: 'Invalid token' } }]);
  assert.deepEqual(await cloudinary.uploader.destroy('other'), { result: 'not found' });
});

test('chunks become one file, answered as the SDK expects', async () => {
  const big = join(folder, 'big.bin');
  const bytes = Buffer.alloc(13_000_000, 'abcdefgh');
  writeFileSync(big, bytes);
  const asset = await new Promise<Record<string, unknown>>((resolve, reject) => {
    cloudinary.uploader.upload_large(
      big,
      {
        resource_type: 'raw',
        chunk_size: 6_000_000,
        public_id: 'big.bin',
      },
      (error: unknown, result: unknown) => (error ? reject(error) : resolve(result as Record<string, unknown>)),
    );
  });
  assert.equal(asset.bytes, bytes.length);
  assert.equal(asset.done, true);
  assert.deepEqual(Buffer.from(await (await fetch(String(asset.secure_url))).arrayBuffer()), bytes);
});
