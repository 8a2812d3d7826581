/**
 * Cold results at 512 pixels: JPEG, PNG, WebP and AVIF of a 2.7-megapixel and a 12-megapixel photo, at 2 and 8 connections.
 * Ours over HTTP against raw sharp in this process (the limit) and ipx over HTTP. Raw sharp has our settings exactly; ipx
 * passes on the quality alone, so its JPEG is progressive and its AVIF is made with sharp's default effort (4, ours is 2)
 * and full chroma: its AVIF rows compare products, not servers.
 * The three take turns, and the median of the rounds counts, so that a busy machine is busy for all of them.
 *
 * `node bench/rendering.ts [rounds] [results a round]`, 3 and 24 by default.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';
import sharp, { type Sharp } from 'sharp';
import { measure, photo, report, startSignet } from './support.ts';

const [ROUNDS = 3, TOTAL = 24] = process.argv.slice(2).map(Number);
const WIDTH = 512;
const QUALITY = 80;
const PHOTOS = { '2.7 MP': [2000, 1350], '12 MP': [4000, 3000] } as const;
const FORMATS: Readonly<Record<string, (pipeline: Sharp) => Sharp>> = {
  jpg: (pipeline) => pipeline.jpeg({ quality: QUALITY }),
  png: (pipeline) => pipeline.png(),
  webp: (pipeline) => pipeline.webp({ quality: QUALITY }),
  avif: (pipeline) => pipeline.avif({ quality: QUALITY, effort: 2, chromaSubsampling: '4:2:0' }),
};

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));
const signet = await startSignet();
const account = new URL(signet.cloudinaryUrl);
const delivery = `${signet.url}/${account.hostname}/image/upload`;

async function upload(publicId: string, bytes: Buffer): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const data = new FormData();
  for (const [name, value] of Object.entries({ public_id: publicId, timestamp })) data.append(name, value);
  data.append('api_key', account.username);
  const text = `public_id=${publicId}&timestamp=${timestamp}${decodeURIComponent(account.password)}`;
  data.append('signature', createHash('sha1').update(text).digest('hex'));
  data.append('file', new Blob([new Uint8Array(bytes)]), 'photo.jpg');
  const response = await fetch(`${signet.url}/v1_1/${account.hostname}/image/upload`, { method: 'POST', body: data });
  if (response.status !== 200) throw new Error(await response.text());
}

const ipxServer = createServer(createIPXNodeServer(createIPX({ storage: ipxFSStorage({ dir: folder }), maxAge: 0 })));
ipxServer.listen(0, '127.0.0.1');
await new Promise((resolve) => ipxServer.once('listening', resolve));
const ipxUrl = `http://127.0.0.1:${(ipxServer.address() as AddressInfo).port}`;

async function get(url: string): Promise<void> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${response.status} ${url} ${response.headers.get('x-cld-error')}`);
  await response.arrayBuffer();
}

// sharp is used as our renderer uses it: one thread a picture, no cache of operations.
sharp.concurrency(1);
sharp.cache(false);

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

for (const [name, [photoWidth, photoHeight]] of Object.entries(PHOTOS)) {
  const id = `photo${photoWidth}`;
  const bytes = await photo(photoWidth, photoHeight);
  const path = join(folder, `${id}.jpg`);
  writeFileSync(path, bytes);
  await upload(id, bytes);
  for (const [format, encode] of Object.entries(FORMATS)) {
    // A quality would make a palette of a PNG.
    const quality = format === 'png' ? '' : `,q_${QUALITY}`;
    for (const connections of [2, 8]) {
      const rounds = { sharp: [] as number[], ours: [] as number[], ipx: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        // Every result is new: the height changes a little, and the work with it by nothing.
        const sizes = Array.from({ length: TOTAL + 1 }, (_, i) => 300 + ((round * (TOTAL + 1) + i) % 200));
        const raw = (index: number) =>
          encode(
            sharp(path, { sequentialRead: true })
              .rotate()
              .resize(WIDTH - connections, sizes[index], { fit: 'cover' }),
          ).toBuffer();
        const ours = (index: number) =>
          get(`${delivery}/c_fill,w_${WIDTH - connections},h_${sizes[index]}${quality}/${id}.${format}`);
        const other = (index: number) =>
          get(
            `${ipxUrl}/f_${format === 'jpg' ? 'jpeg' : format}${quality},fit_cover,s_${WIDTH - connections}x${sizes[index]}/${id}.jpg`,
          );
        if (round === 0) for (const warm of [raw, ours, other]) await warm(TOTAL);
        rounds.sharp.push((await measure(TOTAL, connections, raw)).rate);
        rounds.ours.push((await measure(TOTAL, connections, ours)).rate);
        rounds.ipx.push((await measure(format === 'avif' ? Math.ceil(TOTAL / 4) : TOTAL, connections, other)).rate);
      }
      const [limit, mine, other] = [median(rounds.sharp), median(rounds.ours), median(rounds.ipx)];
      const title = `${name} → ${WIDTH} px ${format}, ${connections} at once`;
      report(`${title}: ours`, mine, '/s');
      report('raw sharp', limit, '/s');
      report('ipx', other, '/s');
      report('ours / raw sharp', mine / limit, '×', { atLeast: 0.95 });
      report('ours / ipx', mine / other, '×', { atLeast: 1.2 });
    }
  }
}

for (const [name, [photoWidth]] of Object.entries(PHOTOS)) {
  const { p50, p95 } = await measure(40, 1, (index) =>
    get(`${delivery}/c_fill,w_${WIDTH},h_${341 + index}/photo${photoWidth}.avif`),
  );
  report(`${name} → ${WIDTH} px avif, cold, one at a time: median`, p50, 'ms');
  report('95th percentile', p95, 'ms', { atMost: 250 });
}
console.log(
  `  load of the machine at the end: ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);

ipxServer.close();
await signet.stop();
await rm(folder, { recursive: true, force: true });
