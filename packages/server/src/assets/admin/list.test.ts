import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../app.ts';
import { BACK_ENDS, rawOf } from '../../catalog/back-ends.fixture.ts';
import type { CloudRow, NewAsset } from '../../catalog/schema.ts';
import { CURSOR_LIFETIME } from '../../listing/cursor.ts';
import { type Direction, listAssets, listQuery, type Selector } from './list.ts';
import { listTags } from './tags.ts';

const HOUR = 3_600_000;
const cloud = { name: 'demo', id: 'a'.repeat(32), folder_mode: 'dynamic' } as CloudRow;

const asset = (number: number, change: Partial<NewAsset> = {}): NewAsset => ({
  cloud: 'demo',
  asset_id: number.toString(16).padStart(32, '0'),
  public_id: `dir/item_${String(number).padStart(4, '0')}`,
  resource_type: 'image',
  type: 'upload',
  format: 'jpg',
  version: 1,
  version_id: 'v',
  bytes: 1,
  etag: 'e',
  // Three assets share every moment: only the tie-break orders them.
  created_at: Math.floor(number / 3),
  uploaded_at: 1,
  updated_at: 1,
  tags: JSON.stringify(['all', `tag_${number % 5}`]),
  context: JSON.stringify({ alt: `value_${number % 2}` }),
  moderation: '[{"kind":"manual","status":"pending"}]',
  moderation_kind: 'manual',
  moderation_status: 'pending',
  asset_folder: 'dir',
  ...change,
});

/** The listing code needs a catalog and a clock; both are real. */
async function open(count: number, backEnd = BACK_ENDS[0]!) {
  const catalog = await backEnd.open();
  let now = 1_700_000_000_000;
  const app = { catalog, clock: () => now } as App;
  await catalog.transaction(async (tx) => {
    for (let number = 0; number < count; number++) await catalog.assets.insert(tx, asset(number));
  });
  const pages = async (selector: Selector, direction: Direction, size: number, between?: () => Promise<void>) => {
    const ids: string[] = [];
    let nextCursor: string | undefined;
    do {
      const page = await listAssets(app, cloud, selector, direction, { maxResults: size, nextCursor });
      ids.push(...page.rows.map(({ public_id }) => public_id));
      nextCursor = page.nextCursor;
      await between?.();
    } while (nextCursor !== undefined);
    return ids;
  };
  return { app, catalog, pages, wait: (millis: number) => (now += millis) };
}

const SELECTORS: readonly Selector[] = [
  { by: 'recent', resourceType: 'image' },
  { by: 'recent', resourceType: 'image', type: 'upload' },
  { by: 'recent', resourceType: 'image', type: 'upload', startAt: 5 },
  { by: 'prefix', resourceType: 'image', type: 'upload', prefix: 'dir/' },
  { by: 'tag', resourceType: 'image', tag: 'all' },
  { by: 'context', resourceType: 'image', key: 'alt' },
  { by: 'context', resourceType: 'image', key: 'alt', value: 'value_1' },
  { by: 'moderation', resourceType: 'image', kind: 'manual', status: 'pending' },
  { by: 'folder', folder: 'dir' },
];

for (const selector of SELECTORS)
  test(`a page of ${JSON.stringify(selector)} comes from an index, without sorting`, async () => {
    const { app, catalog } = await open(3);
    for (const direction of ['asc', 'desc'] as const)
      for (const key of [undefined, selector.by === 'prefix' ? ['dir/item_0001'] : [0, 1]]) {
        const { sql, parameters } = listQuery(app.catalog.db, cloud, selector, direction, key).limit(11).compile();
        const plan = rawOf(catalog)
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...(parameters as (string | number)[]))
          .map(({ detail }) => String(detail));
        assert.ok(
          plan.every((step) => step.startsWith('SEARCH')),
          `${direction} ${key}: ${plan.join(' | ')}`,
        );
      }
    await catalog.close();
  });

for (const backEnd of BACK_ENDS)
  for (const selector of SELECTORS)
    test(`${backEnd.name}: pages of ${JSON.stringify(selector)} have every asset once`, {
      skip: backEnd.skip,
    }, async () => {
      const { pages, catalog } = await open(40, backEnd);
      const whole = await pages(selector, 'desc', 500);
      assert.deepEqual(await pages(selector, 'desc', 7), whole);
      assert.equal(new Set(whole).size, whole.length);
      if (selector.by !== 'prefix' && !('startAt' in selector))
        assert.deepEqual((await pages(selector, 'asc', 3)).reverse(), whole, 'ascending is descending turned around');
      await catalog.close();
    });

test('a list stays right while assets come and go between its pages', async () => {
  const { pages, catalog } = await open(30);
  const before = await pages({ by: 'recent', resourceType: 'image' }, 'desc', 500);
  let number = 1000;
  const seen = await pages({ by: 'recent', resourceType: 'image' }, 'desc', 4, async () => {
    const last = before[number - 1000];
    await catalog.transaction(async (tx) => {
      await catalog.assets.insert(tx, asset(number++, { created_at: 10_000 }));
      const first = await catalog.assets.find(tx, {
        cloud: 'demo',
        resource_type: 'image',
        type: 'upload',
        public_id: last!,
      });
      await catalog.assets.remove(tx, first!.seq);
    });
  });
  assert.deepEqual(seen, before, 'newer assets and deleted ones that were listed already change nothing');
  await catalog.close();
});

test('a cursor of another list, a made-up one and an old one are refused clearly', async () => {
  const { app, catalog, wait } = await open(20);
  const list = (selector: Selector, nextCursor?: string) =>
    listAssets(app, cloud, selector, 'desc', { maxResults: 5, nextCursor });
  const { nextCursor } = await list({ by: 'recent', resourceType: 'image' });
  assert.ok(nextCursor);
  const refused = { status: 400, message: /Invalid value .* for parameter next_cursor/ };
  await assert.rejects(list({ by: 'tag', resourceType: 'image', tag: 'all' }, nextCursor), refused);
  await assert.rejects(list({ by: 'recent', resourceType: 'image' }, '23452342'), refused);
  await assert.rejects(
    listAssets(app, { ...cloud, id: 'b'.repeat(32) }, { by: 'recent', resourceType: 'image' }, 'desc', {
      maxResults: 5,
      nextCursor,
    }),
    refused,
  );
  wait(CURSOR_LIFETIME * 1000 + HOUR);
  await assert.rejects(list({ by: 'recent', resourceType: 'image' }, nextCursor), {
    status: 400,
    message: /next_cursor has expired/,
  });
  await catalog.close();
});

test('tags are distinct, in order, by prefix and by page', async () => {
  const { app, catalog } = await open(30);
  const first = await listTags(app, cloud, 'image', '', { maxResults: 4, nextCursor: undefined });
  assert.deepEqual(first.tags, ['all', 'tag_0', 'tag_1', 'tag_2']);
  const rest = await listTags(app, cloud, 'image', '', { maxResults: 4, nextCursor: first.nextCursor });
  assert.deepEqual([rest.tags, rest.nextCursor], [['tag_3', 'tag_4'], undefined]);
  assert.deepEqual((await listTags(app, cloud, 'image', 'nothing', { maxResults: 4, nextCursor: undefined })).tags, []);
  await catalog.close();
});
