import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openDiskStore } from './disk.ts';
import { hashBytes } from './file-hash.ts';
import type { BlobStore } from './store.ts';

let folder: string;
let store: BlobStore;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-bytes-'));
  store = await openDiskStore(folder);
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const digest = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest('hex');

describe('the threads for small files', () => {
  test('digests of all of a memory, and of a part of one', async () => {
    const larger = randomBytes(100_000);
    for (const bytes of [larger, larger.subarray(1, 70_000)]) {
      const expected = { bytes: bytes.length, sha256: digest('sha256', bytes), md5: digest('md5', bytes) };
      assert.deepEqual(await hashBytes(bytes), expected);
    }
    assert.equal(larger.length, 100_000);
  });

  test('many files at once, twins and some that cannot be stored among them', async () => {
    const files = Array.from({ length: 60 }, (_, index) => randomBytes(1000 + index * 700));
    const sha256 = files.map((bytes) => digest('sha256', bytes));
    // Both of them go into the folder that is missing.
    const lost = sha256[30]!.slice(0, 2);
    await rm(join(folder, 'sha256', lost), { recursive: true });
    const results = await Promise.allSettled([...files, ...files].map((bytes) => store.put(bytes)));
    for (const [index, result] of results.entries()) {
      const of = index % files.length;
      if (sha256[of]!.startsWith(lost))
        assert.equal((result as { reason?: { code?: string } }).reason?.code, 'ENOENT', String(index));
      else {
        assert.equal((result as { value?: { existed: boolean } }).value?.existed, index >= files.length);
        assert.deepEqual(await store.read(sha256[of]!), files[of]);
      }
    }
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
  });

  test('bytes that have been stored are gone, and not taken for none', async () => {
    const spool = store.spool();
    await spool.write(randomBytes(100_000));
    const file = await spool.end();
    await store.put(file);
    await assert.rejects(file.digests(), /a store has taken them/);
  });

  test('part of a larger memory stays with its owner', async () => {
    const larger = randomBytes(64);
    const part = larger.subarray(8, 24);
    const { hash } = await store.put(part);
    assert.equal(part.length, 16);
    assert.ok((await store.read(hash)).equals(part));
  });
});
