import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const MAIN = fileURLToPath(new URL('../packages/cli/bin/signet.js', import.meta.url));

export interface Started {
  readonly url: string;
  readonly cloudinaryUrl: string;
  readonly pid: number;
  /** Milliseconds the ready line states. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts `signet serve` as a person would, on a free port with empty data. @param cpu pins it to one core (`taskset`) */
export async function startSignet({
  flags = [],
  cpu,
}: {
  readonly flags?: readonly string[];
  readonly cpu?: number;
} = {}): Promise<Started> {
  const data = await mkdtemp(join(tmpdir(), 'signet-bench-'));
  const command = [process.execPath, MAIN, 'serve', '--port', '0', '--data', data, '--log-level', 'error', ...flags];
  const [program, ...rest] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SIGNET_|CLOUDINARY_|PORT$|HOST$)/.test(name)),
  );
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: environment, cwd: data });
  const lines = createInterface({ input: child.stdout });
  let url = '';
  let readyMs = 0;
  let cloudinaryUrl = '';
  for await (const line of lines) {
    const ready = /^signet ready on (\S+) in (\d+) ms$/.exec(line);
    if (ready) [url, readyMs] = [ready[1]!, Number(ready[2])];
    const account = /^CLOUDINARY_URL=(\S+)$/.exec(line);
    if (account) {
      cloudinaryUrl = account[1]!;
      break;
    }
  }
  return {
    url,
    cloudinaryUrl,
    pid: child.pid!,
    readyMs,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Uploads a picture under a public ID, signed, as a person's back end would. @throws when it is not answered with 200 */
export async function uploadPicture({ url, cloudinaryUrl }: Started, publicId: string, bytes: Buffer): Promise<void> {
  const { hostname: cloud, username: apiKey, password } = new URL(cloudinaryUrl);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHash('sha1')
    .update(`public_id=${publicId}&timestamp=${timestamp}${decodeURIComponent(password)}`)
    .digest('hex');
  const form = new FormData();
  for (const [name, value] of Object.entries({ public_id: publicId, timestamp, api_key: apiKey, signature }))
    form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.jpg');
  const response = await fetch(`${url}/v1_1/${cloud}/image/upload`, { method: 'POST', body: form });
  if (response.status !== 200) throw new Error(await response.text());
}

/** Resident megabytes of a process (Linux). */
export const residentMegabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** Milliseconds of processor time that processes have used so far, all their threads together (Linux; ticks of 10 ms). */
export const processorTime = (...pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').slice(11, 13);
    return sum + (Number(user) + Number(system)) * 10;
  }, 0);

/** A picture with the detail of a photo: noise at several sizes over a gradient. */
export async function photo(width: number, height: number, quality = 85): Promise<Buffer> {
  const layer = (size: number, sigma: number) =>
    sharp({
      create: {
        width: Math.ceil(width / size),
        height: Math.ceil(height / size),
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .png({ compressionLevel: 1 })
      .toBuffer();
  const [coarse, middle, fine] = await Promise.all([layer(64, 60), layer(12, 30), layer(2, 10)]);
  return sharp(coarse!)
    .composite([
      { input: middle!, blend: 'overlay' },
      { input: fine!, blend: 'soft-light' },
    ])
    .jpeg({ quality })
    .toBuffer();
}

/** Runs `work` `total` times, `concurrency` at once. @returns calls a second and the 95th percentile in milliseconds */
export async function measure(
  total: number,
  concurrency: number,
  work: (index: number) => Promise<unknown>,
): Promise<{ rate: number; p50: number; p95: number }> {
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < total) {
        const index = next++;
        const begin = performance.now();
        await work(index);
        times.push(performance.now() - begin);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  return { rate: total / seconds, p50: times[Math.floor(total * 0.5)]!, p95: times[Math.floor(total * 0.95)]! };
}

/** The middle one; of an even number the upper of the two. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Prints `name  value  (target)` with a mark. */
export function report(
  name: string,
  value: number,
  unit: string,
  target: { readonly atLeast?: number; readonly atMost?: number } = {},
): void {
  const good =
    (target.atLeast === undefined || value >= target.atLeast) &&
    (target.atMost === undefined || value <= target.atMost);
  const wanted =
    target.atLeast !== undefined ? `≥ ${target.atLeast}` : target.atMost !== undefined ? `≤ ${target.atMost}` : '';
  console.log(
    `${wanted === '' ? ' ' : good ? '✔' : '✖'} ${name.padEnd(64)} ${value.toLocaleString('en', { maximumFractionDigits: 2 }).padStart(10)} ${unit.padEnd(8)} ${wanted}`,
  );
}
