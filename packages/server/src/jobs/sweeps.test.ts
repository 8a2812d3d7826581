import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { compose } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { temporaryFolder } from '../temporary-folder.fixture.ts';
import { sweep } from './sweeps.ts';
import { expectKept, sweepShared } from './swept.ts';

test('bytes without an asset are swept after their grace, unless an upload that waits needs them', async () => {
  const data = temporaryFolder('sweep');
  const { app, close } = await compose({
    config: loadConfig({ flags: { ...(await catalogFlags()), data, 'log-level': 'silent' } }),
  });
  const store = async (text: string, hours: number): Promise<string> => {
    const { hash } = await app.blobs.put(Buffer.from(text));
    const then = Date.now() / 1000 - hours * 3600;
    await utimes(join(data, 'blobs/sha256', hash.slice(0, 2), hash), then, then);
    return hash;
  };
  const [young, left, awaited] = [await store('young', 0.5), await store('left', 2), await store('awaited', 2)];
  const payload = { file: { hash: awaited, md5: '', bytes: 7 } };
  await app.catalog.transaction((tx) =>
    app.jobs.enqueue(tx, { kind: 'upload', cloud: 'demo', payload, runAt: Date.now() + 60_000 }),
  );
  await sweep(app);
  const kept = await Promise.all([young, left, awaited].map((hash) => app.blobs.stat(hash)));
  assert.deepEqual(
    kept.map((stat) => stat !== undefined),
    [true, false, true],
  );
  if (app.catalog.shared) {
    // An upload that found the bytes before they were swept, and whose transaction comes after that.
    const give = () => app.catalog.transaction((tx) => expectKept(app, tx, left));
    await assert.rejects(give, /send them again/);
    await store('left', 2);
    await give();
    // One whose transaction came first.
    await app.catalog.transaction((tx) =>
      app.catalog.assets.insert(tx, {
        ...{ cloud: 'demo', asset_id: 'a'.repeat(32), public_id: 'a', resource_type: 'raw', type: 'upload' },
        ...{ version: 1, version_id: 'v', blob: left, bytes: 4, etag: 'e' },
        ...{ created_at: 1, uploaded_at: 1, updated_at: 1 },
      }),
    );
    assert.equal(await sweepShared(app, left, Date.now()), false);
    assert.ok(await app.blobs.stat(left));
  }
  await close();
});
