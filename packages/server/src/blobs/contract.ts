import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { BlobMissing, type BlobStore, type SpooledFile } from './store.ts';

export interface StoreUnderTest {
  readonly store: BlobStore;
  /** Changes a byte of a stored blob behind the store's back. */
  damage(hash: string): Promise<void>;
  /** How many temporary files (or unfinished transfers) there are. */
  leftovers(): Promise<number>;
  /** The store as a new process would open it. */
  reopen(): Promise<BlobStore>;
  remove(): Promise<void>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const NOWHERE = '0'.repeat(64);
/** Both sides of every threshold a store is likely to have. */
const SIZES = [0, 1, 100_000, 1024 * 1024, 1024 * 1024 + 1, 9_000_000];

async function spool(store: BlobStore, bytes: Uint8Array, pieces = 65_536): Promise<SpooledFile> {
  const spooling = store.spool();
  for (let at = 0; at < bytes.length; at += pieces) await spooling.write(bytes.subarray(at, at + pieces));
  return spooling.end();
}

/** What every blob store does. Run it unchanged for each. */
export function blobStoreContract(name: string, make: () => Promise<StoreUnderTest>): void {
  const test = (title: string, body: (under: StoreUnderTest) => Promise<void>) =>
    it(title, async () => {
      const under = await make();
      try {
        await body(under);
        assert.equal(await under.leftovers(), 0, 'temporary files left behind');
      } finally {
        await under.store.close();
        await under.remove();
      }
    });

  describe(`blob store: ${name}`, () => {
    for (const size of SIZES)
      test(`stores ${size} bytes and gives them back`, async ({ store }) => {
        const bytes = randomBytes(size);
        const file = await spool(store, bytes);
        const digests = { bytes: size, sha256: sha256(bytes), md5: md5(bytes) };
        assert.deepEqual(await file.digests(), digests);
        assert.equal(file.bytes, size);
        assert.deepEqual(await file.head(16), bytes.subarray(0, 16));
        assert.deepEqual(await buffer(file.openRead()), bytes);
        assert.deepEqual(await readFile(await file.path()), bytes);
        const stored = { hash: digests.sha256, md5: digests.md5, bytes: size };
        assert.deepEqual(await store.put(file), { ...stored, existed: false });
        assert.deepEqual(await store.put(await spool(store, bytes)), { ...stored, existed: true });
        await file.discard();
        assert.deepEqual(await store.read(sha256(bytes)), bytes);
        assert.deepEqual(await buffer(await store.openRead(sha256(bytes))), bytes);
        assert.equal((await store.stat(sha256(bytes)))?.bytes, size);
        assert.equal(await store.verify(sha256(bytes)), true);
      });

    test('takes buffers and streams', async ({ store }) => {
      const small = randomBytes(1000);
      const large = randomBytes(3_000_000);
      assert.equal((await store.put(small)).hash, sha256(small));
      const pieces = Array.from({ length: 30 }, (_, index) => large.subarray(index * 100_000, (index + 1) * 100_000));
      assert.equal((await store.put(Readable.from(pieces))).hash, sha256(large));
      assert.deepEqual(await store.read(sha256(large)), large);
    });

    test('a stream that fails leaves nothing behind', async ({ store }) => {
      const failing = Readable.from(
        (async function* () {
          for (let sent = 0; sent < 40; sent++) yield randomBytes(65_536);
          throw new Error('the line went dead');
        })(),
      );
      await assert.rejects(store.put(failing), /the line went dead/);
      assert.deepEqual(await Array.fromAsync(store.list()), []);
    });

    test('ranges are inclusive, open on either side, empty beyond the end', async ({ store }) => {
      const bytes = randomBytes(10_000);
      const { hash } = await store.put(bytes);
      const cases = [
        [{ start: 0, end: 0 }, 0, 1],
        [{ start: 100, end: 199 }, 100, 200],
        [{ start: 9_999 }, 9_999, 10_000],
        [{ end: 4 }, 0, 5],
        [{ start: 9_000, end: 99_999 }, 9_000, 10_000],
        [{ start: 10_000 }, 10_000, 10_000],
      ] as const;
      for (const [range, from, to] of cases)
        assert.deepEqual(await buffer(await store.openRead(hash, range)), bytes.subarray(from, to));
    });

    test('the same bytes are stored once, also at the same time', async ({ store }) => {
      const bytes = randomBytes(200_000);
      const stored = await Promise.all(Array.from({ length: 8 }, async () => store.put(await spool(store, bytes))));
      assert.equal(stored.filter((blob) => !blob.existed).length, 1);
      assert.deepEqual(await Array.fromAsync(store.list()), [sha256(bytes)]);
    });

    test('what is not there is missing, before the first byte', async ({ store }) => {
      assert.equal(await store.stat(NOWHERE), undefined);
      assert.equal(await store.delete(NOWHERE), false);
      for (const call of ['openRead', 'read', 'local', 'verify'] as const)
        await assert.rejects(async () => store[call](NOWHERE), BlobMissing);
    });

    test('a hash that is no hash never becomes a path', async ({ store }) => {
      for (const hash of ['', '../../etc/passwd', 'A'.repeat(64), `${'0'.repeat(62)}/x`])
        await assert.rejects(async () => store.read(hash), TypeError);
    });

    test('deleted is gone; a blob stored again meanwhile stays', async ({ store }) => {
      const { hash } = await store.put(Buffer.from('once'));
      const before = Date.now() - 60_000;
      assert.equal(await store.delete(hash, { storedBefore: before }), false);
      assert.equal(await store.delete(hash), true);
      assert.equal(await store.stat(hash), undefined);
      assert.equal((await store.put(Buffer.from('once'))).existed, false);
    });

    test('bytes that took long on their way are stored now', async ({ store }) => {
      const file = await spool(store, randomBytes(2_000_000));
      const then = new Date(Date.now() - 2 * 3_600_000);
      await utimes(await file.path(), then, then);
      const { hash } = await store.put(file);
      assert.equal(await store.delete(hash, { storedBefore: Date.now() - 3_600_000 }), false);
    });

    test('a put beside a deletion of the same bytes never loses them silently', async ({ store }) => {
      const bytes = randomBytes(50_000);
      const { hash } = await store.put(bytes);
      const cutoff = Date.now() - 1000;
      await Promise.all([store.put(bytes), store.delete(hash, { storedBefore: cutoff }), store.put(bytes)]);
      assert.deepEqual(await store.read(hash), bytes);
    });

    test('sweep removes what nobody refers to and is old enough', async ({ store }) => {
      const kept = await store.put(Buffer.from('kept'));
      const lost = await store.put(Buffer.from('lost!'));
      const isReferenced = (hash: string) => hash === kept.hash;
      assert.deepEqual(await store.sweep({ storedBefore: Date.now() - 60_000, isReferenced }), { blobs: 0, bytes: 0 });
      assert.deepEqual(await store.sweep({ storedBefore: Date.now() + 60_000, isReferenced }), { blobs: 1, bytes: 5 });
      assert.deepEqual(await Array.fromAsync(store.list()), [kept.hash]);
      assert.equal(await store.stat(lost.hash), undefined);
    });

    test('verify finds a changed byte', async ({ store, damage }) => {
      const { hash } = await store.put(randomBytes(2_000_000));
      assert.equal(await store.verify(hash), true);
      await damage(hash);
      assert.equal(await store.verify(hash), false);
    });

    test('an aborted spool leaves nothing behind, small or large', async ({ store }) => {
      for (const size of [10, 5_000_000]) {
        const spooling = store.spool();
        await spooling.write(randomBytes(size));
        await spooling.abort();
        await spooling.abort();
      }
    });

    test('a discarded file leaves nothing behind, small or large', async ({ store }) => {
      for (const size of [10, 5_000_000]) {
        const file = await spool(store, randomBytes(size));
        await stat(await file.path());
        await file.discard();
        await file.discard();
      }
    });

    test('a new process finds what was stored, and sweeps what was not', async ({ store, reopen }) => {
      const { hash } = await store.put(randomBytes(3_000_000));
      const unfinished = await spool(store, randomBytes(3_000_000));
      const path = await unfinished.path();
      const again = await reopen();
      assert.equal(await again.verify(hash), true);
      await assert.rejects(stat(path), { code: 'ENOENT' });
      await again.close();
    });

    test('a store in order says so', ({ store }) => store.check());

    test('local gives renderers a file with the bytes', async ({ store }) => {
      const bytes = randomBytes(70_000);
      const { hash } = await store.put(bytes);
      const local = await store.local(hash);
      assert.deepEqual(await readFile(local.path), bytes);
      await local.release();
    });
  });
}
