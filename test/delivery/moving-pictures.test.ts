import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { assertColor, get, pixels, upload } from '../support/delivery.ts';
import { flat } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

/** What is done to the time of animated pictures. */

let server: SignetServer;
before(async () => {
  server = await startSignet();
  const frames = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      flat(40, 30, [20 * i, 200, 255 - 20 * i])
        .png()
        .toBuffer(),
    ),
  );
  const gif = await sharp(frames, { join: { animated: true } })
    .gif({ delay: Array<number>(10).fill(100) })
    .toBuffer();
  await upload(server, 'ten', gif);
});
after(() => server.stop());

const picture = async (path: string) => {
  const { status, error, bytes } = await get(server, path);
  assert.deepEqual([status, error], [200, null], path);
  return pixels(bytes);
};
const sum = (delays: readonly number[] | undefined) => (delays ?? []).reduce((all, delay) => all + delay, 0);

describe('vs_', () => {
  it('keeps fewer frames over the same time, by number or by time', async () => {
    for (const [path, count] of [
      ['vs_5/ten.gif', 5],
      ['vs_4,fl_animated/ten.webp', 4],
      ['vs_0.5s/ten.gif', 2],
      ['c_scale,w_20/vs_3/ten.gif', 3],
    ] as const) {
      const { frames, delay } = await picture(path);
      assert.equal(frames, count, path);
      assert.ok(Math.abs(sum(delay) - 1000) <= 20, `${path}: ${delay}`);
    }
    const five = await picture('vs_5/ten.gif');
    assertColor(five.at(0.5, 0.5, 1), [40, 200, 215], 'every second frame');
    assert.equal((await picture('vs_50/ten.gif')).frames, 10, 'no more than there are');
  });
});

describe('e_fade', () => {
  it('brings the first frames out of the dark, and the last into it', async () => {
    const from = await picture('e_fade:500/ten.gif');
    assert.deepEqual([from.frames, from.delay], [10, Array<number>(10).fill(100)]);
    assertColor(from.at(0.5, 0.5, 0), [0, 0, 0]);
    assertColor(from.at(0.5, 0.5, 2), [16, 80, 86], 'two fifths of the light', 16);
    assertColor(from.at(0.5, 0.5, 9), [180, 200, 75]);
    const both = await picture('e_fade:300/e_fade:-300/ten.gif');
    assertColor(both.at(0.5, 0.5, 0), [0, 0, 0]);
    assertColor(both.at(0.5, 0.5, 5), [100, 200, 155]);
    assertColor(both.at(0.5, 0.5, 9), [0, 0, 0]);
    assert.match((await get(server, 'e_fade:500/ten.jpg')).error ?? '', /only supported for videos/);
  });
});
