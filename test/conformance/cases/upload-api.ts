import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import type { Answer, Case, Context } from '../case.ts';

const fetched = async (url: unknown, type?: RegExp): Promise<Buffer> => {
  const answer = await fetch(String(url));
  assert.equal(answer.status, 200, `${url}: ${answer.headers.get('x-cld-error')}`);
  if (type !== undefined) assert.match(answer.headers.get('content-type') ?? '', type);
  return Buffer.from(await answer.arrayBuffer());
};

/** Waits for what is done in the background. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('Expected it to happen within 20 seconds');
}

const put = ({ uploader, files }: Context, public_id: string, options: object = {}): Promise<Answer> =>
  uploader.upload!(files.photo, { public_id, ...options });

const refused = (work: Promise<unknown>, message: RegExp, http_code = 400) =>
  assert.rejects(work, (error: { message: string; http_code: number }) => {
    assert.match(error.message, message);
    assert.equal(error.http_code, http_code);
    return true;
  });

async function answersNotAvailable({ server }: Context, name: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
  const url = `${server.url}/v1_1/${server.cloud}/video/${name}`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization } });
  assert.deepEqual([answer.status, /not available/.test(await answer.text())], [400, true]);
}

const UPLOAD = 'POST /:resource_type/upload';

export const UPLOAD_CASES: readonly Case[] = [
  {
    endpoint: UPLOAD,
    call: "uploader.upload('photo.jpg', { public_id, tags, context })",
    smoke: true,
    async run(context) {
      const asset = await put(context, 'c/photo', { tags: ['a', 'b'], context: { alt: 'x|y=z' } });
      assert.deepEqual(
        [asset.public_id, asset.width, asset.height, asset.format, asset.tags],
        ['c/photo', 400, 300, 'jpg', ['a', 'b']],
      );
      assert.deepEqual(asset.context, { custom: { alt: 'x|y=z' } });
      const { utils } = context.cloudinary as unknown as {
        utils: { verify_api_response_signature(id: string, version: unknown, signature: unknown): boolean };
      };
      assert.ok(utils.verify_api_response_signature(asset.public_id, asset.version, asset.signature));
      await fetched(asset.secure_url, /image\/jpeg/);
    },
  },
  {
    endpoint: UPLOAD,
    call: "uploader.upload('data:image/png;base64,…')",
    smoke: true,
    async run({ uploader }) {
      const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
      const { width, format } = await uploader.upload!(`data:image/png;base64,${pixel}`);
      assert.deepEqual([width, format], [1, 'png']);
    },
  },
  {
    endpoint: UPLOAD,
    call: "uploader.upload('https://photos.example/photo.jpg')",
    async run({ uploader, server }) {
      // A stand-in answers for the host; addresses of the own network are refused.
      assert.equal((await uploader.upload!('https://photos.example/photo.jpg')).width, 400);
      await refused(uploader.upload!(`${server.url}/x.jpg`), /Error in loading/);
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { eager: [{ width: 100, crop: "scale" }] })',
    smoke: true,
    async run(context) {
      const { eager } = await put(context, 'c/eager', { eager: [{ width: 100, crop: 'scale' }] });
      const [first] = eager as Answer[];
      assert.deepEqual([first!.width, first!.height], [100, 75]);
      await fetched(first!.secure_url, /image\/jpeg/);
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { eager, eager_async: true, eager_notification_url })',
    async run(context) {
      const { webhookUrl: eager_notification_url, webhooks } = context;
      await put(context, 'c/later', { eager: [{ width: 50 }], eager_async: true, eager_notification_url });
      await until(() => webhooks.find((body) => body.notification_type === 'eager' && body.public_id === 'c/later'));
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { async: true, notification_url })',
    async run(context) {
      const { webhookUrl: notification_url, webhooks } = context;
      const { status } = await put(context, 'c/async', { async: true, notification_url });
      assert.equal(status, 'pending');
      await until(() => webhooks.find((body) => body.notification_type === 'upload' && body.public_id === 'c/async'));
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { phash, colors, faces, quality_analysis, image_metadata })',
    async run(context) {
      const asset = await put(context, 'c/facts', {
        phash: true,
        colors: true,
        faces: true,
        quality_analysis: true,
        image_metadata: true,
      });
      for (const name of ['phash', 'colors', 'predominant', 'faces', 'quality_analysis', 'image_metadata'])
        assert.ok(name in asset, `${name} is missing`);
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { responsive_breakpoints })',
    async run(context) {
      const asset = await put(context, 'c/breakpoints', {
        responsive_breakpoints: [{ create_derived: true, bytes_step: 2000, min_width: 50, max_width: 400 }],
      });
      const [found] = asset.responsive_breakpoints as { breakpoints: { width: number }[] }[];
      assert.ok(found!.breakpoints.length > 0);
    },
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.upload(file, { ocr: "adv_ocr" })',
    notAvailable: 'paid add-on',
    run: (context) => refused(put(context, 'c/ocr', { ocr: 'adv_ocr' }), /subscription for/),
  },
  {
    endpoint: UPLOAD,
    call: "uploader.upload('ftp://…' | 's3://…' | 'gs://…')",
    notAvailable: 'http and https addresses are read; a presigned one gives a file of a bucket',
    async run({ uploader }) {
      for (const scheme of ['ftp', 's3', 'gs'])
        await refused(uploader.upload!(`${scheme}://files.example/a.jpg`, {}), /give its https address/);
    },
  },
  {
    endpoint: UPLOAD,
    call: "uploader.upload('https://…', { proxy })",
    notAvailable: 'the server loads remote files itself',
    run: ({ uploader }) =>
      refused(uploader.upload!('https://files.example/a.jpg', { proxy: 'http://proxy.example' }), /proxy/),
  },
  {
    endpoint: UPLOAD,
    call: 'uploader.unsigned_upload(file, preset)',
    smoke: true,
    async run({ api, uploader, files }) {
      await api.create_upload_preset!({ name: 'visitors', unsigned: true, folder: 'visitors', tags: 'v' });
      const asset = await uploader.unsigned_upload!(files.photo, 'visitors', {});
      assert.match(asset.public_id, /^visitors\//);
      await refused(uploader.unsigned_upload!(files.photo, 'nobody', {}), /preset not found/i);
    },
  },
  {
    endpoint: `${UPLOAD} (chunks)`,
    call: 'uploader.upload_large(file, { chunk_size: 6000000 })',
    async run({ uploader, files }) {
      const asset = await new Promise<Answer>((resolve, reject) => {
        const options = { resource_type: 'raw', chunk_size: 6_000_000 };
        void uploader.upload_large!(files.large, options, (error: unknown, result: Answer) =>
          error ? reject(error) : resolve(result),
        );
      });
      assert.equal(asset.bytes, statSync(files.large).size);
    },
  },
  {
    endpoint: 'POST /:resource_type/explicit',
    call: "uploader.explicit(id, { type: 'upload', eager })",
    smoke: true,
    async run(context) {
      const { version } = await put(context, 'c/explicit');
      const { eager } = await context.uploader.explicit!('c/explicit', {
        type: 'upload',
        eager: [{ width: '2.0', crop: 'scale' }],
      });
      assert.ok((eager as Answer[])[0]!.secure_url.endsWith(`/c_scale,w_2.0/v${version}/c/explicit.jpg`));
    },
  },
  {
    endpoint: 'POST /:resource_type/rename',
    call: 'uploader.rename(from, to)',
    smoke: true,
    async run(context) {
      await put(context, 'c/from');
      await put(context, 'c/taken');
      await refused(context.uploader.rename!('c/from', 'c/taken'), /already exists/);
      assert.equal((await context.uploader.rename!('c/from', 'c/to')).public_id, 'c/to');
    },
  },
  {
    endpoint: 'POST /:resource_type/destroy',
    call: 'uploader.destroy(id)',
    smoke: true,
    async run(context) {
      await put(context, 'c/gone');
      assert.equal((await context.uploader.destroy!('c/gone')).result, 'ok');
      assert.equal((await context.uploader.destroy!('c/gone')).result, 'not found');
    },
  },
  {
    endpoint: 'POST /:resource_type/tags',
    call: 'uploader.add_tag / remove_tag / replace_tag / remove_all_tags',
    async run(context) {
      const { uploader, api } = context;
      await put(context, 'c/tags', { tags: 'x' });
      await uploader.add_tag!('y', ['c/tags']);
      await uploader.remove_tag!('x', ['c/tags']);
      assert.deepEqual((await api.resource!('c/tags')).tags, ['y']);
      await uploader.replace_tag!('z', ['c/tags']);
      assert.deepEqual((await uploader.remove_all_tags!(['c/tags', 'nothing'])).public_ids, ['c/tags']);
    },
  },
  {
    endpoint: 'POST /:resource_type/context',
    call: 'uploader.add_context / remove_all_context',
    async run(context) {
      await put(context, 'c/context');
      await context.uploader.add_context!({ key: 'a=b|c' }, ['c/context']);
      assert.deepEqual((await context.api.resource!('c/context')).context, { custom: { key: 'a=b|c' } });
      await context.uploader.remove_all_context!(['c/context']);
    },
  },
  {
    endpoint: 'POST /:resource_type/metadata',
    call: 'uploader.update_metadata(values, ids)',
    async run(context) {
      await context.api.add_metadata_field!({ external_id: 'sku', label: 'SKU', type: 'string' });
      await put(context, 'c/metadata');
      assert.deepEqual((await context.uploader.update_metadata!({ sku: '42' }, ['c/metadata'])).public_ids, [
        'c/metadata',
      ]);
      assert.deepEqual((await context.api.resource!('c/metadata')).metadata, { sku: '42' });
    },
  },
  {
    endpoint: 'POST /delete_by_token',
    call: 'uploader.delete_by_token(token)',
    async run(context) {
      const { delete_token: token } = await put(context, 'c/token', { return_delete_token: true });
      const url = `${context.server.url}/v1_1/${context.server.cloud}/delete_by_token`;
      const send = () => fetch(url, { method: 'POST', body: new URLSearchParams({ token: String(token) }) });
      assert.deepEqual(await (await send()).json(), { result: 'ok' });
      assert.equal((await send()).status, 400);
    },
  },
  {
    endpoint: 'POST /:resource_type/generate_archive',
    call: 'uploader.create_zip({ tags })',
    smoke: true,
    async run(context) {
      await put(context, 'c/z1', { tags: 'zip' });
      await put(context, 'c/z2', { tags: 'zip' });
      const archive = await context.uploader.create_zip!({ tags: 'zip' });
      assert.equal(archive.file_count, 2);
      assert.equal((await fetched(archive.secure_url)).toString('latin1', 0, 2), 'PK');
    },
  },
  {
    endpoint: 'GET /:resource_type/generate_archive',
    call: 'utils.download_zip_url / download_archive_url / download_folder',
    async run(context) {
      await put(context, 'z/one');
      const { utils } = context.cloudinary;
      await fetched(utils.download_zip_url({ public_ids: ['z/one'] }), /zip/);
      await fetched(utils.download_archive_url({ public_ids: ['z/one'], target_format: 'tgz' }), /gzip/);
      await fetched(utils.download_folder('z/'), /zip/);
    },
  },
  {
    endpoint: 'GET /:resource_type/download',
    call: 'utils.private_download_url(id, format)',
    async run(context) {
      await put(context, 'c/private', { type: 'private' });
      const url = context.cloudinary.utils.private_download_url('c/private', 'jpg', { type: 'private' });
      await fetched(url, /image\/jpeg/);
      assert.equal((await fetch(url.replace('private.jpg', 'x').replace(/signature=./, 'signature=_'))).status, 401);
    },
  },
  {
    endpoint: 'GET /download_backup',
    call: 'utils.download_backedup_asset(asset_id, version_id)',
    async run(context) {
      const { asset_id, version_id } = await put(context, 'c/backup', { backup: true });
      const utils = context.cloudinary.utils as unknown as Record<string, (...args: unknown[]) => string>;
      await fetched(utils.download_backedup_asset!(asset_id, version_id), /image\/jpeg/);
    },
  },
  {
    endpoint: 'POST /image/multi',
    call: 'uploader.multi(tag, { format })',
    async run(context) {
      await put(context, 'c/m1', { tags: 'multi' });
      await put(context, 'c/m2', { tags: 'multi' });
      await fetched((await context.uploader.multi!('multi', {})).url, /image\/gif/);
      await fetched((await context.uploader.multi!('multi', { format: 'pdf' })).url, /pdf/);
    },
  },
  {
    endpoint: 'POST /image/multi',
    call: "uploader.multi(tag, { format: 'mp4' })",
    async run(context) {
      await fetched((await context.uploader.multi!('multi', { format: 'mp4' })).url, /video\/mp4/);
      await fetched((await context.uploader.multi!('multi', { format: 'webm' })).url, /video\/webm/);
      await fetched((await context.uploader.multi!('multi', { format: 'png' })).url, /image\/png/);
    },
  },
  {
    endpoint: 'POST /image/sprite',
    call: 'uploader.generate_sprite(tag)',
    async run(context) {
      await put(context, 'c/s1', { tags: 'sprite' });
      const sprite = await context.uploader.generate_sprite!('sprite', {});
      await fetched(sprite.image_url, /image\/png/);
      await fetched(sprite.css_url, /text\/css/);
      await fetched(sprite.json_url, /json/);
    },
  },
  {
    endpoint: 'POST /image/explode',
    call: "uploader.explode(id, { page: 'all' })",
    async run({ uploader, api, files }) {
      await uploader.upload!(files.animation, { public_id: 'c/animation' });
      assert.equal((await uploader.explode!('c/animation', { page: 'all' })).status, 'processing');
      await until(async () => ((await api.resource!('c/animation')).derived as unknown[]).length === 2 || undefined);
    },
  },
  {
    endpoint: 'POST /image/text',
    call: "uploader.text('hello world')",
    smoke: true,
    async run({ uploader }) {
      const { width, height, url } = await uploader.text!('hello world', {});
      assert.ok(Number(width) >= 50 && Number(width) <= 70 && Number(height) >= 5 && Number(height) <= 15);
      await fetched(url, /image\/png/);
    },
  },
  {
    endpoint: 'POST /video/create_slideshow',
    call: 'uploader.create_slideshow(…) (older SDKs)',
    notAvailable: 'the cloud has retired it',
    run: (context) => answersNotAvailable(context, 'create_slideshow'),
  },
  {
    endpoint: 'POST /video/concat',
    call: 'no SDK calls it',
    notAvailable: 'join segments before the upload, or with `fl_splice` on delivery',
    run: (context) => answersNotAvailable(context, 'concat'),
  },
];
