import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSearchPath } from '@signet/signing';
import sharp from 'sharp';
import { ALL, type Answer, DAY, hex, NOTES, NOW, ONE, openSearch, STREET, THREE, TWO } from './search.fixture.ts';

const { server, cloudinary, insert, send, find } = await openSearch();
after(() => server.close());

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
