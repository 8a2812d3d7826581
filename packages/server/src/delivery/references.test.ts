import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-references-'));
let server: RunningServer;
let cloudinary: typeof import('cloudinary').v2;

const upload = (bytes: Buffer, options: Record<string, unknown>) =>
  cloudinary.uploader.upload(`data:application/octet-stream;base64,${bytes.toString('base64')}`, options);
const get = (transformation: string, source = 'photo.png') =>
  fetch(`${server.url}/${server.account.cloud.name}/image/upload/${transformation}/${source}`);
async function picture(transformation: string): Promise<Buffer> {
  const response = await get(transformation);
  assert.equal(response.status, 200, response.headers.get('x-cld-error') ?? '');
  return Buffer.from(await response.arrayBuffer());
}
const pixel = async (bytes: Buffer): Promise<number[]> => [...(await sharp(bytes).raw().toBuffer()).subarray(0, 3)];

const cube = (entry: (bit: number) => number): Buffer =>
  Buffer.from(
    `LUT_3D_SIZE 2\n${Array.from({ length: 8 }, (_, n) => [n & 1, (n >> 1) & 1, n >> 2].map(entry).join(' ')).join('\n')}\n`,
  );

before(async () => {
  server = await startServer({
    config: loadConfig({
      flags: { ...(await catalogFlags()), port: 0, data: join(folder, 'data'), 'log-level': 'silent' },
    }),
  });
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  ({ v2: cloudinary } = await import('cloudinary'));
  const photo = await sharp({ create: { width: 300, height: 100, channels: 3, background: { r: 200, g: 40, b: 90 } } })
    .png()
    .toBuffer();
  await upload(photo, { public_id: 'photo' });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test('colour tables: raw uploads by name, folders by colon; another table of the same name gives another result', async () => {
  await upload(
    cube((bit) => 1 - bit),
    { public_id: 'looks/own.cube', resource_type: 'raw' },
  );
  const look = 'l_lut:looks:own.cube/fl_layer_apply';
  assert.deepEqual(await pixel(await picture(look)), [55, 215, 165]);
  await upload(
    cube((bit) => bit),
    { public_id: 'looks/own.cube', resource_type: 'raw' },
  );
  assert.deepEqual(await pixel(await picture(look)), [200, 40, 90]);
  const missing = await get('l_lut:none.cube/fl_layer_apply');
  assert.equal(missing.status, 400);
  assert.match(missing.headers.get('x-cld-error')!, /Unknown or invalid referenced raw file none\.cube/);
});

test('profiles and fonts: authenticated raw files serve unsigned URLs and are not delivered by them', async () => {
  const wide = (
    await sharp(
      await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
        .withIccProfile('p3')
        .png()
        .toBuffer(),
    ).metadata()
  ).icc!;
  await upload(wide, { public_id: 'wide.icc', resource_type: 'raw', type: 'authenticated' });
  assert.deepEqual((await sharp(await picture('cs_icc:wide.icc')).metadata()).icc, wide);
  const font = readFileSync(
    join(
      dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/cousine/package.json')),
      '400Regular/Cousine_400Regular.ttf',
    ),
  );
  await upload(font, { public_id: 'fonts/house.ttf', resource_type: 'raw', type: 'authenticated' });
  const text = (family: string) => `l_text:${family}_40:Wider%20iiii,co_white`;
  const own = await picture(text('fonts:house.ttf'));
  assert.deepEqual(own, await picture(text('Courier')), 'the letters of the file, whatever it is called');
  assert.notDeepEqual(own, await picture(text('Arial')));
  const missing = await get(text('none.ttf'));
  assert.equal(missing.status, 400);
  assert.match(missing.headers.get('x-cld-error')!, /font none\.ttf/);
  const raw = await fetch(`${server.url}/${server.account.cloud.name}/raw/authenticated/fonts/house.ttf`);
  assert.equal(raw.status, 401);
});

test('text presets: the style of a text asset; what is none is refused', async () => {
  await cloudinary.uploader.text('Any', { public_id: 'caption', font_family: 'Courier', font_size: 40 });
  assert.deepEqual(await picture('l_text:caption:Words,co_white'), await picture('l_text:Courier_40:Words,co_white'));
  const missing = await get('l_text:nothing:Words');
  assert.equal(missing.status, 400);
  assert.match(missing.headers.get('x-cld-error')!, /nothing of type text/);
});

test('incoming transformations and eager take the same way', async () => {
  const red = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  await upload(
    cube((bit) => 1 - bit),
    { public_id: 'negative.cube', resource_type: 'raw' },
  );
  const asset = await upload(red, {
    public_id: 'dark',
    transformation: { raw_transformation: 'l_lut:negative.cube/fl_layer_apply' },
    eager: [{ raw_transformation: 'l_lut:negative.cube/fl_layer_apply' }],
  });
  const bytes = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());
  assert.deepEqual(await pixel(await bytes(asset.secure_url)), [0, 0, 0]);
  assert.deepEqual(await pixel(await bytes(asset.eager[0].secure_url)), [255, 255, 255]);
});
