import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { adminOf } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { startSignet } from '../support/server.ts';

test('every expression of the search page is understood, and the words are cut as it says', async (t) => {
  const page = await readFile(fileURLToPath(new URL('../../docs/reference/search.md', import.meta.url)), 'utf8');
  const expressions = [...page.matchAll(/^\| `(.+?)` \|/gm)].map(([, expression]) => expression!);
  assert.ok(expressions.length >= 10);
  const server = await startSignet();
  t.after(() => server.stop());
  const admin = adminOf(server);
  await admin.upload({ public_id: 'shop/red-shoe', tags: 'big red shoe,npm_test_1' }, await picture(6));
  const total = async (expression: string): Promise<number> =>
    (await admin.ok('POST', '/resources/search', { json: { expression } })).total_count;
  for (const expression of expressions) await total(expression);
  for (const [expression, expected] of [
    ['tags:"red shoe"', 1],
    ['tags="red shoe"', 0],
    ['tags:npm', 0],
    ['tags:npm_test_1', 1],
    ['SHOE', 1],
    ['public_id:shop', 1],
  ] as const)
    assert.equal(await total(expression), expected, expression);
  const orders = /Orders with an index: (.*)\./.exec(page)![1]!.matchAll(/`(\w+)`/g);
  for (const [, name] of orders)
    await admin.ok('POST', '/resources/search', { json: { sort_by: [{ [name!]: 'asc' }] } });
});
