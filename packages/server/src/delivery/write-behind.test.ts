import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCache } from '../blobs/cache.ts';
import { createLog } from '../observe/log.ts';
import { temporaryFolder } from '../temporary-folder.fixture.ts';
import { createWriteBehind } from './write-behind.ts';

const log = createLog('silent', 'json');
const key = (n: number) => n.toString(16).padStart(64, '0');
const folderOf = () => temporaryFolder('behind');
const cacheIn = (folder: string) => createCache({ folder, budget: 1e9, hotBytes: 0, log });

test('everything is there once it is closed, and of one key the last', async () => {
  const folder = folderOf();
  const writes = createWriteBehind(cacheIn(folder), log);
  for (let n = 0; n < 5; n++) {
    await writes.put(key(1), Buffer.alloc(200_000, n), { n });
    await writes.put(key(10 + n), Buffer.alloc(200_000), { n });
  }
  await writes.close();
  const cache = cacheIn(folder);
  const last = await cache.get<{ n: number }>(key(1));
  assert.deepEqual([last?.meta.n, last?.data?.[0]], [4, 4]);
  for (let n = 0; n < 5; n++) assert.ok(await cache.get(key(10 + n)));
});

test('a disk that is too slow is waited for', async () => {
  const disk = Promise.withResolvers<void>();
  const writes = createWriteBehind({ put: () => disk.promise }, log);
  const large = Buffer.alloc(40_000_000);
  let waits = true;
  await writes.put(key(1), large, {});
  const second = writes.put(key(2), large, {}).then(() => {
    waits = false;
  });
  await new Promise(setImmediate);
  assert.equal(waits, true);
  disk.resolve();
  await second;
});

test('a write that fails harms nobody', async () => {
  const folder = join(folderOf(), 'file');
  writeFileSync(folder, '');
  const cache = cacheIn(folder);
  const { kept } = await createWriteBehind(cache, log).put(key(1), Buffer.from('lost'), {});
  await kept;
  assert.equal(await cache.get(key(1)), undefined);
});
