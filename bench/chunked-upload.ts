/**
 * One file of 1 GB in parts of 20 MB, one after the other, against `@tus/server` with its file store: the same client,
 * the same parts. Ours also hashes the file (SHA-256 and MD5), and waits for the disk before it answers the last part.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'undici';
import { median, report, residentMegabytes, startSignet } from './support.ts';

const BYTES = 1_000_000_000;
const PART = 20_000_000;
const ROUNDS = 3;
const BOUNDARY = 'signet-bench';

const part = randomBytes(PART);
const folder = mkdtempSync(join(tmpdir(), 'tus-bench-'));
const program = fileURLToPath(new URL('tus-server.ts', import.meta.url));
const tus = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
const [tusUrl] = (await once(createInterface({ input: tus.stdout }), 'line')) as [string];
const signet = await startSignet();
const account = new URL(signet.cloudinaryUrl);

const clients = new Map<string, Client>();
async function send(
  url: string,
  method: 'POST' | 'PATCH',
  headers: Record<string, string>,
  body: Buffer | null,
): Promise<{ location: string | undefined; text: string }> {
  const { origin, pathname } = new URL(url);
  const client = clients.get(origin) ?? new Client(origin);
  clients.set(origin, client);
  const answer = await client.request({ path: pathname, method, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`);
  return { location: answer.headers.location as string | undefined, text };
}

/** Each round's file differs, so that nothing is stored twice. */
const mark = (round: number) => part.writeUInt32BE(round, 0);

async function toTus(round: number): Promise<void> {
  mark(round);
  const common = { 'tus-resumable': '1.0.0' };
  const { location } = await send(tusUrl, 'POST', { ...common, 'upload-length': String(BYTES) }, null);
  for (let at = 0; at < BYTES; at += PART)
    await send(
      new URL(location!, tusUrl).href,
      'PATCH',
      { ...common, 'upload-offset': String(at), 'content-type': 'application/offset+octet-stream' },
      part,
    );
}

async function toSignet(round: number): Promise<void> {
  mark(round);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHash('sha1')
    .update(`timestamp=${timestamp}${decodeURIComponent(account.password)}`)
    .digest('hex');
  const fields = Object.entries({ timestamp, api_key: account.username, signature })
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const head = `${fields}--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), part, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  let last = '';
  for (let at = 0; at < BYTES; at += PART)
    ({ text: last } = await send(
      `${signet.url}/v1_1/${account.hostname}/raw/upload`,
      'POST',
      {
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'content-range': `bytes ${at}-${at + PART - 1}/${BYTES}`,
        'x-unique-upload-id': `round-${round}`,
      },
      body,
    ));
  const { bytes, done } = JSON.parse(last) as { bytes: number; done: boolean };
  if (bytes !== BYTES || !done) throw new Error(`the last part was answered with ${last}`);
}

const idle = residentMegabytes(signet.pid);
let highest = idle;
const watch = setInterval(() => {
  highest = Math.max(highest, residentMegabytes(signet.pid));
}, 100);
const rates = { tus: [] as number[], signet: [] as number[] };
for (let round = 0; round < ROUNDS; round++)
  for (const [name, work] of [
    ['tus', toTus],
    ['signet', toSignet],
  ] as const) {
    const start = performance.now();
    await work(round);
    rates[name].push(BYTES / 1000 / (performance.now() - start));
  }
clearInterval(watch);
report('1 GB in 20 MB parts', median(rates.signet), 'MB/s');
report('@tus/server with its file store', median(rates.tus), 'MB/s');
report('ours / @tus/server', median(rates.signet) / median(rates.tus), '×', { atLeast: 0.8 });
report('resident memory above rest meanwhile', highest - idle, 'MB', { atMost: 60 });

await Promise.all([...clients.values()].map((client) => client.close()));
tus.kill();
await signet.stop();
rmSync(folder, { recursive: true, force: true });
