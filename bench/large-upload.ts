/** Memory while one 2 GB file comes in, and a thousand small signed uploads at once-sixteen without an error. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { measure, report, residentMegabytes, startSignet } from './support.ts';

const BYTES = 2_000_000_000;
const signet = await startSignet();
const account = new URL(signet.cloudinaryUrl);
const secret = decodeURIComponent(account.password);
const sign = (text: string) =>
  createHash('sha1')
    .update(text + secret)
    .digest('hex');
const now = () => String(Math.floor(Date.now() / 1000));

await new Promise((resolve) => setTimeout(resolve, 1500));
const idle = residentMegabytes(signet.pid);
let highest = idle;
const watch = setInterval(() => {
  highest = Math.max(highest, residentMegabytes(signet.pid));
}, 100);
const boundary = 'signet-bench';
const timestamp = now();
const field = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const head = Buffer.from(
  `${field('timestamp', timestamp)}${field('api_key', account.username)}${field('signature', sign(`timestamp=${timestamp}`))}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
);
const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
const block = randomBytes(1_000_000);
const start = performance.now();
const status = await new Promise<number | undefined>((resolve, reject) => {
  const call = request(
    `${signet.url}/v1_1/${account.hostname}/raw/upload`,
    {
      method: 'POST',
      headers: {
        'Content-Type': `multipart/form-data; boundary=${boundary}`,
        'Content-Length': head.length + BYTES + tail.length,
      },
    },
    (response) => response.resume().on('end', () => resolve(response.statusCode)),
  );
  call.on('error', reject);
  call.write(head);
  let sent = 0;
  const more = (): void => {
    while (sent < BYTES) {
      sent += block.length;
      if (!call.write(block)) {
        call.once('drain', more);
        return;
      }
    }
    call.end(tail);
  };
  more();
});
const seconds = (performance.now() - start) / 1000;
clearInterval(watch);
if (status !== 200) throw new Error(`the upload was answered with ${status}`);
report('2 GB raw upload', BYTES / 1e6 / seconds, 'MB/s');
report('resident memory above rest while it came in', highest - idle, 'MB', { atMost: 60 });

let failed = 0;
const { rate } = await measure(1000, 16, async () => {
  const form = new FormData();
  const stamp = now();
  for (const [name, value] of Object.entries({
    timestamp: stamp,
    api_key: account.username,
    signature: sign(`timestamp=${stamp}`),
  }))
    form.append(name, value);
  form.append('file', new Blob([randomBytes(2000)]), 'small.bin');
  const response = await fetch(`${signet.url}/v1_1/${account.hostname}/raw/upload`, { method: 'POST', body: form });
  await response.arrayBuffer();
  if (response.status !== 200) failed++;
});
report('1,000 small signed uploads, 16 at once', rate, '/s');
report('of them answered with an error', failed, '', { atMost: 0 });
await signet.stop();
