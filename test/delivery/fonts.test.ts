import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { get, pixels, upload } from '../support/delivery.ts';
import { flat, WHITE } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

/** A font of symbols in the private area (U+F101 is a triangle), which no bundled font has. */
const fonts = dirname(fileURLToPath(import.meta.resolve('videojs-font/fonts/VideoJS.ttf')));
const SYMBOL = encodeURIComponent('\u{f101}');

let bundled: SignetServer;
let more: SignetServer;
before(async () => {
  [bundled, more] = await Promise.all([startSignet(), startSignet({ flags: ['--fonts', fonts] })]);
  const page = await flat(200, 100, WHITE).png().toBuffer();
  await Promise.all([bundled, more].map((server) => upload(server, 'page', page)));
});
after(() => Promise.all([bundled.stop(), more.stop()]));

const draw = async (server: SignetServer, text: string) => {
  const { status, error, bytes } = await get(server, `co_black,l_text:${text}/page.png`);
  assert.deepEqual([status, error], [200, null], text);
  return pixels(bytes);
};

it('fonts of the operator bring scripts that the bundled ones lack, and change nothing else', async () => {
  const centre = async (server: SignetServer, text: string) => (await draw(server, text)).at(0.5, 0.5);
  // A box with its code, in place of the symbol, is empty or thin where the triangle is full.
  assert.notDeepEqual(await centre(bundled, `Arial_80:${SYMBOL}`), await centre(more, `Arial_80:${SYMBOL}`));
  assert.deepEqual(await centre(more, `Arial_80:${SYMBOL}`), await centre(more, `VideoJS_80:${SYMBOL}`));
  const [one, other] = await Promise.all(
    [bundled, more].map((server) => get(server, 'l_text:Arial_40:Hamburg/page.png')),
  );
  assert.deepEqual(one!.bytes, other!.bytes);
});
