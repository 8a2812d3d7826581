import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, describe, type TestContext, test } from 'node:test';
import { CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { givenS3, NEEDS_GIVEN, startS3 } from '../../../../test/support/s3.ts';
import { createLog } from '../observe/log.ts';
import { createCache } from './cache.ts';
import { blobStoreContract } from './contract.ts';
import { connectBucket } from './open-s3.ts';
import { openS3Store } from './s3.ts';
import { parseS3Address } from './s3-address.ts';
import { createSharedCache } from './shared-cache.ts';
import { BlobStoreFailure } from './store.ts';

const s3 = await startS3();
after(() => s3.remove());
const given = givenS3();
// The SDK reads them when it is first asked to sign.
if (!given) Object.assign(process.env, s3.env);

const log = createLog('silent', 'json');

async function open(address: string, { budget = 1e9 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'signet-blobs-'));
  const bucket = await connectBucket(address);
  const store = await openS3Store({ bucket, folder, budget });
  return {
    folder,
    bucket,
    store,
    async remove() {
      bucket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Both servers are the same to the tests: the one given is asked when there is one. */
const server = given ?? s3;
const opened = async (t: TestContext, options?: { budget?: number; address?: string }) => {
  const one = await open(options?.address ?? server.address(), options);
  t.after(one.remove);
  return one;
};

// Without copies everything is read from the bucket.
for (const [name, budget] of [
  [server.name, 1e9],
  [`${server.name}, without copies`, 0],
] as const)
  blobStoreContract(name, async () => {
    const one = await open(server.address(), { budget });
    const { store, bucket, folder } = one;
    return {
      store,
      async damage(hash) {
        const bytes = await store.read(hash);
        bytes[1000]! ^= 1;
        await bucket.put(`sha256/${hash}`, { bytes: bytes.length, memory: bytes, openRead: () => assert.fail() });
      },
      async leftovers() {
        const uploads = await Array.fromAsync(bucket.unfinished());
        return (await readdir(join(folder, 'tmp'))).length + uploads.length;
      },
      reopen: () => openS3Store({ bucket, folder, budget }),
      remove: one.remove,
    };
  });

test('another server finds what this one stored, and copies only what renderers need', async (t) => {
  const address = server.address();
  const first = await opened(t, { address });
  const second = await opened(t, { address });
  const bytes = randomBytes(300_000);
  const { hash } = await first.store.put(bytes);
  assert.deepEqual(await buffer(await second.store.openRead(hash, { start: 10, end: 19 })), bytes.subarray(10, 20));
  assert.deepEqual(await second.store.read(hash), bytes);
  assert.deepEqual(await readdir(join(second.folder, 'copies')), []);
  const copies = await Promise.all([second.store.local(hash), second.store.local(hash)]);
  assert.deepEqual(await readdir(join(second.folder, 'copies')), [`${hash}-300000`]);
  for (const copy of copies) await copy.release();
  assert.equal((await second.store.stat(hash))?.bytes, 300_000);
  assert.equal((await second.store.put(bytes)).existed, true);
});

test('bytes that another server has stored are not stored again', async (t) => {
  const address = server.address();
  const [first, second] = [await opened(t, { address }), await opened(t, { address })];
  for (const size of [1000, 9_000_000]) {
    const bytes = randomBytes(size);
    assert.equal((await first.store.put(bytes)).existed, false);
    assert.equal((await second.store.put(bytes)).existed, true);
  }
});

test('an old blob that is stored again is young to the sweep of another server', async (t) => {
  const { store, bucket, folder } = await opened(t);
  const bytes = Buffer.from('stored twice');
  const { hash } = await store.put(bytes);
  const clock = () => Date.now() + 3_600_000;
  const later = await openS3Store({ bucket, folder, budget: 0, clock });
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const between = Date.now() - 50;
  assert.equal((await later.stat(hash))?.bytes, bytes.length);
  assert.equal((await later.put(bytes)).existed, true);
  assert.equal(await store.delete(hash, { storedBefore: between }), false);
  assert.deepEqual(await later.read(hash), bytes);
});

test('copies keep their budget; what is in use stays until it is released', async (t) => {
  const { store, folder } = await opened(t, { budget: 250_000 });
  const hashes: string[] = [];
  for (let n = 0; n < 5; n++) hashes.push((await store.put(randomBytes(100_000))).hash);
  const names = async () => (await readdir(join(folder, 'copies'))).map((name) => name.slice(0, 64)).sort();
  assert.deepEqual(await names(), hashes.slice(3).sort());
  const held = await Promise.all(hashes.map((hash) => store.local(hash)));
  assert.deepEqual(await names(), [...hashes].sort());
  for (const copy of held) await copy.release();
  assert.equal((await names()).length, 2);
  assert.deepEqual((await store.read(hashes[0]!)).length, 100_000);
});

test('bytes that change on their way are refused, and nothing is stored', async (t) => {
  if (!given) return t.skip(NEEDS_GIVEN);
  const { store, bucket } = await opened(t);
  const sha256 = 'ab'.repeat(32);
  const other = { bytes: 5, memory: Buffer.from('other'), openRead: () => assert.fail() };
  for (const digests of [{ sha256 }, { md5: 'ab'.repeat(16) }])
    await assert.rejects(bucket.put(`sha256/${sha256}`, { ...other, ...digests }), BlobStoreFailure);
  assert.equal(await store.stat(sha256), undefined);
});

test('a large upload whose source fails leaves neither an object nor parts', async (t) => {
  const { store, bucket } = await opened(t);
  const file = {
    bytes: 40_000_000,
    openRead: () =>
      Readable.from(
        (async function* () {
          for (let sent = 0; sent < 20; sent++) yield randomBytes(1_000_000);
          throw new Error('the disk went dead');
        })(),
      ),
  };
  await assert.rejects(bucket.put(`sha256/${'cd'.repeat(32)}`, file), /the disk went dead/);
  assert.deepEqual(await Array.fromAsync(store.list()), []);
  assert.deepEqual(await Array.fromAsync(bucket.unfinished()), []);
});

test('a sweep ends uploads in parts that somebody has left', async (t) => {
  if (!given) return t.skip(NEEDS_GIVEN);
  const address = server.address();
  const { store, bucket } = await opened(t, { address });
  const { bucket: Bucket, prefix, endpoint, region } = parseS3Address(address);
  const client = new S3Client({ region, endpoint, forcePathStyle: true });
  t.after(() => client.destroy());
  await client.send(new CreateMultipartUploadCommand({ Bucket, Key: `${prefix}sha256/${'ef'.repeat(32)}` }));
  const unfinished = async () => (await Array.fromAsync(bucket.unfinished())).length;
  const day = 86_400_000;
  await store.sweep({ storedBefore: Date.now(), isReferenced: () => true });
  assert.equal(await unfinished(), 1, 'it may still be under way');
  await store.sweep({ storedBefore: Date.now() + 2 * day, isReferenced: () => true });
  assert.equal(await unfinished(), 0);
});

test('a bucket that cannot be used stops the start and says why', async () => {
  const address = new URL(s3.address());
  const wrong = (change: (url: URL) => void): string => {
    const url = new URL(address);
    change(url);
    return url.href;
  };
  const cases: [expected: RegExp, address: string][] = [
    [/NoSuchBucket/, wrong((url) => (url.host = 'another'))],
    [/ECONNREFUSED/, wrong((url) => url.searchParams.set('endpoint', 'http://127.0.0.1:9'))],
    [/a bucket after s3/, 's3://'],
    [/no credentials in the address/, 's3://key:very-secret@signet/'],
    [/no options but region/, 's3://signet?regoin=x'],
    [/http or https address/, 's3://signet?endpoint=localhost:9000'],
    [/true or false/, 's3://signet?force_path_style=maybe'],
    [/s3:\/\/BUCKET/, 'gs://signet'],
  ];
  for (const [expected, text] of cases)
    await assert.rejects(connectBucket(text), (error: Error) => {
      assert.equal(error.name, 'ConfigError');
      assert.match(error.message, expected);
      assert.doesNotMatch(error.message, /very-secret/);
      return true;
    });
});

test('a wrong secret stops the start and is not told', async (t) => {
  if (!given) return t.skip(NEEDS_GIVEN);
  const { AWS_SECRET_ACCESS_KEY } = process.env;
  t.after(() => Object.assign(process.env, { AWS_SECRET_ACCESS_KEY }));
  process.env.AWS_SECRET_ACCESS_KEY = 'quite-another';
  await assert.rejects(connectBucket(given.address()), (error: Error) => {
    assert.match(error.message, /403, SignatureDoesNotMatch/);
    assert.doesNotMatch(error.message, /quite-another/);
    return true;
  });
});

test('addresses', () => {
  assert.deepEqual(parseS3Address('s3://my-bucket'), {
    bucket: 'my-bucket',
    prefix: '',
    region: undefined,
    endpoint: undefined,
    forcePathStyle: false,
  });
  assert.deepEqual(parseS3Address('s3://b.example.com/one/two/?region=eu-west-1&endpoint=https://s3.example.com'), {
    bucket: 'b.example.com',
    prefix: 'one/two/',
    region: 'eu-west-1',
    endpoint: 'https://s3.example.com/',
    forcePathStyle: true,
  });
});

test('while the server does not answer nothing is taken as stored, and what is there is served again afterwards', async (t) => {
  const { store } = await opened(t, { address: s3.address() });
  const bytes = randomBytes(2_000_000);
  const { hash } = await store.put(Buffer.from('before'));
  await s3.cut();
  try {
    await assert.rejects(store.put(bytes), BlobStoreFailure);
    await assert.rejects(store.check(), BlobStoreFailure);
    assert.deepEqual(await store.read(hash), Buffer.from('before'), 'from its copy');
  } finally {
    await s3.mend();
  }
  await store.check();
  assert.deepEqual(await Array.fromAsync(store.list()), [hash]);
  assert.equal((await store.put(bytes)).existed, false);
});

test('a connection that breaks in the middle is taken up again where it was, or given up with an error', async (t) => {
  const { store } = await opened(t, { address: s3.address(), budget: 0 });
  const bytes = randomBytes(40_000_000);
  const { hash } = await store.put(bytes);
  for (const [range, expected] of [
    [{}, bytes],
    [{ start: 1000, end: 39_000_000 }, bytes.subarray(1000, 39_000_001)],
  ] as const) {
    const received: Buffer[] = [];
    for await (const chunk of await store.openRead(hash, range)) {
      if (received.length === 0) {
        await s3.cut();
        await s3.mend();
      }
      received.push(chunk);
    }
    assert.deepEqual(Buffer.concat(received), expected);
  }
  await assert.rejects(async () => {
    for await (const _ of await store.openRead(hash)) await s3.cut();
  }, BlobStoreFailure);
  await s3.mend();
});

test('a copy that a power cut has shortened, or that somebody has removed, is fetched again', async (t) => {
  const { store, folder, bucket } = await opened(t);
  const bytes = randomBytes(50_000);
  const { hash } = await store.put(bytes);
  const path = join(folder, 'copies', `${hash}-50000`);
  await truncate(path, 100);
  const again = await openS3Store({ bucket, folder, budget: 1e9 });
  assert.deepEqual(await again.read(hash), bytes);
  const copy = await again.local(hash);
  await copy.release();
  await rm(copy.path);
  assert.deepEqual(await again.read(hash), bytes);
  assert.deepEqual(await readFile((await again.local(hash)).path), bytes);
});

describe('derived results in the bucket', () => {
  const key = (n: number) => n.toString(16).padStart(64, '0');
  const cacheOf = async (t: TestContext, address: string, budget = 1e9) => {
    const { bucket, folder } = await opened(t, { address });
    const local = createCache({ folder: join(folder, 'derived'), budget: 1e9, hotBytes: 1e6, log });
    return { bucket, local, cache: createSharedCache({ local, bucket, budget, log }) };
  };

  test('what one server has rendered the next one finds, small and large, with its meta data', async (t) => {
    const address = server.address();
    const [first, second] = [await cacheOf(t, address), await cacheOf(t, address)];
    const [small, large] = [randomBytes(1000), randomBytes(9_000_000)];
    await first.cache.put(key(1), small, { format: 'webp', name: 'Grüße' });
    await first.cache.put(key(2), large, { format: 'mp4' });
    await first.cache.close();
    const found = await second.cache.get<{ format: string; name: string }>(key(1));
    assert.deepEqual([found?.data, found?.meta], [small, { format: 'webp', name: 'Grüße' }]);
    const film = await second.cache.get(key(2));
    assert.deepEqual(await buffer(film!.openRead({ start: 0, end: large.length - 1 })), large);
    assert.ok(await second.local.get(key(2)), 'kept on the disk too');
    assert.equal(await second.cache.get(key(3)), undefined);
    await second.cache.delete(key(1));
    assert.equal(await (await cacheOf(t, address)).cache.get(key(1)), undefined);
  });

  test('the budget of the bucket is kept: what was made longest ago goes first', async (t) => {
    const address = server.address();
    const filling = await cacheOf(t, address);
    for (let n = 0; n < 5; n++) await filling.cache.put(key(n), randomBytes(10_000), {});
    await filling.cache.close();
    const { cache, bucket } = await cacheOf(t, address, 30_000);
    await cache.put(key(9), randomBytes(10_000), {});
    await cache.close();
    const left = await Array.fromAsync(bucket.list('derived/'));
    assert.ok(left.reduce((sum, { bytes }) => sum + bytes, 0) <= 30_000, `${left.length} left`);
  });

  test('without the bucket results are made and answered all the same', async (t) => {
    const { cache } = await cacheOf(t, s3.address());
    await s3.cut();
    try {
      assert.equal(await cache.get(key(1)), undefined);
      await cache.put(key(1), Buffer.from('made'), {});
      assert.deepEqual((await cache.get(key(1)))?.data, Buffer.from('made'));
      await cache.close();
    } finally {
      await s3.mend();
    }
  });
});
