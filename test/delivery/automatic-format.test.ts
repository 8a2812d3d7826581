import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { get, upload } from '../support/delivery.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

/** `f_auto` is there to save bytes: by so much may it be larger than what the URL would give without it. */
const ALLOWANCE = 1.1;

const drawing = (body: string): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="#fff"/>${body}</svg>`,
    ),
  )
    .png({ palette: true })
    .toBuffer();

let server: SignetServer;
before(async () => {
  server = await startSignet();
  const folder = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  await upload(server, 'photo', await readFile(join(folder, 'demo/sample1.jpg')));
  await upload(
    server,
    'graphic',
    await drawing(
      '<circle cx="200" cy="200" r="150" fill="#f2c14e"/><rect x="300" y="60" width="200" height="240" fill="#d1495b"/>',
    ),
  );
  await upload(
    server,
    'text',
    await drawing(
      Array.from(
        { length: 17 },
        (_, i) =>
          `<text x="10" y="${30 + i * 21}" font-family="Arial" font-size="15">${i}: the quick brown fox jumps over the lazy dog</text>`,
      ).join(''),
    ),
  );
  await upload(
    server,
    'tiny',
    await sharp({ create: { width: 40, height: 40, channels: 3, background: 'teal' } })
      .png()
      .toBuffer(),
  );
});
after(() => server.stop());

for (const accept of ['image/avif,image/webp,*/*', 'image/webp,*/*', '*/*'])
  for (const quality of ['', ',q_auto', ',q_80'])
    for (const id of ['photo', 'graphic', 'text', 'tiny'])
      test(`f_auto${quality} of ${id} with Accept ${accept}`, async () => {
        const size = id === 'tiny' ? 'w_30' : 'w_500';
        const plain = await get(server, `${size}${quality}/${id}`, { accept });
        const automatic = await get(server, `${size},f_auto${quality}/${id}`, { accept });
        assert.equal(automatic.status, 200);
        assert.match(automatic.headers.get('vary') ?? '', /Accept/);
        const report = `${automatic.type} ${automatic.bytes.length}, ${plain.type} ${plain.bytes.length}`;
        assert.ok(automatic.bytes.length <= plain.bytes.length * ALLOWANCE + 100, report);
      });
