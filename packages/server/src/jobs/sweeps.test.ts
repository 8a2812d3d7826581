import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { compose } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { sweep } from './sweeps.ts';

test('bytes without an asset are swept after their grace, unless an upload that waits needs them', async () => {
  const data = mkdtempSync(join(tmpdir(), 'signet-sweep-'));
  const { app, close } = await compose({
    config: loadConfig({ flags: { ...(await catalogFlags()), data, 'log-level': 'silent' } }),
  });
  const store = async (text: string, hours: number): Promise<string> => {
    const { hash } = await app.blobs.put(Buffer.from(text));
    const then = Date.now() / 1000 - hours * 3600;
    await utimes(app.blobs.path(hash)!, then, then);
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
  await close();
});
