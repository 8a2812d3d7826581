/** Derived hits against nginx serving the same file. The server has one core; the load comes from the other. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { photo, report, startSignet, uploadPicture } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));
const signet = await startSignet({ cpu: 0, flags: ['--max-image-pixels', '200000000'] });
await uploadPicture(signet, 'large', await photo(4000, 3000));

const delivery = `${signet.url}/${new URL(signet.cloudinaryUrl).hostname}/image/upload`;
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
