/**
 * Uploads of a 100 kB JPEG, against a bare Fastify handler that only writes the multipart file to disk.
 *
 * "The same fsyncs": an answered upload must survive a power cut, for which ours makes three durable: the file, its name
 * and the catalog, without which the file could not be found again. So the target holds against the handler that makes
 * three, too: file, folder and a line of a log, which stands for the catalog. The one with two is stated beside it.
 *
 * The load comes from one process for all: prepared bodies over kept connections, because form building and `fetch` cost
 * more than what is measured here, and would take from each server on a machine of two cores.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { measure, photo, report, startSignet } from './support.ts';

const TOTAL = 1000;
const CONCURRENCY = 8;
const ROUNDS = 9;
const WARM_UP = 4000;
const BOUNDARY = 'signet-bench-boundary';

let jpeg = await photo(800, 600, 94);
for (let quality = 92; jpeg.length > 105_000; quality -= 2) jpeg = await photo(800, 600, quality);

const field = (name: string, value: string) =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const filePart = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
const tail = `\r\n--${BOUNDARY}--\r\n`;

/** A sender of pictures that all differ, so that nothing is stored twice. */
function sender(url: string, fields: Readonly<Record<string, string>>): (index: number) => Promise<void> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: CONCURRENCY });
  const head = `${Object.entries(fields)
    .map(([name, value]) => field(name, value))
    .join('')}${filePart}`;
  const template = Buffer.concat([Buffer.from(head), jpeg, Buffer.from(tail)]);
  return async (index) => {
    const body = Buffer.from(template);
    body.writeUInt32BE(index, body.length - tail.length - 40);
    const answer = await pool.request({
      path: pathname,
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
  };
}

const signet = await startSignet();
const { hostname: cloud, username: apiKey, password } = new URL(signet.cloudinaryUrl);
const timestamp = String(Math.floor(Date.now() / 1000));
const signature = createHash('sha1')
  .update(`timestamp=${timestamp}${decodeURIComponent(password)}`)
  .digest('hex');
const bare = spawn(process.execPath, [fileURLToPath(new URL('./bare-upload.ts', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(bare.stdout, 'data')) as [Buffer];
const bareUrl = String(line).trim();

const peers = [
  {
    send: sender(`${signet.url}/v1_1/${cloud}/image/upload`, { timestamp, api_key: apiKey, signature }),
    rates: [] as number[],
  },
  { send: sender(`${bareUrl}/upload`, {}), rates: [] as number[] },
  { send: sender(`${bareUrl}/logged`, {}), rates: [] as number[] },
];
let sent = 0;
// Warm, as servers are that run for months: until then the larger program is compiled while it is measured.
for (const { send } of peers) await measure(WARM_UP, CONCURRENCY, () => send(sent++));
for (let round = 0; round < ROUNDS; round++)
  for (const { send, rates } of peers) rates.push((await measure(TOTAL, CONCURRENCY, () => send(sent++))).rate);

const [ours, twoFsyncs, threeFsyncs] = peers.map(
  ({ rates }) => rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!,
) as [number, number, number];
report(`uploads of a ${Math.round(jpeg.length / 1000)} kB JPEG, ${CONCURRENCY} at once`, ours, '/s');
report('a bare Fastify handler, fsync of file and folder', twoFsyncs, '/s');
report('ours / bare', ours / twoFsyncs, '×');
report('the same with a third fsync, of a log', threeFsyncs, '/s');
report('ours / bare with the same fsyncs', ours / threeFsyncs, '×', { atLeast: 0.6 });
bare.kill();
await once(bare, 'exit');
await signet.stop();
// The pools keep their connections.
process.exit();
