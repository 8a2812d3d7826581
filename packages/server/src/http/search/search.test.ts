import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSearchPath } from '@signet/signing';
import sharp from 'sharp';
import { catalogFlags } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../../index.ts';

const NOW = Date.parse('2026-03-31T12:00:00Z');
const DAY = 86_400_000;
const data = mkdtempSync(join(tmpdir(), 'signet-search-'));
let server: RunningServer;
interface Search {
  expression(text: string): Search;
  sort_by(field: string, direction: string): Search;
  max_results(count: number): Search;
  next_cursor(cursor: string): Search;
  with_field(name: string): Search;
  fields(name: string): Search;
  aggregate(what: unknown): Search;
  execute(): Promise<unknown>;
  to_url(ttl: number): string;
}
/** The parts of the SDK used here; its own types lack folder search and range aggregations. */
interface Sdk {
  search: Search;
  search_folders: Search;
  api: { visual_search(params: object): Promise<unknown> };
  utils: { api_sign_request(params: object, secret: string): string };
}
let cloudinary: Sdk;

interface Answer {
  total_count: number;
  time: number;
  next_cursor?: string;
  aggregations: Record<string, Record<string, number>>;
  resources: ({ public_id: string; asset_id: string } & Record<string, unknown>)[];
  folders: { name: string; path: string; created_at: string; external_id: string }[];
  error: { message: string };
}

const hex = (index: number): string => index.toString(16).padStart(32, '0');
let inserted = 0;

async function insert(cloud: string, publicId: string, more: Record<string, unknown> = {}) {
  inserted++;
  const { created_at = NOW - inserted * DAY } = more as { created_at?: number };
  const { assets, transaction } = server.app.catalog;
  return transaction((tx) =>
    assets.insert(tx, {
      cloud,
      asset_id: hex(inserted),
      public_id: publicId,
      resource_type: 'image',
      type: 'upload',
      format: 'jpg',
      version: 1_700_000_000 + inserted,
      version_id: hex(inserted),
      bytes: inserted * 1000,
      etag: hex(inserted + 4096),
      width: inserted * 100,
      height: 100,
      pixels: inserted * 10_000,
      aspect_ratio: 1.78,
      created_at,
      uploaded_at: created_at,
      updated_at: created_at,
      display_name: publicId.split('/').at(-1)!,
      ...more,
    }),
  );
}

async function send(
  path: string,
  body: unknown,
  method = 'POST',
): Promise<{ status: number; headers: Headers; answer: Answer }> {
  const { key, cloud } = server.account;
  const response = await fetch(`${server.url}/v1_1/${cloud.name}${path}`, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${key.api_key}:${key.api_secret}`).toString('base64')}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, answer: (await response.json()) as Answer };
}
const find = async (expression: string, more: object = {}): Promise<string[]> => {
  const { status, answer } = await send('/resources/search', { expression, max_results: 500, ...more });
  assert.equal(status, 200, `${expression}: ${answer.error?.message}`);
  return answer.resources.map(({ public_id }) => public_id);
};

before(async () => {
  server = await startServer({
    config: loadConfig({
      flags: {
        ...(await catalogFlags()),
        port: '0',
        data,
        account: 'cloudinary://key:secret@fixed',
        'folder-mode': 'fixed',
        'log-level': 'error',
      },
    }),
    clock: () => NOW,
  });
  // The SDK chooses http or https when it is loaded.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  cloudinary = (await import('cloudinary')).v2 as unknown as Sdk;
  await insert('fixed', 'npm_api_test1_1', {
    tags: '["adv_search_1","red shirt","a","b"]',
    context: '{"stage":"in_review"}',
  });
  await insert('fixed', 'npm_api_test1_2', {
    tags: '["adv_search_1","shirt-blue"]',
    context: '{"stage":"new"}',
    asset_folder: 'elsewhere',
  });
  await insert('fixed', 'npm_api_test1_3', {
    tags: '["adv_search_1","adv_search_10"]',
    context: '{"stage":"validated","note":"in review","price":"20"}',
  });
  await insert('fixed', 'products/summer/blue sweater', {
    format: 'png',
    metadata: '{"size":12,"made":"2026-03-01","colors":["red","blue"],"story":"Knitted by hand"}',
    analysis:
      '{"faces":[[1,2,3,4]],"grayscale":false,"predominant":{"google":[["blue",60.5],["white",20]]},"image_metadata":{"Make":"Canon EOS","ISO":"400"},"quality_score":0.8}',
    facts: '{"has_alpha":true}',
  });
  await insert('fixed', 'products/Straße', {
    width: null,
    height: null,
    moderation_kind: 'manual',
    moderation_status: 'pending',
  });
  await insert('fixed', 'productsale/c', {
    access_mode: 'authenticated',
    last_updated: '{"tags_updated_at":"2026-03-30T00:00:00Z"}',
  });
  await insert('fixed', 'clip', { resource_type: 'video', format: 'mp4', duration: 12.5, taken_at: NOW - 400 * DAY });
  await insert('fixed', 'notes.txt', {
    resource_type: 'raw',
    format: null,
    type: 'private',
    width: null,
    height: null,
    pixels: null,
    aspect_ratio: null,
  });
  await insert('fixed', 'gone', { status: 'deleted' });
  await insert('other', 'npm_api_test1_1', { tags: '["adv_search_1"]' });
});

after(async () => {
  await server.close();
  rmSync(data, { recursive: true, force: true });
});

const ALL = [
  'npm_api_test1_1',
  'npm_api_test1_2',
  'npm_api_test1_3',
  'products/summer/blue sweater',
  'products/Straße',
  'productsale/c',
  'clip',
  'notes.txt',
];
const [ONE, TWO, THREE, SWEATER, STREET, SALE, CLIP, NOTES] = ALL as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];

test('what each expression finds', async () => {
  for (const [expression, expected] of [
    ['', ALL],
    // words, whole values, prefixes
    ['tags:adv_search_1', [ONE, TWO, THREE]],
    ['tags=adv_search_1', [ONE, TWO, THREE]],
    ['tags:adv_search_10', [THREE]],
    ['tags:adv', []],
    ['tags:adv_search_*', [ONE, TWO, THREE]],
    ['tags=adv_search_1*', [ONE, TWO, THREE]],
    ['tags=adv_search_10*', [THREE]],
    ['tags:shirt', [ONE, TWO]],
    ['tags:"red shirt"', [ONE]],
    ['tags:"shirt red"', []],
    ['tags:"a b"', []],
    ['tags=shirt', []],
    ['tags:*hirt*', [ONE, TWO]],
    ['tags:"*"', [ONE, TWO, THREE]],
    ['-tags:"*" AND resource_type:image', [SWEATER, STREET, SALE]],
    ['public_id:npm_api_test1_1', [ONE]],
    ['public_id=npm_api_test1_1', [ONE]],
    ['public_id: npm_api_test1_2', [TWO]],
    ['public_id:NPM_API_TEST1_1', [ONE]],
    ['public_id=NPM_API_TEST1_1', []],
    ['public_id:npm_api*', [ONE, TWO, THREE]],
    ['public_id:products/*', [SWEATER, STREET]],
    ['public_id:sweater', [SWEATER]],
    ['public_id="products/summer/blue sweater"', [SWEATER]],
    ['filename:"blue sweater"', [SWEATER]],
    ['filename:summer', []],
    ['display_name=clip', [CLIP]],
    [`asset_id=${hex(1)}`, [ONE]],
    [`asset_id:${hex(2)}`, [TWO]],
    [`asset_id:${hex(4)}`, [SWEATER]],
    [`etag=${hex(4097)}`, [ONE]],
    // folders
    ['folder=products', [STREET]],
    ['folder:products/*', [SWEATER, STREET]],
    ['folder:"products/summer/*"', [SWEATER]],
    ['folder:"*"', ALL],
    ['folder:summer', [SWEATER]],
    ['folder=""', [ONE, TWO, THREE, CLIP, NOTES]],
    ['asset_folder=elsewhere', [TWO]],
    // free terms
    ['sweater', [SWEATER]],
    ['SWEATER', [SWEATER]],
    ['strasse OR straße', [STREET]],
    ['knitted', [SWEATER]],
    ['validated', [THREE]],
    ['"red shirt"', [ONE]],
    ['swea*', [SWEATER]],
    ['authenticated', []],
    [hex(3), [THREE]],
    ['blue shirt', [TWO]],
    ['blue shirt stage', []],
    ['"--"', []],
    // context and metadata
    ['context.stage=in_review', [ONE]],
    ['context.stage:new', [TWO]],
    ['context.note:review', [THREE]],
    ['context.note:"*"', [THREE]],
    ['context:review', [THREE]],
    ['context:note', [THREE]],
    ['context.price>10', [THREE]],
    ['context.price>30', []],
    ['metadata.size=12', [SWEATER]],
    ['metadata.size>11.5', [SWEATER]],
    ['metadata.size:[1 TO 11]', []],
    ['metadata.colors:blue', [SWEATER]],
    ['metadata.colors=bl*', [SWEATER]],
    ['metadata.made>2026-02-15', [SWEATER]],
    ['metadata.made>2w', []],
    ['metadata.made>5w', [SWEATER]],
    ['metadata.story:"by hand"', [SWEATER]],
    ['metadata:hand', [SWEATER]],
    // closed lists
    ['resource_type:video', [CLIP]],
    ['format:(png OR mp4)', [SWEATER, CLIP]],
    ['-format:jpg', [SWEATER, CLIP, NOTES]],
    ['type:private', [NOTES]],
    ['access_mode:authenticated', [SALE]],
    ['status:deleted', ['gone']],
    ['status:(active OR deleted)', [...ALL, 'gone']],
    ['moderation_kind:manual AND moderation_status=pending', [STREET]],
    // numbers
    ['bytes>7k', [NOTES]],
    ['bytes>=7k', [CLIP, NOTES]],
    ['bytes:[2kb TO 3kb]', [TWO, THREE]],
    ['bytes:{2000 TO 3000]', [THREE]],
    ['bytes:[2000 TO 3000}', [TWO]],
    ['bytes:[* TO 1000]', [ONE]],
    ['bytes>1m', []],
    ['bytes=1000', [ONE]],
    ['width:"*" AND width<200', [ONE]],
    ['duration>10', [CLIP]],
    ['aspect_ratio:"16:9" AND resource_type=video', [CLIP]],
    // dates
    ['created_at>2d', [ONE]],
    ['created_at=2d', [ONE, TWO]],
    ['created_at<7d', [NOTES]],
    ['created_at:[4d TO 2d]', [TWO, THREE, SWEATER]],
    ['created_at:2026-03-30', [ONE]],
    ['created_at>2026-03-28', [ONE, TWO]],
    ['created_at>="2026-03-28T12:00:00Z"', [ONE, TWO, THREE]],
    ['created_at>2026-03-28T14:00:00+02:00', [ONE, TWO]],
    [`created_at<${NOW / 1000 - 7 * 86_400}`, [NOTES]],
    ['created_at:2025', []],
    ['taken_at<1y', [CLIP]],
    ['last_updated.tags>2d', [SALE]],
    // analyses
    ['face_count>0', [SWEATER]],
    ['transparent=true', [SWEATER]],
    ['grayscale=false AND face_count=1', [SWEATER]],
    ['colors.blue>50', [SWEATER]],
    ['colors:white', [SWEATER]],
    ['image_metadata.Make:canon', [SWEATER]],
    ['image_metadata.ISO>100', [SWEATER]],
    ['quality_score>0.5', [SWEATER]],
    // logic
    ['tags:shirt AND context.stage:new', [TWO]],
    ['tags:shirt -context.stage:new', [ONE]],
    ['NOT resource_type:image', [CLIP, NOTES]],
    ['(resource_type:video OR resource_type:raw) AND -type:private', [CLIP]],
    ['tags:(shirt AND a)', [ONE]],
    ['resource_type:video OR tags:a tags:b', [ONE, CLIP]],
    ['nonsense:x', []],
    ['-nonsense:x AND bytes<2k', [ONE]],
  ] as const)
    assert.deepEqual((await find(expression)).sort(), [...expected].sort(), expression);
});

test('a value that does not fit its field, and a syntax error, answer 400 with the position', async () => {
  for (const [expression, message] of [
    ['tags:a AND bytes>big', /at position 18: expected a number .* "big"/],
    ['created_at>soon', /at position 12: expected a date/],
    ['created_at:2026-02-30', /expected a date/],
    ['transparent:maybe', /expected true or false/],
    ['format>a', /expected a value with : or = for format/],
    ['(a', /at position 3: expected "\)" but found the end/],
  ] as const) {
    const { status, answer } = await send('/resources/search', { expression });
    assert.equal(status, 400, expression);
    assert.match(answer.error.message, message);
  }
  for (const body of [
    { sort_by: [{ tags: 'asc' }] },
    { sort_by: [{ created_at: 'up' }] },
    { with_field: ['foo'] },
    { aggregate: ['foo'] },
    { aggregate: [{ type: 'bytes', ranges: [{ key: 'not ok', from: 1 }] }] },
    { max_results: -1 },
    { next_cursor: 'abc' },
  ])
    assert.equal((await send('/resources/search', body)).status, 400, JSON.stringify(body));
});

test('the official SDK pages by tag, with totals, context and selected fields', async () => {
  const search = () => cloudinary.search.expression('tags:adv_search_1').sort_by('public_id', 'asc').max_results(1);
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 3; page++) {
    const answer = (await (cursor === undefined ? search() : search().next_cursor(cursor)).execute()) as Answer;
    assert.equal(answer.total_count, 3);
    assert.ok(Number.isInteger(answer.time));
    seen.push(answer.resources[0]!.public_id);
    assert.equal('next_cursor' in answer, page < 2);
    cursor = answer.next_cursor;
  }
  assert.deepEqual(seen, [ONE, TWO, THREE]);
  const { resources } = (await cloudinary.search
    .expression('tags:adv_search_1')
    .with_field('context')
    .with_field('tags')
    .with_field('image_metadata')
    .execute()) as Answer;
  assert.deepEqual(Object.keys(resources[0]!.context as object), ['stage']);
  assert.deepEqual(resources[0]!.tags, ['adv_search_1', 'red shirt', 'a', 'b']);
  assert.deepEqual(resources[0]!.image_metadata, {});
  const selected = (await cloudinary.search.expression('tags:adv_search_1').fields('context').execute()) as Answer;
  for (const item of selected.resources)
    assert.deepEqual(Object.keys(item).sort(), [
      'asset_id',
      'context',
      'created_at',
      'folder',
      'public_id',
      'resource_type',
      'status',
      'type',
    ]);
});

test('an item has the keys of the published answer', async () => {
  const { answer } = await send('/resources/search', {
    expression: 'sweater',
    with_field: ['image_analysis', 'metadata'],
  });
  const item = answer.resources[0]!;
  assert.equal(item.created_at, '2026-03-27T12:00:00+00:00');
  assert.equal(item.folder, 'products/summer');
  assert.equal('asset_folder' in item, false);
  assert.equal(item.filename, 'blue sweater');
  assert.equal(item.access_control, null);
  assert.match(String(item.url), /\/fixed\/image\/upload\/v1700000004\/products\/summer\/blue%20sweater\.png$/);
  assert.deepEqual(item.image_analysis, {
    face_count: 1,
    faces: [[1, 2, 3, 4]],
    grayscale: false,
    illustration_score: 0,
    transparent: true,
    etag: hex(4100),
    colors: { blue: 60.5, white: 20 },
  });
  assert.equal((item.metadata as { size: number }).size, 12);
  const raw = (await send('/resources/search', { expression: 'resource_type:raw' })).answer.resources[0]!;
  assert.ok('format' in raw);
});

test('order: any key in either direction, several keys, missing values, relevance; pages join without gap or repeat', async () => {
  for (const sort_by of [
    [{ created_at: 'asc' }],
    [{ public_id: 'desc' }],
    [{ width: 'asc' }],
    [{ width: 'desc' }],
    [{ height: 'desc' }, { public_id: 'asc' }],
    [{ format: 'asc' }],
    [{ score: 'desc' }],
    ['bytes:asc'],
    ['bytes desc', 'public_id'],
  ]) {
    const whole = await find('', { sort_by });
    assert.equal(whole.length, ALL.length);
    for (const size of [1, 3]) {
      const paged: string[] = [];
      let next_cursor: string | undefined;
      do {
        const { answer } = await send('/resources/search', { expression: '', sort_by, max_results: size, next_cursor });
        assert.equal(answer.total_count, ALL.length);
        paged.push(...answer.resources.map(({ public_id }) => public_id));
        next_cursor = answer.next_cursor;
      } while (next_cursor !== undefined);
      assert.deepEqual(paged, whole, JSON.stringify(sort_by));
    }
  }
  const ascending = await find('', { sort_by: [{ height: 'asc' }] });
  assert.deepEqual(await find('', { sort_by: [{ height: 'desc' }] }), ascending.reverse());
  assert.deepEqual((await find('review OR stage', { sort_by: [{ score: 'desc' }] }))[0], THREE);
  assert.deepEqual((await find('', { sort_by: [{ width: 'desc' }] })).slice(-2).sort(), [NOTES, STREET].sort());
});

test('a cursor stays right while assets come and go, and belongs to its search', async () => {
  const first = (await send('/resources/search', { expression: 'tags:adv_search_1', max_results: 1 })).answer;
  assert.equal(first.resources[0]!.public_id, ONE);
  const added = await insert('fixed', 'newest', { tags: '["adv_search_1"]', created_at: NOW });
  const next_cursor = first.next_cursor;
  const second = (await send('/resources/search', { expression: 'tags:adv_search_1', max_results: 1, next_cursor }))
    .answer;
  assert.equal(second.resources[0]!.public_id, TWO);
  assert.deepEqual(await find('tags:adv_search_1'), ['newest', ONE, TWO, THREE]);
  const { assets, transaction } = server.app.catalog;
  await transaction((tx) => assets.update(tx, added.seq, { tags: '["else"]', format: 'gif' }));
  assert.deepEqual(await find('tags:adv_search_1'), [ONE, TWO, THREE]);
  assert.deepEqual(await find('format:gif AND tags:else'), ['newest']);
  await transaction((tx) => assets.remove(tx, added.seq));
  assert.deepEqual(await find('else'), []);
  assert.equal(
    (await send('/resources/search', { expression: 'tags:other', max_results: 1, next_cursor })).status,
    400,
  );
});

test('metadata of a list is found by its label too', async () => {
  const field = {
    type: 'enum',
    label: 'Finish',
    external_id: 'finish',
    datasource: {
      values: [
        { external_id: 'f1', value: 'Matt black' },
        { external_id: 'f2', value: 'Gloss' },
      ],
    },
  };
  const created = await send('/metadata_fields', field);
  assert.equal(created.status, 200, created.answer.error?.message);
  const { seq } = await insert('fixed', 'finished', { metadata: '{"finish":"f1"}' });
  for (const expression of [
    'metadata.finish=f1',
    'metadata.finish:f1',
    'metadata.finish="Matt black"',
    'metadata.finish:black',
  ])
    assert.deepEqual(await find(expression), ['finished'], expression);
  assert.deepEqual(await find('metadata.finish=Gloss'), []);
  await server.app.catalog.transaction((tx) => server.app.catalog.assets.remove(tx, seq));
});

test('aggregations count by value and by range; max_results 0 gives only figures', async () => {
  const answer = (await cloudinary.search
    .expression('')
    .aggregate('format')
    .aggregate('resource_type')
    .aggregate({
      type: 'bytes',
      ranges: [
        { key: 'small', to: 3000 },
        { key: 'large', from: 3000 },
      ],
    })
    .max_results(0)
    .execute()) as Answer;
  assert.deepEqual(answer.resources, []);
  assert.equal(answer.total_count, 8);
  assert.equal('next_cursor' in answer, false);
  assert.deepEqual(answer.aggregations, {
    format: { jpg: 5, png: 1, mp4: 1 },
    resource_type: { image: 6, video: 1, raw: 1 },
    bytes: { small: 2, large: 6 },
  });
  const { answer: some } = await send('/resources/search', {
    expression: 'folder:products/*',
    aggregate: [
      'type',
      { type: 'image_pixels', ranges: [{ key: 'any', from: 0, to: 1e9 }] },
      { type: 'video_pixels', ranges: [{ key: 'any' }] },
    ],
  });
  assert.deepEqual(some.aggregations, { type: { upload: 2 }, image_pixels: { any: 2 }, video_pixels: { any: 0 } });
});

test('dynamic folder mode answers asset_folder and display_name', async () => {
  const { app, url } = server;
  const { cloud, key } = await app.accounts.createCloud({ name: 'dynamic', folderMode: 'dynamic' });
  await insert('dynamic', 'abc/x', { asset_folder: 'A b/c', display_name: 'Shown' });
  const ask = async (body: object): Promise<Answer> =>
    (await (
      await fetch(`${url}/v1_1/${cloud.name}/resources%2Fsearch`, {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(`${key.api_key}:${key.api_secret}`).toString('base64')}` },
        body: JSON.stringify(body),
      })
    ).json()) as Answer;
  const { resources } = await ask({
    expression: 'asset_folder:"A b/*" AND status:(active OR pending)',
    max_results: '500',
  });
  assert.equal(resources[0]!.asset_folder, 'A b/c');
  assert.equal(resources[0]!.display_name, 'Shown');
  assert.equal('folder' in resources[0]!, false);
  assert.equal((await ask({ expression: 'shown', fields: 'tags' })).resources.length, 1);
});

test('a signed search URL answers without credentials and can be cached', async () => {
  const { key, cloud } = server.account;
  const sdk = new URL(
    cloudinary.search.expression('tags:adv_search_1').sort_by('public_id', 'asc').max_results(2).to_url(120)!,
  );
  const response = await fetch(`${server.url}${sdk.pathname}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('cache-control'), 'public, max-age=120');
  const { resources, next_cursor } = (await response.json()) as Answer;
  assert.deepEqual(
    resources.map(({ public_id }) => public_id),
    [ONE, TWO],
  );
  const second = (await (await fetch(`${server.url}${sdk.pathname}/${next_cursor}`)).json()) as Answer;
  assert.deepEqual(
    second.resources.map(({ public_id }) => public_id),
    [THREE],
  );
  const wrong = createSearchPath({ expression: 'a' }, `${key.api_secret}x`);
  assert.equal((await fetch(`${server.url}/${cloud.name}/${wrong}`)).status, 401);
});

test('folders are searched by name, path, date and words', async () => {
  const { db } = server.app.catalog;
  for (const [index, path] of ['testFolder1', 'testFolder2', 'my_parent/folder', 'x/y'].entries())
    await db
      .insertInto('folders')
      .values({
        cloud: 'fixed',
        path,
        parent: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '',
        name: path.split('/').at(-1)!,
        external_id: hex(index),
        created_at: NOW - index * 10 * DAY,
      })
      .execute();
  const names = async (body: object): Promise<string[]> =>
    (await send('/folders/search', body)).answer.folders.map(({ path }) => path);
  assert.deepEqual(await names({ expression: 'name=testFolder*' }), ['testFolder1', 'testFolder2']);
  assert.deepEqual(await names({ expression: 'path="x/y"' }), ['x/y']);
  assert.deepEqual(await names({ expression: 'name:folder AND path:my_parent AND created_at=>4w' }), [
    'my_parent/folder',
  ]);
  assert.deepEqual(await names({ expression: 'testfolder*' }), ['testFolder1', 'testFolder2']);
  assert.deepEqual(await names({ expression: 'created_at<25d' }), ['x/y']);
  const first = (await cloudinary.search_folders.max_results(1).execute()) as Answer;
  assert.equal(first.folders.length, 1);
  assert.match(first.folders[0]!.created_at, /^2026-03-31T12:00:00:00$/);
  const rest = await names({ max_results: 3, next_cursor: first.next_cursor });
  assert.deepEqual(rest, ['testFolder2', 'my_parent/folder', 'x/y']);
  const { status, answer } = await send('/folders/search?expression=name%3Dfolder&sort_by[]=name:asc', {}, 'POST');
  assert.equal(status, 200);
  assert.equal(answer.total_count, 1);
});

test('visual search finds the same picture in other sizes, by asset, file or address', async () => {
  const { cloud, key } = server.account;
  const noise = (seed: number) =>
    Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, index) => ((index + 1) * seed * 7919) % 251));
  const picture = (seed: number, size: number) =>
    sharp(noise(seed), { raw: { width: 8, height: 8, channels: 3 } })
      .resize(size, size, { kernel: 'cubic' })
      .jpeg()
      .toBuffer();
  const upload = async (name: string, bytes: Buffer) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(bytes)]), `${name}.jpg`);
    const params = { public_id: name, timestamp: String(Math.floor(NOW / 1000)), visual_search: 'true' };
    for (const [field, value] of Object.entries(params)) form.set(field, value);
    form.set('api_key', key.api_key);
    form.set('signature', cloudinary.utils.api_sign_request(params, key.api_secret));
    const response = await fetch(`${server.url}/v1_1/${cloud.name}/image/upload`, { method: 'POST', body: form });
    const answer = (await response.json()) as { asset_id: string };
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer.asset_id;
  };
  const large = await upload('visual/large', await picture(3, 256));
  await upload('visual/small', await picture(3, 96));
  await upload('visual/different', await picture(11, 256));
  const byAsset = (await cloudinary.api.visual_search({ image_asset_id: large })) as Answer;
  assert.deepEqual(byAsset.resources.map(({ public_id }) => public_id).sort(), ['visual/large', 'visual/small']);
  const uri = `data:image/jpeg;base64,${(await picture(3, 128)).toString('base64')}`;
  assert.equal((await send('/resources/visual_search', { image_url: uri })).answer.total_count, 2);
  const form = new FormData();
  form.set('image_file', new Blob([new Uint8Array(await picture(11, 64))]), 'file');
  const response = await fetch(`${server.url}/v1_1/${cloud.name}/resources/visual_search`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${key.api_key}:${key.api_secret}`).toString('base64')}` },
    body: form,
  });
  assert.deepEqual(
    ((await response.json()) as Answer).resources.map(({ public_id }) => public_id),
    ['visual/different'],
  );
  for (const [body, status] of [
    [{ text: 'a dog' }, 400],
    [{}, 400],
    [{ image_asset_id: hex(999) }, 404],
    [{ image_asset_id: large, threshold: 2 }, 400],
  ] as const)
    assert.equal((await send('/resources/visual_search', body)).status, status, JSON.stringify(body));
});
