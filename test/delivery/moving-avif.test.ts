import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { movingAvif } from '../support/avif.ts';
import { assertColor, get, pixels, upload } from '../support/delivery.ts';
import { apng, BLUE, GREEN, RED, WHITE } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

let server: SignetServer;
before(async () => {
  server = await startSignet();
  const frame = (color: typeof RED) => ({ color, box: [0, 0, 80, 60] as const });
  await upload(server, 'moving', apng(80, 60, [frame(RED), frame(GREEN), frame(BLUE)]));
});
after(() => server.stop());

const picture = async (path: string, headers = {}) => {
  const { status, error, bytes } = await get(server, path, headers);
  assert.deepEqual([status, error], [200, null], path);
  return pixels(bytes);
};

/** Samples of the track, from its `stsz` box; AVIF keeps what moves as a track (AV1 Image File Format, "image sequences"). */
const samples = (avif: Buffer): number => avif.readUInt32BE(avif.indexOf('stsz') + 12);
/** Width and height of the picture, from its `ispe` property. */
const sizeOf = (avif: Buffer): number[] => [
  avif.readUInt32BE(avif.indexOf('ispe') + 8),
  avif.readUInt32BE(avif.indexOf('ispe') + 12),
];

test('fl_animated gives AVIF all frames', async () => {
  for (const [transformation, width, height] of [
    ['fl_animated', 80, 60],
    ['fl_animated,c_fill,w_41,h_31', 40, 30],
    ['fl_animated,c_scale,w_33,e_sepia', 32, 24],
    ['f_avif,fl_animated,q_auto,w_40', 40, 30],
    ['fl_animated,r_10,w_40/b_white', 40, 30],
  ] as const) {
    const { status, error, type, bytes } = await get(server, `${transformation}/moving.avif`);
    assert.deepEqual([status, error, type], [200, null, 'image/avif'], transformation);
    assert.equal(bytes.toString('latin1', 4, 12), 'ftypavis');
    assert.equal(samples(bytes), 3, transformation);
    assert.deepEqual(sizeOf(bytes), [width, height], transformation);
  }
});

test('without the flag one frame; what is tiny is refused with what to do', async () => {
  const still = await get(server, 'moving.avif');
  assert.equal(still.bytes.toString('latin1', 4, 12), 'ftypavif');
  const tiny = await get(server, 'fl_animated,w_17/moving.avif');
  assert.equal(tiny.status, 400);
  assert.match(tiny.error ?? '', /at least 32.16 pixels/);
});

test('every frame is shown as long as it was, the last one too, and plays as often', async () => {
  const { bytes } = await get(server, 'fl_animated/moving.avif');
  const facts = await upload(server, 'timed', bytes);
  assert.deepEqual([facts.format, facts.pages, facts.width, facts.height], ['avif', 3, 80, 60]);
  const gif = await get(server, 'timed.gif');
  const { delay, loop } = await sharp(gif.bytes).metadata();
  assert.deepEqual([delay, loop], [[100, 100, 100], 2]);
  const slow = await get(server, 'fl_animated,dl_250/moving.avif');
  await upload(server, 'slow', slow.bytes);
  assert.deepEqual((await picture('slow.gif')).delay, [250, 250, 250]);
});

test('transparency stays in a track of its own', async () => {
  const { bytes } = await get(server, 'fl_animated,r_max/moving.avif');
  assert.equal(bytes.toString('latin1', 4, 12), 'ftypavis');
  assert.ok(bytes.includes('auxv'), 'a track of the transparency');
  await upload(server, 'round', bytes);
  const { at, frames } = await picture('round.webp');
  assert.equal(frames, 1);
  assertColor(at(0.5, 0.5), [...RED, 255]);
  const moving = await picture('fl_animated/round.webp');
  assert.equal(moving.frames, 3);
  for (const [frame, color] of [RED, GREEN, BLUE].entries()) {
    assertColor(moving.at(0.5, 0.5, frame), [...color, 255], `frame ${frame + 1}`);
    assertColor(moving.at(0.01, 0.01, frame).slice(3), [0], `corner of frame ${frame + 1}`, 30);
  }
  assertColor((await picture('round.jpg')).at(0.01, 0.01), WHITE, 'on white', 30);
});

describe('moving AVIF as an original', () => {
  before(async () => {
    const facts = await upload(server, 'film', await movingAvif(64, 48, [RED, GREEN, BLUE, WHITE]), {
      image_metadata: 'true',
      colors: 'true',
    });
    assert.deepEqual([facts.format, facts.pages, facts.width, facts.height], ['avif', 4, 64, 48]);
    assertColor((await picture('film.png')).at(0.5, 0.5), RED);
  });

  test('all frames go through sizes, effects and layers', async () => {
    const gif = await picture('c_fill,w_40,h_40/film.gif');
    assert.deepEqual([gif.width, gif.height, gif.frames], [40, 40, 4]);
    for (const [frame, color] of [RED, GREEN, BLUE, WHITE].entries())
      assertColor(gif.at(0.5, 0.5, frame), color, `frame ${frame + 1}`, 20);
    const negated = await picture('e_negate,fl_animated/film.webp');
    assertColor(negated.at(0.5, 0.5, 2), [225, 195, 55], 'e_negate', 20);
    await upload(
      server,
      'dot',
      await sharp({ create: { width: 10, height: 10, channels: 3, background: 'black' } })
        .png()
        .toBuffer(),
    );
    const layered = await picture('l_dot,g_north_west,fl_animated/film.webp');
    for (let frame = 0; frame < 4; frame++) assertColor(layered.at(0.05, 0.05, frame), [0, 0, 0], 'the layer', 20);
    const png = await get(server, 'w_32,fl_animated,fl_apng,f_png/film');
    assert.ok(png.bytes.includes('acTL'));
    const again = await get(server, 'w_40,fl_animated/film.avif');
    assert.equal(samples(again.bytes), 4);
    const automatic = await picture('f_auto,fl_animated,w_40/film', { accept: 'image/avif,image/webp' });
    assert.equal(automatic.frames, 4);
  });

  test('pg_, dl_, the first frame, getinfo, and as a layer', async () => {
    assertColor((await picture('pg_3/film.png')).at(0.5, 0.5), BLUE);
    assertColor((await picture('film.jpg')).at(0.5, 0.5), RED);
    assert.equal(samples((await get(server, 'e_negate/film.avif')).bytes), 4, 'what moves goes on moving');
    assert.equal((await sharp((await get(server, 'film.gif')).bytes).metadata()).loop, 0);
    assert.equal((await get(server, 'pg_5/film.png')).status, 400);
    assert.deepEqual((await picture('dl_70/film.gif')).delay, [70, 70, 70, 70]);
    const info = await get(server, 'fl_getinfo/film');
    assert.equal(info.status, 200);
    assertColor((await picture('c_scale,h_100,w_100/l_film,w_20/film.png')).at(0.5, 0.5), RED);
  });

  test('the stored bytes come back untouched; a broken one is refused', async () => {
    const { bytes, type } = await get(server, 'film.avif');
    assert.equal(type, 'image/avif');
    assert.equal(samples(bytes), 4);
    const broken = Buffer.from(bytes);
    broken.fill(0xff, broken.indexOf('mdat') + 4);
    const form = signedForm(server, { public_id: 'broken' }, broken, 'broken.avif');
    const answer = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, { method: 'POST', body: form });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /Invalid image file/);
  });
});
