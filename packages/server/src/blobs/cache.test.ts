import assert from 'node:assert/strict';
import { readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { createLog } from '../observe/log.ts';
import { temporaryFolder } from '../temporary-folder.fixture.ts';
import { createCache } from './cache.ts';

const log = createLog('silent', 'json');
const key = (n: number) => n.toString(16).padStart(64, '0');
const TRAILER = 512;
const folderOf = () => temporaryFolder('cache');

test('a result comes back whole, from memory and after a restart, small and large', async () => {
  const folder = folderOf();
  const small = Buffer.from('small');
  const large = Buffer.alloc(400_000, 7);
  const first = createCache({ folder, budget: 1e9, hotBytes: 1e7, log });
  await first.put(key(1), small, { format: 'webp' });
  await first.put(key(2), large, { format: 'png' });
  for (const cache of [first, createCache({ folder, budget: 1e9, hotBytes: 0, log })]) {
    const one = await cache.get<{ format: string }>(key(1));
    assert.equal(one?.meta.format, 'webp');
    assert.deepEqual(one?.data, small);
    const two = await cache.get(key(2));
    assert.equal(two?.bytes, large.length);
    assert.equal(two?.data, undefined);
    assert.deepEqual(await buffer(two!.openRead({ start: 1, end: large.length - 1 })), large.subarray(1));
  }
  assert.equal(await first.get(key(3)), undefined);
});

test("entries up to a size of the caller's choice come whole", async () => {
  const cache = createCache({ folder: folderOf(), budget: 1e9, hotBytes: 0, hotEntry: 1000, log });
  await cache.put(key(1), Buffer.alloc(1000, 5), {});
  await cache.put(key(2), Buffer.alloc(1001, 5), {});
  assert.deepEqual((await cache.get(key(1)))?.data, Buffer.alloc(1000, 5));
  assert.equal((await cache.get(key(2)))?.data, undefined);
});

test('the byte budget holds, counting what an earlier process left', async () => {
  const folder = folderOf();
  const first = createCache({ folder, budget: 1e9, hotBytes: 0, log });
  for (let n = 0; n < 20; n++) await first.put(key(n), Buffer.alloc(10_000), {});
  const second = createCache({ folder, budget: 100_000, hotBytes: 0, log });
  await second.put(key(99), Buffer.alloc(10_000), {});
  await second.close();
  assert.ok(second.usage().disk <= 100_000, `${second.usage().disk}`);
  assert.ok(await second.get(key(99)), 'the newest stays');
});

test('a broken or half-written file is never served', async () => {
  const folder = folderOf();
  const cache = createCache({ folder, budget: 1e9, hotBytes: 0, log });
  await cache.put(key(1), Buffer.from('x'), {});
  const shard = join(folder, key(1).slice(0, 2));
  writeFileSync(join(shard, key(1)), 'not an entry');
  assert.equal(await cache.get(key(1)), undefined);
  assert.deepEqual(readdirSync(shard), []);
  for (const [size, cut] of [
    [1000, 700],
    [1000, 1000],
    [400_000, 1],
  ] as const) {
    await cache.put(key(2), Buffer.alloc(size, 1), {});
    truncateSync(join(folder, '00', key(2)), TRAILER + size - cut);
    assert.equal(await cache.get(key(2)), undefined, `${size} bytes, ${cut} lost`);
  }
});
