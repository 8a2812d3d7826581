/**
 * Uploads of a 100 kB JPEG, against a bare Fastify handler that only writes the multipart file to disk with the same
 * durability (write, fsync, rename, fsync of the folder).
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Busboy from '@fastify/busboy';
import fastify from 'fastify';
import { measure, photo, report, startSignet } from './support.ts';

const TOTAL = 400;
const CONCURRENCY = 8;

let jpeg = await photo(640, 480, 92);
for (let quality = 90; jpeg.length > 105_000; quality -= 4) jpeg = await photo(640, 480, quality);

async function startBare() {
  const folder = await mkdtemp(join(tmpdir(), 'bare-'));
  const server = fastify();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.post('/upload', async (request) => {
    const name = randomBytes(8).toString('hex');
    const temporary = join(folder, `${name}.tmp`);
    await new Promise<void>((resolve, reject) => {
      const parser = new (Busboy as unknown as typeof import('@fastify/busboy').Busboy)({
        headers: request.headers as { 'content-type': string },
      });
      const writes: Promise<void>[] = [];
      parser.on('file', (_field, stream) => {
        writes.push(
          (async () => {
            const handle = await open(temporary, 'wx');
            for await (const chunk of stream) await handle.write(chunk as Buffer);
            await handle.sync();
            await handle.close();
            await rename(temporary, join(folder, name));
            const directory = await open(folder, 'r');
            await directory.sync();
            await directory.close();
          })(),
        );
      });
      parser.on('finish', () => Promise.all(writes).then(() => resolve(), reject));
      parser.on('error', reject);
      request.raw.pipe(parser);
    });
    return { ok: true };
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/upload`,
    stop: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const signet = await startSignet();
const account = new URL(signet.cloudinaryUrl);
const bare = await startBare();

/** Every picture differs, so that nothing is stored twice. */
const body = (index: number) => {
  const bytes = Buffer.from(jpeg);
  bytes.writeUInt32BE(index, bytes.length - 40);
  return bytes;
};
const form = (index: number, signed: boolean): FormData => {
  const data = new FormData();
  if (signed) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    data.append('timestamp', timestamp);
    data.append('api_key', account.username);
    data.append(
      'signature',
      createHash('sha1')
        .update(`timestamp=${timestamp}${decodeURIComponent(account.password)}`)
        .digest('hex'),
    );
  }
  data.append('file', new Blob([body(index)]), 'photo.jpg');
  return data;
};
const post = async (url: string, data: FormData) => {
  const response = await fetch(url, { method: 'POST', body: data });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  await response.arrayBuffer();
};

const ours = (index: number) => post(`${signet.url}/v1_1/${account.hostname}/image/upload`, form(index, true));
const theirs = (index: number) => post(bare.url, form(index, false));
await measure(40, CONCURRENCY, (index) => ours(1_000_000 + index));
await measure(40, CONCURRENCY, (index) => theirs(1_000_000 + index));
const rates = { ours: [] as number[], theirs: [] as number[] };
for (let round = 0; round < 3; round++) {
  rates.theirs.push((await measure(TOTAL, CONCURRENCY, (index) => theirs(round * TOTAL + index))).rate);
  rates.ours.push((await measure(TOTAL, CONCURRENCY, (index) => ours(round * TOTAL + index))).rate);
}
const median = (values: number[]) => values.sort((a, b) => a - b)[1]!;
report(`uploads of a ${Math.round(jpeg.length / 1000)} kB JPEG, ${CONCURRENCY} at once`, median(rates.ours), '/s');
report('a bare Fastify handler with the same fsyncs', median(rates.theirs), '/s');
report('ratio', median(rates.ours) / median(rates.theirs), '×', { atLeast: 0.6 });
await signet.stop();
await bare.stop();
