/**
 * Derived hits against nginx serving the same file, and derived misses against raw sharp in a loop and against ipx with
 * the same settings. The server has one core for hits; the load comes from the other.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';
import sharp from 'sharp';
import { measure, photo, report, startSignet } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));
const signet = await startSignet({ cpu: 0, flags: ['--max-image-pixels', '200000000'] });
const account = new URL(signet.cloudinaryUrl);

async function upload(publicId: string, bytes: Buffer): Promise<void> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const data = new FormData();
  const params = { public_id: publicId, timestamp };
  for (const [name, value] of Object.entries(params)) data.append(name, value);
  data.append('api_key', account.username);
  data.append(
    'signature',
    createHash('sha1')
      .update(`public_id=${publicId}&timestamp=${timestamp}${decodeURIComponent(account.password)}`)
      .digest('hex'),
  );
  data.append('file', new Blob([new Uint8Array(bytes)]), 'photo.jpg');
  const response = await fetch(`${signet.url}/v1_1/${account.hostname}/image/upload`, { method: 'POST', body: data });
  if (response.status !== 200) throw new Error(await response.text());
}

const large = await photo(4000, 3000);
await upload('large', large);
const source = join(folder, 'large.jpg');
writeFileSync(source, large);

// --- hits
const delivery = `${signet.url}/${account.hostname}/image/upload`;
let hit = '';
for (const width of [400, 360, 320, 280, 440, 500]) {
  const url = `${delivery}/c_fill,w_${width},h_${Math.round(width * 0.75)}/large.webp`;
  const bytes = (await (await fetch(url)).arrayBuffer()).byteLength;
  if (bytes > 15_000 && bytes < 27_000) {
    hit = url;
    break;
  }
}
if (hit === '') hit = `${delivery}/c_fill,w_320,h_240/large.webp`;
const derived = Buffer.from(await (await fetch(hit)).arrayBuffer());
/** `wrk` on the other core where it is installed; autocannon is itself slower than what it measures here. */
const load = async (url: string): Promise<{ rate: number; errors: number }> => {
  try {
    const output = execFileSync('taskset', ['-c', '1', 'wrk', '-t1', '-c32', '-d6s', url], { encoding: 'utf8' });
    const failed = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0;
    return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)![1]), errors: Number(failed) };
  } catch {
    console.log('  wrk is not installed (apt-get install wrk): autocannon is the limit of these figures');
    const result = await autocannon({ url, connections: 32, duration: 8, pipelining: 1 });
    return { rate: result['2xx'] / result.duration, errors: result.non2xx + result.errors };
  }
};
const ours = await load(hit);
let nginxRate: number | undefined;
try {
  mkdirSync(join(folder, 'www'));
  writeFileSync(join(folder, 'www', 'picture.webp'), derived);
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `user root; worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events { worker_connections 256; }
     http { access_log off; sendfile on; types { image/webp webp; } keepalive_requests 1000000; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       server { listen 127.0.0.1:${port}; root ${folder}/www; } }`,
  );
  execFileSync('nginx', ['-v'], { stdio: 'ignore' });
  const nginx = spawn('taskset', ['-c', '0', 'nginx', '-c', join(folder, 'nginx.conf'), '-p', folder], {
    stdio: 'ignore',
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  nginxRate = (await load(`http://127.0.0.1:${port}/picture.webp`)).rate;
  nginx.kill();
} catch {
  console.log('  nginx is not installed (apt-get install nginx-light): no comparison of hits');
}
report(`derived hits of ${Math.round(derived.length / 1000)} kB, one core for the server`, ours.rate, '/s', {
  atLeast: 8000,
});
if (nginxRate !== undefined) {
  report('nginx with one worker serving the same file', nginxRate, '/s');
  report('ratio', ours.rate / nginxRate, '×', { atLeast: 0.3 });
}
await signet.stop();

// --- misses: 12 megapixels to 300×200 WebP, every result new
const cold = await startSignet();
const coldAccount = new URL(cold.cloudinaryUrl);
const timestamp = String(Math.floor(Date.now() / 1000));
const data = new FormData();
data.append('public_id', 'large');
data.append('timestamp', timestamp);
data.append('api_key', coldAccount.username);
data.append(
  'signature',
  createHash('sha1')
    .update(`public_id=large&timestamp=${timestamp}${decodeURIComponent(coldAccount.password)}`)
    .digest('hex'),
);
data.append('file', new Blob([new Uint8Array(large)]), 'photo.jpg');
await (
  await fetch(`${cold.url}/v1_1/${coldAccount.hostname}/image/upload`, { method: 'POST', body: data })
).arrayBuffer();

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
          get(
            `${cold.url}/${coldAccount.hostname}/image/upload/c_fill,w_${300 - round - concurrency},h_${height(index)},q_80/large.webp`,
          ),
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
