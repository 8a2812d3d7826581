/** No list, filter or deletion looks at all rows of a large table: SQLite is asked for the plan of every statement run. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { rawOf } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../../index.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';

let server: RunningServer;
const statements = new Set<string>();

before(async () => {
  server = await startServer({
    config: loadConfig({
      flags: { port: 0, data: temporaryFolder('plans'), 'log-level': 'silent' },
    }),
  });
  const { catalog } = server.app;
  const { name: cloud } = server.account.cloud;
  await catalog.transaction(async (tx) => {
    for (let number = 0; number < 30; number++)
      await catalog.assets.insert(tx, {
        cloud,
        asset_id: number.toString(16).padStart(32, '0'),
        public_id: `dir/${number}`,
        resource_type: 'image',
        type: 'upload',
        format: 'jpg',
        version: 1,
        version_id: 'v',
        bytes: number,
        etag: 'e',
        created_at: number,
        uploaded_at: number,
        updated_at: number,
        tags: '["a"]',
        context: '{"k":"v"}',
        metadata: '{"f":1}',
        asset_folder: 'dir',
      });
  });
  const raw = rawOf(catalog);
  const prepare = raw.prepare.bind(raw);
  raw.prepare = (text, ...rest) => {
    statements.add(text);
    return prepare(text, ...rest);
  };
});
after(() => server.close());

/** Tables that grow with the assets, their results or their use. */
const LARGE =
  'assets|asset_tags|asset_context|asset_metadata|asset_relations|derived|versions|folders|transformations|audit|jobs|webhook_deliveries|notification_messages|counters';
const SCAN = new RegExp(`^SCAN (?:${LARGE}|a)\\b`);
/** Sorting is no scan, but it reads everything before the first row: fine for what is bounded otherwise. */
const SORT = 'USE TEMP B-TREE FOR ORDER BY';

const planOf = (text: string): string[] =>
  rawOf(server.app.catalog)
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail));

async function call(method: string, path: string, body?: object): Promise<void> {
  const { key, cloud } = server.account;
  const response = await fetch(`${server.url}/v1_1/${cloud.name}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${key.api_key}:${key.api_secret}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, 200, `${method} ${path}: ${await response.clone().text()}`);
  const { next_cursor } = (await response.json()) as { next_cursor?: string };
  if (typeof next_cursor === 'string' && !path.includes('next_cursor') && method === 'GET')
    await call(method, `${path}${path.includes('?') ? '&' : '?'}next_cursor=${encodeURIComponent(next_cursor)}`);
}

/** Each with its second page, where there is one. */
const LISTS: readonly (readonly [string, string, object?])[] = [
  ...['asc', 'desc'].flatMap((direction): [string, string][] => [
    ['GET', `/resources/image?max_results=3&direction=${direction}`],
    ['GET', `/resources/image/upload?max_results=3&direction=${direction}`],
    ['GET', `/resources/image/upload?max_results=3&start_at=1970-01-01&direction=${direction}`],
    ['GET', `/resources/image/tags/a?max_results=3&direction=${direction}`],
    ['GET', `/resources/image/context?max_results=3&key=k&direction=${direction}`],
    ['GET', `/resources/image/context?max_results=3&key=k&value=v&direction=${direction}`],
    ['GET', `/resources/image/moderations/manual/pending?max_results=3&direction=${direction}`],
    ['GET', `/resources/by_asset_folder?max_results=3&asset_folder=dir&direction=${direction}`],
  ]),
  ['GET', '/resources/image/upload?max_results=3&prefix=dir/'],
  ['GET', '/resources/image/upload?public_ids[]=dir/1&public_ids[]=dir/2'],
  ['GET', `/resources/by_asset_ids?asset_ids[]=${'0'.repeat(32)}`],
  ['GET', '/resources/image/upload/dir/1?versions=1&related=1'],
  ['GET', '/tags/image?max_results=1&prefix=a'],
  ['GET', '/folders?max_results=1'],
  ['GET', '/folders/dir'],
  ['GET', '/transformations?max_results=1'],
  ['GET', '/transformations?max_results=1&named=true'],
  ['GET', '/upload_presets?max_results=1'],
  ['GET', '/upload_mappings?max_results=1'],
  ['GET', '/audit?max_results=1'],
  ['GET', '/webhook_deliveries?max_results=1'],
  ['GET', '/usage'],
  ['DELETE', '/resources/image/upload', { public_ids: ['none'] }],
  ['DELETE', '/resources/image/upload', { prefix: 'none' }],
  ['DELETE', '/resources/image/upload', { all: true, keep_original: true }],
  ['DELETE', '/resources/image/tags/none'],
  ['DELETE', '/resources', { asset_ids: ['0'.repeat(32).replace('0', 'f')] }],
  ['DELETE', '/derived_resources', { derived_resource_ids: ['none'] }],
  ['POST', '/resources/image/publish_resources', { prefix: 'none' }],
  ['POST', '/resources/image/publish_resources', { tag: 'none' }],
  ['POST', '/resources/image/upload/update_access_mode', { prefix: 'none', access_mode: 'public' }],
];

/** The statements that a call was the first to need; later calls find them prepared. */
async function statementsOf(...one: (typeof LISTS)[number]): Promise<string[]> {
  statements.clear();
  await call(...one);
  return [...statements].filter((text) => /^\s*(?:select|update|delete|insert|with)\b/i.test(text));
}

test('no statement of a list, a filter or a deletion scans a large table, and pages come in their order from an index', async () => {
  await call('POST', '/folders/dir');
  let seen = 0;
  for (const one of LISTS)
    for (const text of await statementsOf(...one)) {
      seen++;
      const plan = planOf(text);
      const what = `${one[0]} ${one[1]}\n${text}\n${plan.join('\n')}`;
      assert.ok(!plan.some((step) => SCAN.test(step)), what);
      const isPage = /^\s*select/i.test(text) && /\border by\b[\s\S]*\blimit\b/i.test(text);
      if (isPage) assert.ok(!plan.includes(SORT), what);
    }
  assert.ok(seen > 60, `${seen} statements`);
});

test('search follows indexes as well', async () => {
  const expressions = [
    '',
    'tags=a',
    'tags:a*',
    'context.k=v',
    'metadata.f=1',
    'public_id:dir/*',
    'asset_folder:"dir/*"',
  ];
  const more = [
    'bytes>3',
    'created_at>3d',
    'format:jpg',
    'resource_type:image AND type:upload',
    'dir',
    'status:deleted',
  ];
  let seen = 0;
  for (const expression of [...expressions, ...more])
    for (const sort_by of [[], [{ public_id: 'asc' }], [{ format: 'desc' }], [{ version: 'asc' }]])
      for (const text of await statementsOf('POST', '/resources/search', { expression, sort_by, max_results: 3 })) {
        seen++;
        assert.ok(!planOf(text).some((step) => SCAN.test(step)), `${expression}\n${text}\n${planOf(text).join('\n')}`);
      }
  assert.ok(seen > 60, `${seen} statements`);
});
