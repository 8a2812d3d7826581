import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';
import { partOf } from './sources.ts';
import { placeBelow, spriteCss } from './sprite.ts';

let server: RunningServer;
let cloudinary: typeof import('cloudinary').v2;
const folder = mkdtempSync(join(tmpdir(), 'signet-assembled-'));
const urls: string[] = [];

const COLORS = { red: '#f00', green: '#0f0' } as const;
interface Loose {
  multi(what: unknown, options?: object): Promise<Record<string, string>>;
  generate_sprite(what: unknown, options?: object): Promise<Record<string, unknown>>;
  download_multi(what: unknown, options?: object): string;
  explode(id: string, options: object): Promise<Record<string, string>>;
  text(text: string, options?: object): Promise<Record<string, unknown>>;
}
let uploader: Loose;

before(async () => {
  server = await startServer({
    config: loadConfig({
      flags: { ...(await catalogFlags()), port: 0, data: join(folder, 'data'), 'log-level': 'silent' },
    }),
  });
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  uploader = cloudinary.uploader as unknown as Loose;
  for (const [name, background] of Object.entries(COLORS)) {
    const file = join(folder, `${name}.png`);
    await sharp({ create: { width: 60, height: name === 'red' ? 40 : 30, channels: 3, background } })
      .png()
      .toFile(file);
    urls.push((await cloudinary.uploader.upload(file, { public_id: name, tags: 'pair' })).url);
  }
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const load = async (url: string): Promise<Buffer> => {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, `${url}: ${answer.headers.get('x-cld-error')}`);
  return Buffer.from(await answer.arrayBuffer());
};
const pixel = async (data: Buffer, left: number, top: number): Promise<number[]> => [
  ...(await sharp(data).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer()),
];

test('multi makes an animation of a tag, one frame for each picture', async () => {
  const answer = await uploader.multi('pair', { transformation: { crop: 'scale', width: 30 } });
  assert.match(answer.url!, /\/image\/multi\/c_scale,w_30\/v\d+\/pair\.gif$/);
  assert.equal(answer.public_id, 'pair,gif,c_scale,w_30');
  const data = await load(answer.url!);
  const { width, pages, format, delay } = await sharp(data).metadata();
  assert.deepEqual([width, pages, format, delay], [30, 2, 'gif', [100, 100]]);
});

test('multi takes addresses of its own server, and makes WebP and PDF', async () => {
  const webp = await uploader.multi({ urls, format: 'webp' });
  assert.equal((await sharp(await load(webp.url!)).metadata()).pages, 2);
  const pdf = await uploader.multi('pair', { format: 'pdf' });
  assert.match(pdf.url!, /\.pdf$/);
  assert.equal((await load(pdf.url!)).toString('latin1', 0, 5), '%PDF-');
  const direct = await load(uploader.download_multi('pair'));
  assert.equal((await sharp(direct).metadata()).pages, 2);
  await assert.rejects(uploader.multi('pair', { format: 'avi' }), { message: /avi is not available/ });
  await assert.rejects(uploader.multi('nobody-has-this'), { message: 'No images found with tag nobody-has-this' });
});

test('multi makes films and an animated PNG', async () => {
  for (const [format, type] of [
    ['mp4', 'video/mp4'],
    ['webm', 'video/webm'],
    ['png', 'image/png'],
  ] as const) {
    const { url } = await uploader.multi('pair', { format, transformation: { delay: 200 } });
    assert.match(url!, new RegExp(`/image/multi/dl_200(?:/f_${format})?/v\\d+/pair\\.${format}$`));
    const answer = await fetch(url!);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type], String(url));
    const file = join(folder, `made.${format}`);
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    if (format === 'png') {
      const data = readFileSync(file);
      assert.equal(data.toString('latin1', 37, 41), 'acTL');
      assert.equal(data.readUInt32BE(41), 2);
      continue;
    }
    const uploaded = await cloudinary.uploader.upload(file, { resource_type: 'video' });
    assert.deepEqual([uploaded.width, uploaded.height, uploaded.duration], [60, 40, 0.4]);
  }
});

test('a sprite holds every picture at the place its style sheet says', async () => {
  const answer = await uploader.generate_sprite('pair');
  assert.deepEqual(answer.image_infos, {
    green: { width: 60, height: 30, x: 0, y: 0 },
    red: { width: 60, height: 40, x: 0, y: 32 },
  });
  const image = await load(String(answer.image_url));
  assert.deepEqual(await pixel(image, 5, 5), [0, 255, 0]);
  assert.deepEqual(await pixel(image, 5, 40), [255, 0, 0]);
  const css = (await load(String(answer.css_url))).toString();
  assert.match(css, /\.red \{ width: 60px; height: 40px; background: url\('pair\.png'\) -0px -32px no-repeat; \}/);
  assert.deepEqual(JSON.parse((await load(String(answer.json_url))).toString()), answer.image_infos);
  const small = await uploader.generate_sprite('pair', { width: 20, format: 'jpg' });
  assert.match(String(small.css_url), /f_jpg,w_20/);
  assert.match(String(small.image_url), /\.jpg$/);
  assert.equal((await sharp(await load(String(small.image_url))).metadata()).format, 'jpeg');
});

test('explode makes a derived picture of every page', async () => {
  const file = join(folder, 'two.gif');
  await sharp([join(folder, 'red.png'), join(folder, 'red.png')], { join: { animated: true } })
    .gif({ delay: [50, 50], keepDuplicateFrames: true })
    .toFile(file);
  const { pages } = await cloudinary.uploader.upload(file, { public_id: 'two' });
  const answer = await uploader.explode('two', { page: 'all' });
  assert.equal(answer.status, 'processing');
  assert.match(answer.batch_id!, /^[0-9a-f]{96}$/);
  await server.app.jobs.idle();
  const { derived } = await cloudinary.api.resource('two');
  assert.deepEqual([pages, derived.length], [2, 2]);
  await assert.rejects(uploader.explode('two', { width: 5 }), { message: /pg_all/ });
});

test('text becomes a picture as large as its ink', async () => {
  const answer = await uploader.text('hello world');
  assert.ok(Number(answer.width) >= 50 && Number(answer.width) <= 70, String(answer.width));
  assert.ok(Number(answer.height) >= 5 && Number(answer.height) <= 15, String(answer.height));
  assert.deepEqual([answer.type, answer.format, answer.resource_type], ['text', 'png', 'image']);
  assert.equal((await sharp(await load(String(answer.url))).metadata()).width, answer.width);
  const large = await uploader.text('hello world', { font_size: 48, font_color: '#f00', public_id: 'large' });
  assert.ok(Number(large.width) > 150);
  await assert.rejects(uploader.text('x', { font_color: 'no-color' }), {
    message: 'Invalid value no-color for parameter font_color',
  });
});

test('what needs video rendering says so', async () => {
  const { api_key, api_secret } = server.account.key;
  const answer = await fetch(`${server.url}/v1_1/${server.account.cloud.name}/video/create_slideshow`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString('base64')}` },
  });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /create_slideshow is not available/);
});

test('places, rules and the part of a transformation that each picture goes through', () => {
  assert.deepEqual(
    placeBelow([480, 480, 480].map((height) => ({ width: 1, height }))).map(({ y }) => y),
    [0, 482, 964],
  );
  assert.match(spriteCss({ '1/a b': { width: 1, height: 2, x: 0, y: 3 } }, 'x.png'), /^\._1_a_b \{/);
  assert.equal(partOf('f_jpg,w_100/dl_200/e_sepia'), 'w_100/e_sepia');
});
