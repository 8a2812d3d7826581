import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, open, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { blobStoreContract } from './contract.ts';
import { openDiskStore } from './disk.ts';
import { BlobStoreFailure } from './store.ts';

/** The layout that `openDiskStore` documents. */
const pathOf = (folder: string, hash: string): string => join(folder, 'sha256', hash.slice(0, 2), hash);

blobStoreContract('disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-blobs-'));
  const store = await openDiskStore(folder);
  return {
    store,
    async damage(hash) {
      const file = await open(pathOf(folder, hash), 'r+');
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, 1000);
      byte[0]! ^= 1;
      await file.write(byte, 0, 1, 1000);
      await file.close();
    },
    leftovers: async () => (await readdir(join(folder, 'tmp'))).length,
    reopen: () => openDiskStore(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});

test('a blob that a power cut has shortened is written again by the next upload of its bytes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-blobs-'));
  const store = await openDiskStore(folder);
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const bytes = randomBytes(10_000);
  const { hash } = await store.put(bytes);
  await truncate(pathOf(folder, hash), 100);
  assert.equal((await store.put(bytes)).existed, false);
  assert.deepEqual(await store.read(hash), bytes);
});

test('a folder that cannot be written fails the upload and leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-blobs-'));
  const store = await openDiskStore(folder);
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  // Root may write anywhere, so the folder is taken away rather than closed.
  await chmod(join(folder, 'tmp'), 0o500);
  await rm(join(folder, 'tmp'), { recursive: true });
  const spool = store.spool();
  await assert.rejects(
    async () => {
      await spool.write(randomBytes(2_000_000));
      await spool.end();
    },
    { code: 'ENOENT' },
  );
  await assert.rejects(store.put(Buffer.from('small')), { code: 'ENOENT' });
  assert.deepEqual(await Array.fromAsync(store.list()), []);
  await assert.rejects(store.check(), BlobStoreFailure);
});

test('a server that starts on a shared folder leaves what others have on its way, and removes what was abandoned', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-blobs-'));
  const store = await openDiskStore(folder, { shared: true });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const bytes = randomBytes(2_000_000);
  const spooling = store.spool();
  await spooling.write(bytes);
  const abandoned = join(folder, 'tmp', 'abandoned');
  await writeFile(abandoned, 'x');
  const then = Date.now() / 1000 - 2 * 86_400;
  await utimes(abandoned, then, then);
  await (await openDiskStore(folder, { shared: true })).close();
  const { hash } = await store.put(await spooling.end());
  assert.deepEqual(await store.read(hash), bytes);
  assert.deepEqual(await readdir(join(folder, 'tmp')), []);
});
