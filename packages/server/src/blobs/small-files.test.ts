import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { storeBytes } from './disk.ts';
import { hashBytes } from './file-hash.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-bytes-'));
  await mkdir(join(folder, 'to'));
});
after(() => rm(folder, { recursive: true, force: true }));

const temporary = (name: string) => join(folder, `${name}.tmp`);

describe('the threads for small files', () => {
  test('digests come back with the bytes', async () => {
    const bytes = randomBytes(100_000);
    const copy = Buffer.from(bytes);
    const { memory, digests } = await hashBytes(bytes);
    assert.ok(memory.equals(copy));
    const digest = (name: string) => createHash(name).update(copy).digest('hex');
    assert.deepEqual(digests, { bytes: 100_000, sha256: digest('sha256'), md5: digest('md5') });
  });

  test('many files at once, one that cannot be stored among them', async () => {
    const files = Array.from({ length: 60 }, (_, index) => randomBytes(1000 + index * 700));
    const to = (index: number) => join(folder, index === 30 ? 'missing' : 'to');
    const results = await Promise.allSettled(
      files.map((bytes, index) =>
        // A part of a larger memory is copied, the rest of it is somebody else's.
        storeBytes(Buffer.from(bytes), { temporary: temporary(`${index}`), folder: to(index), name: `${index}` }),
      ),
    );
    for (const [index, bytes] of files.entries()) {
      const result = results[index]!;
      if (index === 30) assert.equal((result as { reason?: { code?: string } }).reason?.code, 'ENOENT');
      else assert.ok((await readFile(join(to(index), `${index}`))).equals(bytes), String(index));
    }
    assert.deepEqual(await readdir(folder), ['to']);
  });

  test('part of a larger memory stays with its owner', async () => {
    const larger = randomBytes(64);
    const part = larger.subarray(8, 24);
    await storeBytes(part, { temporary: temporary('part'), folder: join(folder, 'to'), name: 'part' });
    assert.equal(part.length, 16);
    assert.ok((await readFile(join(folder, 'to', 'part'))).equals(part));
  });
});
