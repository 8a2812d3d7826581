/**
 * Derived misses, 12 megapixels to 300×200 WebP and every result new, against raw sharp in a loop and against ipx with
 * the same settings.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';
import sharp from 'sharp';
import { measure, photo, report, startSignet, uploadPicture } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));
const large = await photo(4000, 3000);
const source = join(folder, 'large.jpg');
writeFileSync(source, large);
const cold = await startSignet();
const delivery = `${cold.url}/${new URL(cold.cloudinaryUrl).hostname}/image/upload`;
await uploadPicture(cold, 'large', large);

const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }), maxAge: 0 });
const ipxServer = createServer(createIPXNodeServer(ipx));
ipxServer.listen(0, '127.0.0.1');
await new Promise((resolve) => ipxServer.once('listening', resolve));
const ipxUrl = `http://127.0.0.1:${(ipxServer.address() as AddressInfo).port}`;

const get = async (url: string) => {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${response.status} ${url} ${response.headers.get('x-cld-error')}`);
  await response.arrayBuffer();
};
// One step of the height makes each result new without changing the work.
const height = (index: number) => 200 + (index % 50);
const TOTAL = 120;
for (const concurrency of [2, 8]) {
  const rounds = { sharp: [] as number[], signet: [] as number[], ipx: [] as number[] };
  for (let round = 0; round < 3; round++) {
    rounds.sharp.push(
      (
        await measure(TOTAL, concurrency, (index) =>
          sharp(source).resize(300, height(index), { fit: 'cover' }).webp({ quality: 80 }).toBuffer(),
        )
      ).rate,
    );
    rounds.signet.push(
      (
        await measure(50, concurrency, (index) =>
          get(`${delivery}/c_fill,w_${300 - round - concurrency},h_${height(index)},q_80/large.webp`),
        )
      ).rate,
    );
    rounds.ipx.push(
      (
        await measure(50, concurrency, (index) =>
          get(`${ipxUrl}/f_webp,q_80,fit_cover,s_${300 - round}x${height(index)}/large.jpg`),
        )
      ).rate,
    );
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[1]!;
  const [raw, mine, other] = [median(rounds.sharp), median(rounds.signet), median(rounds.ipx)];
  report(`12 MP JPEG → 300×200 WebP, ${concurrency} at once: ours`, mine, '/s');
  report('raw sharp in a loop, same settings', raw, '/s');
  report('ipx on the same sharp', other, '/s');
  report('ours / raw sharp', mine / raw, '×', { atLeast: 0.9 });
  report('ours / ipx', mine / other, '×', { atLeast: 1 });
}
ipxServer.close();
await cold.stop();
