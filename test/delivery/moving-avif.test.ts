import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { get, upload } from '../support/delivery.ts';
import { apng, BLUE, GREEN, RED } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;
before(async () => {
  server = await startSignet();
  const frame = (color: typeof RED) => ({ color, box: [0, 0, 80, 60] as const });
  await upload(server, 'moving', apng(80, 60, [frame(RED), frame(GREEN), frame(BLUE)]));
});
after(() => server.stop());

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

test('without the flag one frame; what is transparent or tiny is refused with what to do', async () => {
  const still = await get(server, 'moving.avif');
  assert.equal(still.bytes.toString('latin1', 4, 12), 'ftypavif');
  const refused = await get(server, 'fl_animated,r_10/moving.avif');
  assert.equal(refused.status, 400);
  assert.match(refused.error ?? '', /cannot be transparent.*b_/);
  const tiny = await get(server, 'fl_animated,w_17/moving.avif');
  assert.equal(tiny.status, 400);
  assert.match(tiny.error ?? '', /at least 32.16 pixels/);
});
