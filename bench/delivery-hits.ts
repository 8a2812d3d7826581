/**
 * Derived hits against nginx serving the same file, and against what Node itself can reach: a bare `node:http` server
 * that answers the same bytes from memory. Each server has one core; the load comes from the other.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { installed } from '../scripts/installed.ts';
import { photo, report, startSignet, uploadPicture } from './support.ts';

const ROUNDS = 5;
const SECONDS = 3;
const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));

const signet = await startSignet({ cpu: 0, flags: ['--max-image-pixels', '200000000'] });
await uploadPicture(signet, 'large', await photo(4000, 3000));
const delivery = `${signet.url}/${new URL(signet.cloudinaryUrl).hostname}/image/upload`;
let hit = '';
let derived = Buffer.alloc(0);
for (const width of [400, 360, 320, 280, 240]) {
  hit = `${delivery}/c_fill,w_${width},h_${Math.round(width * 0.75)}/large.webp`;
  derived = Buffer.from(await (await fetch(hit)).arrayBuffer());
  if (derived.length < 27_000) break;
}
mkdirSync(join(folder, 'www'));
const file = join(folder, 'www', 'picture.webp');
writeFileSync(file, derived);

const pinned = (program: string, ...args: readonly string[]): ChildProcess =>
  spawn('taskset', ['-c', '0', program, ...args], { stdio: 'ignore' });
const port = 20_000 + Math.floor(Math.random() * 10_000);
const bare = pinned(
  process.execPath,
  '-e',
  `const body = require('node:fs').readFileSync(${JSON.stringify(file)});
   require('node:http').createServer((_, response) => response.writeHead(200, { 'Content-Type': 'image/webp', 'Content-Length': body.length }).end(body)).listen(${port}, '127.0.0.1');`,
);
const peers: { name: string; url: string; rates: number[] }[] = [
  { name: 'signet', url: hit, rates: [] },
  { name: 'bare', url: `http://127.0.0.1:${port}/`, rates: [] },
];
let nginx: ChildProcess | undefined;
if (installed('nginx')) {
  writeFileSync(
    join(folder, 'nginx.conf'),
    `user root; worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events { worker_connections 256; }
     http { access_log off; sendfile on; types { image/webp webp; } keepalive_requests 1000000000; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       server { listen 127.0.0.1:${port + 1}; root ${folder}/www; } }`,
  );
  nginx = pinned('nginx', '-c', join(folder, 'nginx.conf'), '-p', folder);
  peers.push({ name: 'nginx', url: `http://127.0.0.1:${port + 1}/picture.webp`, rates: [] });
} else console.log('  nginx is not installed (apt-get install nginx-light): no comparison with it');
const withWrk = installed('wrk');
if (!withWrk) console.log('  wrk is not installed (apt-get install wrk): autocannon is the limit of these figures');
await new Promise((resolve) => setTimeout(resolve, 700));

/** Answers a second. @throws when one is not a 2xx */
async function load(url: string): Promise<number> {
  if (!withWrk) {
    const result = await autocannon({ url, connections: 32, duration: SECONDS, pipelining: 1 });
    if (result.non2xx + result.errors > 0) throw new Error(`${url} failed`);
    return result['2xx'] / result.duration;
  }
  const output = execFileSync('taskset', ['-c', '1', 'wrk', '-t1', '-c32', `-d${SECONDS}s`, url], { encoding: 'utf8' });
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(output);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)![1]);
}
// In turn, so that a machine that slows down or speeds up does so for all of them.
for (let round = 0; round < ROUNDS; round++) for (const peer of peers) peer.rates.push(await load(peer.url));

const median = (name: string): number =>
  peers.find((peer) => peer.name === name)!.rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
report(`derived hits of ${Math.round(derived.length / 1000)} kB, one core for the server`, median('signet'), '/s', {
  atLeast: 8000,
});
report('a bare node:http server answering the same bytes', median('bare'), '/s');
report('ours / bare node:http', median('signet') / median('bare'), '×');
if (nginx !== undefined) {
  report('nginx with one worker serving the same file', median('nginx'), '/s');
  report('ours / nginx', median('signet') / median('nginx'), '×', { atLeast: 0.3 });
}
for (const server of [bare, nginx])
  if (server !== undefined) {
    server.kill();
    await once(server, 'exit');
  }
await signet.stop();
rmSync(folder, { recursive: true });
