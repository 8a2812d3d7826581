import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CliResult, signet } from '../support/cli.ts';
import { get, upload } from '../support/delivery.ts';
import { givenS3, startS3 } from '../support/s3.ts';
import { startSignet } from '../support/server.ts';

const s3 = givenS3() ?? (await startS3());
after(async () => 'remove' in s3 && s3.remove());

const storage = (...args: string[]): Promise<CliResult> => signet(['storage', ...args], { env: s3.env });

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await storage(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('originals move into a bucket and back; a bucket belongs to one catalog', async (t) => {
  const folders = await Promise.all([1, 2, 3].map(() => mkdtemp(join(tmpdir(), 'signet-storage-'))));
  t.after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
  const [data, back, stranger] = folders as [string, string, string];
  const bucket = s3.address();
  const [small, large] = [randomBytes(100_000), randomBytes(9_000_000)];

  const first = await startSignet({ data });
  t.after(() => first.kill());
  await upload(first, 'small', small, {}, 'raw');
  assert.deepEqual(await json('copy', data, bucket), { copied: 1, present: 0, bytes: 100_000, damaged: [] });
  await upload(first, 'large', large, {}, 'raw');
  const used = await storage('copy', bucket, data);
  assert.deepEqual([used.code, /is in use by the server/.test(used.stderr)], [2, true]);
  await first.stop();
  assert.deepEqual(await json('copy', data, bucket), { copied: 1, present: 1, bytes: 9_000_000, damaged: [] });
  assert.deepEqual(await json('verify', bucket), { whole: 2, damaged: [] });

  await rename(join(data, 'blobs'), join(back, 'blobs'));
  const second = await startSignet({ data, flags: ['--blobs', bucket], env: s3.env });
  t.after(() => second.kill());
  assert.deepEqual((await get(second, 'small', {}, 'raw/upload')).bytes, small);
  assert.deepEqual((await get(second, 'large', {}, 'raw/upload')).bytes, large);
  await second.stop();
  const other = await signet(['serve', '--port', '0', '--data', stranger, '--blobs', bucket], { env: s3.env });
  assert.equal(other.code, 2);
  assert.match(other.stderr, /belongs to another one/);

  assert.deepEqual(await json('verify', back), { whole: 2, damaged: [] });
  const [file] = globSync('blobs/sha256/*/*', { cwd: back });
  const handle = await open(join(back, file!), 'r+');
  await handle.write(Buffer.from('!?'), 0, 2, 500);
  await handle.close();
  const damaged = await storage('verify', back);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /1 blobs are whole, 1 are damaged\ndamaged: [0-9a-f]{64}/);
  await rm(join(back, file!));
  assert.deepEqual(Number((await json('copy', bucket, back)).copied), 1);
  assert.deepEqual(await json('verify', back), { whole: 2, damaged: [] });
});

test('what cannot be a place is refused', async () => {
  for (const [args, expected] of [
    [['copy', '/nowhere', 's3://signet'], /has no folder blobs/],
    [['copy', '.'], /a place to copy to/],
    [['verify', 's3://signet', '.'], /one place/],
    [['move', '.', '.'], /copy or verify/],
    [['verify', 's3://no'], /the name of a bucket/],
  ] as const) {
    const { code, stderr } = await storage(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, expected);
  }
});
