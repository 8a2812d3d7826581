import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { get, upload } from '../support/delivery.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

const photo = (name: string) => readFile(new URL(`../fixtures/photos/${name}.jpg`, import.meta.url));

/** A grey wall, with photographs at places (left, top). */
async function wall(width: number, height: number, photos: readonly (readonly [string, number, number])[]) {
  const layers = photos.map(async ([name, left, top]) => ({
    input: await sharp(await photo(name))
      .resize({ height: 260 })
      .toBuffer(),
    left,
    top,
  }));
  const ground = sharp({ create: { width, height, channels: 3, background: '#9aa0a6' } });
  return ground
    .composite(await Promise.all(layers))
    .jpeg({ quality: 92 })
    .toBuffer();
}

let server: SignetServer;
before(async () => {
  server = await startSignet();
  // The cat is right (630–1020), the cup left (20–410), the astronaut in the middle (420–680 of another).
  await upload(
    server,
    'shelf',
    await wall(1040, 300, [
      ['coffee', 20, 20],
      ['cat', 630, 20],
    ]),
  );
  await upload(
    server,
    'crew',
    await wall(1000, 300, [
      ['cat', 10, 20],
      ['astronaut', 720, 20],
    ]),
  );
  await upload(server, 'blank', await wall(400, 300, []));
});
after(() => server.stop());

const STEP = 5;

/** Where, counted from the left, a delivered window of full height was cut out of the original. */
async function leftOf(path: string, original: string): Promise<number> {
  const answer = await get(server, path);
  assert.deepEqual([answer.status, answer.error], [200, null], path);
  const grey = (bytes: Buffer) => sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true });
  const [cut, whole] = await Promise.all([grey(answer.bytes), grey((await get(server, `${original}.png`)).bytes)]);
  const differences: number[] = [];
  for (let left = 0; left + cut.info.width <= whole.info.width; left += STEP) {
    let sum = 0;
    for (let y = 0; y < cut.info.height; y += 7)
      for (let x = 0; x < cut.info.width; x += 3)
        sum += Math.abs(cut.data[y * cut.info.width + x]! - whole.data[y * whole.info.width + left + x]!);
    differences.push(sum);
  }
  return differences.indexOf(Math.min(...differences)) * STEP;
}

const near = (actual: number, expected: number, what: string, tolerance = 60) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: from ${actual} on, expected about ${expected}`);

describe('g_<object>', () => {
  it('cuts to what is named, wherever it is', async () => {
    const cat = await get(server, 'c_crop,g_cat/shelf.png');
    const { width, height } = await sharp(cat.bytes).metadata();
    assert.ok(width > 250 && width < 480 && height > 200, `${width}x${height}`);
    near(await leftOf('c_fill,g_cat,h_300,w_300/shelf.png', 'shelf'), 675, 'the cat');
    near(await leftOf('c_fill,g_cup,h_300,w_300/shelf.png', 'shelf'), 65, 'the cup');
  });

  it('takes categories, other spellings, several names in order, auto:<object> and thumbnails', async () => {
    const right = (await get(server, 'c_fill,g_cat,h_300,w_300/shelf.png')).bytes;
    for (const gravity of [
      'animal',
      'coco_cat',
      'coco_v1_cat',
      'teddy_bear:cat',
      'dog:animal',
      'auto:cat',
      'auto:animal',
    ])
      assert.deepEqual((await get(server, `c_fill,g_${gravity},h_300,w_300/shelf.png`)).bytes, right, gravity);
    const thumb = await get(server, 'c_thumb,g_cat,h_100,w_100/shelf.png');
    assert.deepEqual([thumb.status, thumb.error], [200, null]);
    assert.equal((await get(server, 'c_fill,g_tv_monitor,h_90,w_90/shelf.png')).status, 200);
    const avoided = await get(server, 'c_fill,g_auto:cat_avoid,h_300,w_300/shelf.png');
    assert.notDeepEqual(avoided.bytes, right);
  });

  it('knows people and bodies', async () => {
    for (const gravity of ['person', 'body', 'auto:person'])
      near(await leftOf(`c_fill,g_${gravity},h_300,w_280/crew.png`, 'crew'), 700, gravity);
  });

  it('places layers', async () => {
    const dot = sharp({ create: { width: 40, height: 40, channels: 3, background: '#0f0' } });
    await upload(server, 'dot', await dot.png().toBuffer());
    const { bytes } = await get(server, 'l_dot,g_cat/shelf.png');
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const green: number[] = [];
    for (let i = 0; i < info.width * info.height; i++)
      if (data[i * 3]! < 20 && data[i * 3 + 1]! > 235 && data[i * 3 + 2]! < 20) green.push(i % info.width);
    assert.ok(green.length > 1000, `${green.length} green pixels`);
    assert.ok(Math.min(...green) > 630, 'over the cat');
  });

  it('falls back to the centre, auto to what draws attention', async () => {
    const centre = await get(server, 'c_fill,g_center,h_300,w_300/shelf.png');
    assert.deepEqual((await get(server, 'c_fill,g_giraffe,h_300,w_300/shelf.png')).bytes, centre.bytes);
    const auto = await get(server, 'c_fill,g_auto,h_300,w_300/shelf.png');
    assert.deepEqual((await get(server, 'c_fill,g_auto:giraffe,h_300,w_300/shelf.png')).bytes, auto.bytes);
    assert.equal((await get(server, 'c_crop,g_cat/blank.png')).status, 200);
  });

  it('names the objects it knows when it is asked for another', async () => {
    for (const path of ['c_fill,g_unicorn,h_90,w_90', 'c_fill,g_auto:unicorn,h_90,w_90', 'l_dot,g_unicorn']) {
      const { status, error } = await get(server, `${path}/shelf.png`);
      assert.equal(status, 400, path);
      assert.match(
        error ?? '',
        /^Invalid gravity in transformation: (auto:)?unicorn: expected .*\bcat, dog\b.*cell_phone/,
      );
    }
  });
});
