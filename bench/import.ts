/**
 * `signet import` of 5,000 assets between two servers, killed in the middle, resumed and verified. Reports the assets a
 * second of the resumed run, and that nothing is missing. `SIGNET_BENCH_ASSETS` changes the number.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { report, startSignet, uploadPicture } from './support.ts';

const COUNT = Number(process.env.SIGNET_BENCH_ASSETS ?? 5000);
const MAIN = fileURLToPath(new URL('../packages/cli/bin/signet.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signet-bench-import-'));
const [from, to] = await Promise.all([startSignet(), startSignet()]);

/** Uploads pictures that all differ, in fifty folders. */
async function fill(): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < COUNT; n = next++) {
      const pixels = Buffer.alloc(16 * 16 * 3, n % 256).fill(n >> 8, 0, 48);
      const png = await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
        .png()
        .toBuffer();
      await uploadPicture(from, `folder ${n % 50}/picture ${n}`, png);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

const env = { ...process.env, CLOUDINARY_URL: to.cloudinaryUrl, XDG_STATE_HOME: folder };
const arguments_ = [MAIN, 'import', from.cloudinaryUrl, '--json'];
const finish = (...more: string[]): Record<string, unknown> => {
  const { stdout, stderr } = spawnSync(process.execPath, [...arguments_, ...more], {
    env,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
};

try {
  await fill();
  const first = spawn(process.execPath, arguments_, { env, stdio: 'ignore' });
  setTimeout(() => first.kill('SIGKILL'), Math.max(2000, COUNT));
  await once(first, 'exit');
  const begin = performance.now();
  const { moved, skipped, failed } = finish() as { moved: number; skipped: number; failed: unknown[] };
  const seconds = (performance.now() - begin) / 1000;
  const { same } = finish('--verify') as { same: number };
  console.log(`  ${skipped} taken over before the kill, ${moved} after it, ${failed.length} failed`);
  report('assets taken over a second after the kill', moved / seconds, '/s');
  report('assets that are the same at the end', same, `of ${COUNT}`, { atLeast: COUNT });
} finally {
  await Promise.all([from.stop(), to.stop()]);
  rmSync(folder, { recursive: true, force: true });
}
