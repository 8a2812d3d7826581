import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalog } from './catalog.ts';
import { compiledOnce } from './compiled-once.ts';

test('a query that is compiled once answers by the values of each call', async () => {
  const catalog = openCatalog(':memory:');
  let built = 0;
  const find = compiledOnce((db, cloud: string, event: string) => {
    built++;
    return db
      .selectFrom('triggers')
      .select(['id', 'uri'])
      .where('uri_type', 'in', ['webhook', 'poll'])
      .where('event_type', 'in', [event, 'all'])
      .where('cloud', '=', cloud)
      .orderBy('id');
  });
  const row = { uri_type: 'webhook', created_at: 1, updated_at: 1 } as const;
  await catalog.db
    .insertInto('triggers')
    .values([
      { ...row, id: '1', cloud: 'one', uri: 'http://a', event_type: 'upload' },
      { ...row, id: '2', cloud: 'one', uri: 'http://b', event_type: 'all' },
      { ...row, id: '3', cloud: 'two', uri: 'http://c', event_type: 'upload' },
      { ...row, id: '4', cloud: 'one', uri: 'http://d', event_type: 'delete' },
    ])
    .execute();
  const ids = async (cloud: string, event: string) => (await find(catalog.db, cloud, event)).map(({ id }) => id);
  assert.deepEqual(await ids('one', 'upload'), ['1', '2']);
  assert.deepEqual(await ids('one', 'delete'), ['2', '4']);
  assert.deepEqual(await ids('two', 'upload'), ['3']);
  const [inside] = await catalog.transaction((tx) => find(tx, 'two', 'upload'));
  assert.equal(inside?.uri, 'http://c');
  assert.equal(built, 1);
  await catalog.close();
});
