import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalog } from './catalog.ts';
import { migrate } from './migrate.ts';

const asset = (public_id: string) => ({
  cloud: 'demo',
  asset_id: public_id.padEnd(32, '0'),
  public_id,
  resource_type: 'image',
  type: 'upload',
  format: 'jpg',
  version: 1,
  version_id: 'v',
  bytes: 1,
  etag: 'e',
  created_at: 1,
  uploaded_at: 1,
  updated_at: 1,
  tags: '["b","a"]',
  context: '{"alt":"x"}',
  metadata: '{"n":3,"set":["p","q"]}',
});

test('migrations run once', async () => {
  const catalog = openCatalog(':memory:');
  assert.deepEqual(migrate(catalog.raw), []);
  await catalog.close();
});

test('an asset row carries its index rows through insert, update and removal', async () => {
  const { db, assets, transaction, close } = openCatalog(':memory:');
  const row = await transaction((tx) => assets.insert(tx, asset('dir/one')));
  assert.equal(row.folder, 'dir');
  assert.equal(row.filename, 'one');
  assert.equal((await db.selectFrom('asset_tags').selectAll().execute()).length, 2);
  assert.equal((await db.selectFrom('asset_metadata').selectAll().execute()).length, 3);
  await transaction((tx) => assets.update(tx, row.seq, { tags: '["c"]', public_id: 'two' }));
  assert.deepEqual(
    (await db.selectFrom('asset_tags').select('tag').execute()).map(({ tag }) => tag),
    ['c'],
  );
  assert.equal(
    (await assets.find(db, { cloud: 'demo', resource_type: 'image', type: 'upload', public_id: 'two' }))?.folder,
    '',
  );
  await transaction((tx) => assets.remove(tx, row.seq));
  assert.equal((await db.selectFrom('asset_context').selectAll().execute()).length, 0);
  await close();
});

test('a rejected transaction leaves no trace', async () => {
  const { db, assets, transaction, close } = openCatalog(':memory:');
  await assert.rejects(
    transaction(async (tx) => {
      await assets.insert(tx, asset('one'));
      throw new Error('changed my mind');
    }),
  );
  assert.equal((await db.selectFrom('assets').selectAll().execute()).length, 0);
  await close();
});
