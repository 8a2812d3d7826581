import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogFlags } from '../catalog/back-ends.fixture.ts';
import { loadConfig } from '../config.ts';
import { startServer } from '../start.ts';

test('presets of the configuration are made at the start, once, and read typed', async () => {
  const data = await mkdtemp(join(tmpdir(), 'signet-presets-'));
  const presets = [{ name: 'web', unsigned: true, settings: { folder: 'web', tags: 'a,b', eager: 'c_scale,w_100' } }];
  const config = loadConfig({
    flags: {
      ...(await catalogFlags()),
      port: 0,
      data,
      'log-level': 'silent',
      'upload-presets': JSON.stringify(presets),
    },
  });
  const call = async (change?: Record<string, string>) => {
    const server = await startServer({ config });
    try {
      const { cloud, key } = server.account;
      const answer = await fetch(`${server.url}/v1_1/${cloud.name}/upload_presets/web`, {
        headers: { authorization: `Basic ${btoa(`${key.api_key}:${key.api_secret}`)}` },
        ...(change === undefined ? {} : { method: 'PUT', body: new URLSearchParams(change) }),
      });
      assert.equal(answer.status, 200);
      return (await answer.json()) as Record<string, unknown> & { settings: Record<string, unknown> };
    } finally {
      await server.close();
    }
  };
  try {
    const made = await call();
    assert.equal(made.unsigned, true);
    assert.deepEqual(made.settings, { folder: 'web', tags: ['a', 'b'], eager: [[{ crop: 'scale', width: 100 }]] });

    await call({ folder: 'changed' });
    const kept = await call();
    assert.equal(kept.settings.folder, 'changed', 'a later start leaves an existing preset alone');
    assert.equal(kept.external_id, made.external_id);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
