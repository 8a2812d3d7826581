/**
 * Fifteen places where a server that looks right breaks an official SDK. Each test sends what the SDK sends, by hand;
 * NPM, PY, RB and PHP are the Node, Python, Ruby and PHP ones.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCOUNT_FLAGS, type Admin, accountOf, adminOf, type Body } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let fixed: SignetServer;
let dynamic: SignetServer;
let admin: Admin;
let png: Buffer;

before(async () => {
  [fixed, dynamic] = await Promise.all([
    startSignet({ flags: ['--folder-mode', 'fixed', ...ACCOUNT_FLAGS] }),
    startSignet({ flags: ['--folder-mode', 'dynamic'] }),
  ]);
  admin = adminOf(fixed);
  png = await picture(2);
  await admin.ok('POST', '/metadata_fields', {
    json: { external_id: 'owner', type: 'string', label: 'Owner', default_value: 'nobody' },
  });
  await admin.upload({ public_id: 'traps/one', tags: 'trap,red', context: 'alt=text|caption=two' }, png);
  await admin.upload({ public_id: 'traps/two', tags: 'trap' }, png);
});
after(() => Promise.all([fixed.stop(), dynamic.stop()]));

const URLENCODED = { 'content-type': 'application/x-www-form-urlencoded' };
const ids = ({ resources }: Body): string[] => resources.map(({ public_id }: Body) => public_id).sort();

test('trap 1: a path that is encoded as a whole, its slashes included, is routed', async () => {
  assert.equal((await admin.ok('POST', '/resources%2Fsearch', { json: { expression: 'tags=trap' } })).total_count, 2);
  assert.ok('folders' in (await admin.ok('POST', '/folders%2Fsearch', { json: {} })));
  assert.equal((await admin.ok('GET', '/streaming_profiles%2Fhd')).data.name, 'hd');
  const mode = { headers: URLENCODED, body: 'access_mode=public&tag=none' };
  assert.deepEqual(await admin.ok('POST', '/resources%2Fimage%2Fupload%2Fupdate_access_mode', mode), {
    updated: [],
    failed: [],
  });
  const derived = { headers: URLENCODED, body: 'public_ids[]=none&keep_original=true&transformations=w_10' };
  assert.equal((await admin.ok('DELETE', '/resources%2Fimage%2Fupload', derived)).deleted.none, 'not_found');
  // The same public ID with its slash encoded (NPM) and as it is (PY, RB).
  for (const id of ['traps%2Fone', 'traps/one'])
    assert.equal((await admin.ok('GET', `/resources/image/upload/${id}`)).public_id, 'traps/one');
  // `?` and `%` in a public ID, and a fetch URL.
  for (const id of ['%3F', '100%25', 'http%3A%2F%2Fexample.com%2Fa.jpg'])
    assert.equal((await admin('GET', `/resources/image/upload/${id}`)).status, 404, id);
});

test('trap 2: every success is 200, but a new trigger is 201', async () => {
  const relate = { json: { assets_to_relate: ['image/upload/traps/two', 'image/upload/none'] } };
  const backup = { json: { version_ids: ['none'] } };
  const { asset_id } = await admin.ok('GET', '/resources/image/upload/traps/one');
  for (const [method, path, options] of [
    ['POST', '/resources/related_assets/image/upload/traps/one', relate],
    ['DELETE', `/resources/backup/${asset_id}`, backup],
    ['POST', '/folders/trap2', {}],
    ['POST', '/upload_presets', { json: { name: 'trap2' } }],
    ['POST', '/streaming_profiles', { json: { name: 'trap2', representations: '[{"transformation":"w_10"}]' } }],
    ['POST', '/transformations', { json: { name: 'trap2', transformation: 'w_10' } }],
    ['POST', '/upload_mappings', { json: { folder: 'trap2', template: 'https://example.com' } }],
    ['POST', '/resources/image/upload/restore', { json: { public_ids: ['none'] } }],
  ] as const)
    assert.equal((await admin(method, path, options)).status, 200, `${method} ${path}`);
  const trigger = await admin('POST', '/triggers', {
    json: { uri: 'poll://trap2', event_type: 'upload', uri_type: null },
  });
  assert.equal(trigger.status, 201, JSON.stringify(trigger.body));
});

test('trap 3: JSON bodies on GET (RB), bodies without a content type (PHP), lists in five spellings, blanks and nulls', async () => {
  // node:fetch sends no body with GET; a raw request does.
  const { request } = await import('node:http');
  const get = (path: string, json: object): Promise<Body> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(json);
      const call = request(
        `${fixed.url}/v1_1/${fixed.cloud}${path}`,
        {
          method: 'GET',
          auth: `${fixed.apiKey}:${fixed.apiSecret}`,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve(JSON.parse(body)));
        },
      );
      call.on('error', reject);
      call.end(text);
    });
  assert.deepEqual(ids(await get('/resources/image/upload', { prefix: 'traps/o', max_results: 5 })), ['traps/one']);
  assert.equal((await get('/resources/search', { expression: 'tags=red', next_cursor: '' })).total_count, 1);

  // PHP: a urlencoded body that does not say so.
  const updated = await admin.ok('POST', '/resources/image/upload/traps/two', { body: 'tags=trap,php' });
  assert.deepEqual(updated.tags.sort(), ['php', 'trap']);

  const both = ['traps/one', 'traps/two'];
  for (const query of [
    'public_ids[]=traps/one&public_ids[]=traps/two',
    'public_ids[0]=traps%2Fone&public_ids[1]=traps%2Ftwo',
    'public_ids=traps/one&public_ids=traps/two',
  ])
    assert.deepEqual(ids(await admin.ok('GET', '/resources/image/upload', { query })), both, query);
  assert.deepEqual(ids(await admin.ok('GET', '/resources/image/upload', { query: 'public_ids=traps/one' })), [
    'traps/one',
  ]);
  assert.deepEqual(ids(await get('/resources/image/upload', { public_ids: both })), both);
  for (const query of ['fields=tags&fields=url', 'fields=tags,url'])
    assert.deepEqual(
      Object.keys(
        (await admin.ok('GET', '/resources/image/upload', { query: `${query}&prefix=traps/o` })).resources[0],
      ).sort(),
      ['asset_id', 'folder', 'public_id', 'tags', 'url'],
    );

  // Blank and null are "not given".
  const blanks = await admin.ok('GET', '/resources/image', { query: 'next_cursor=&max_results=&prefix=&tags=' });
  assert.ok(blanks.resources.length >= 2 && !('tags' in blanks.resources[0]));
  const nulls = { json: { public_ids: ['none'], transformations: null, keep_original: null, next_cursor: null } };
  assert.equal((await admin.ok('DELETE', '/resources/image/upload', nulls)).deleted.none, 'not_found');
  for (const yes of ['true', '1', 'True'])
    assert.ok('tags' in (await admin.ok('GET', '/resources/image', { query: `tags=${yes}` })).resources[0], yes);
});

test('trap 4: entries of a list have two keys, external IDs are never used again, deletion answers one key', async () => {
  const values = [
    { external_id: 'c1', value: 'red' },
    { external_id: 'c2', value: 'blue' },
  ];
  const field = { external_id: 'trap4', type: 'enum', label: 'Trap 4', datasource: { values } };
  await admin.ok('POST', '/metadata_fields', { json: field });
  const path = '/metadata_fields/trap4/datasource';
  const renamed = [{ external_id: 'c1', value: 'crimson' }, values[1]];
  assert.deepEqual(await admin.ok('PUT', path, { json: { values: [renamed[0]] } }), { values: renamed });
  assert.deepEqual(await admin.ok('DELETE', path, { json: { external_ids: ['c1'] } }), { values: [values[1]] });
  assert.deepEqual(await admin.ok('POST', `${path}_restore`, { json: { external_ids: ['c1'] } }), { values: renamed });
  assert.deepEqual(await admin.ok('POST', `${path}/order`, { json: { order_by: 'value', direction: 'desc' } }), {
    values: renamed,
  });
  assert.deepEqual(await admin.ok('DELETE', '/metadata_fields/trap4', { headers: URLENCODED }), { message: 'ok' });
  const again = await admin('POST', '/metadata_fields', { json: field });
  assert.deepEqual([again.status, again.body.error.message], [400, 'external id trap4 already exists']);
});

test('trap 5: the settings of a preset are typed and hold only what was set', async () => {
  const body = new URLSearchParams({
    name: 'trap5',
    unsigned: 'true',
    tags: 'a,b',
    context: 'alt=x',
    allowed_formats: 'jpg,png',
    transformation: 'c_scale,w_100',
    eager: 'c_thumb,h_100,w_100',
    colors: '1',
    disallow_public_id: 'true',
    folder: '',
    timestamp: '123',
  });
  await admin.ok('POST', '/upload_presets', { headers: URLENCODED, body: String(body) });
  const { settings, unsigned } = await admin.ok('GET', '/upload_presets/trap5');
  assert.equal(unsigned, true);
  assert.deepEqual(settings, {
    tags: ['a', 'b'],
    context: { alt: 'x' },
    allowed_formats: ['jpg', 'png'],
    transformation: [{ crop: 'scale', width: 100 }],
    eager: [[{ crop: 'thumb', height: 100, width: 100 }]],
    colors: true,
    disallow_public_id: true,
  });
});

test('trap 6: context is nested in Admin answers and flat in search; search times end in +00:00', async () => {
  const nested = { custom: { alt: 'text', caption: 'two' } };
  const list = await admin.ok('GET', '/resources/image/upload', { query: 'prefix=traps/one&context=true' });
  assert.deepEqual(list.resources[0].context, nested);
  assert.match(list.resources[0].created_at, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
  assert.deepEqual((await admin.ok('GET', '/resources/image/upload/traps/one')).context, nested);
  const found = await admin.ok('POST', '/resources/search', {
    json: { expression: 'public_id=traps/one', with_field: ['context'] },
  });
  assert.deepEqual(found.resources[0].context, nested.custom);
  for (const time of ['created_at', 'uploaded_at'])
    assert.match(found.resources[0][time], /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$/);
});

test('trap 7: fields decides the keys exactly; folder or asset_folder follows the folder mode', async () => {
  const query = 'prefix=traps/one&fields=tags';
  const keys = async (of: Admin): Promise<string[]> =>
    Object.keys((await of.ok('GET', '/resources/image/upload', { query })).resources[0]).sort();
  assert.deepEqual(await keys(admin), ['asset_id', 'folder', 'public_id', 'tags']);
  const other = adminOf(dynamic);
  await other.upload({ public_id: 'traps/one', tags: 'trap', asset_folder: 'shown/here' }, png);
  assert.deepEqual(await keys(other), ['asset_folder', 'asset_id', 'public_id', 'tags']);
  const [item] = (await other.ok('GET', '/resources/image/upload', { query: 'prefix=traps/one' })).resources;
  assert.deepEqual([item.asset_folder, 'folder' in item], ['shown/here', false]);
  const search = { json: { expression: 'tags=trap', fields: ['tags'] } };
  assert.deepEqual(Object.keys((await other.ok('POST', '/resources/search', search)).resources[0]).sort(), [
    'asset_folder',
    'asset_id',
    'created_at',
    'public_id',
    'resource_type',
    'status',
    'tags',
    'type',
  ]);
});

test('trap 8: an asset deleted with a backup is still there, without bytes', async () => {
  await admin.upload({ public_id: 'trap8', backup: 'true' }, png);
  await admin.upload({ public_id: 'trap8-plain' }, png);
  await admin.ok('DELETE', '/resources/image/upload', { json: { public_ids: ['trap8', 'trap8-plain'] } });
  const kept = await admin.ok('GET', '/resources/image/upload/trap8');
  assert.deepEqual([kept.bytes, kept.placeholder], [0, true]);
  assert.equal((await admin('GET', '/resources/image/upload/trap8-plain')).status, 404);
  const restored = await admin.ok('POST', '/resources/image/upload/restore', {
    json: { public_ids: ['trap8', 'trap8-plain'] },
  });
  assert.deepEqual([restored.trap8.bytes, restored['trap8-plain']], [png.length, { error: 'no_backup' }]);
  const whole = await admin.ok('GET', '/resources/image/upload/trap8');
  assert.deepEqual([whole.bytes, 'placeholder' in whole], [png.length, false]);
});

test('trap 9: representations and transformation info are lists of components, numbers are numbers', async () => {
  const representations = JSON.stringify([{ transformation: 'w_1200,h_1200,c_limit,br_5m' }]);
  await admin.ok('POST', '/streaming_profiles', { json: { name: 'trap9', representations } });
  assert.deepEqual((await admin.ok('GET', '/streaming_profiles/trap9')).data.representations, [
    { transformation: [{ bit_rate: '5m', crop: 'limit', height: 1200, width: 1200 }] },
  ]);
  await admin.upload({ public_id: 'trap9', eager: 'c_scale,l_text:Arial_60:TAG,w_100' }, png);
  const info = async (transformation: string) =>
    (await admin.ok('GET', '/transformations', { query: new URLSearchParams({ transformation }).toString() })).info;
  const layered = [{ crop: 'scale', overlay: 'text:Arial_60:TAG', width: 100 }];
  assert.deepEqual(await info('c_scale,l_text:Arial_60:TAG,w_100'), layered);
  // The same set in another order.
  assert.deepEqual(await info('w_100,c_scale,l_text:Arial_60:TAG'), layered);
  await admin.ok('POST', '/transformations', { json: { name: 'trap9', transformation: 'c_scale,w_102/' } });
  assert.deepEqual(await info('t_trap9'), [{ crop: 'scale', width: 102, extension: 'none' }]);
});

test('trap 10: metadata=true adds the key to every item; defaults are applied at upload', async () => {
  assert.deepEqual((await admin.ok('GET', '/resources/image/upload/traps/one')).metadata, { owner: 'nobody' });
  await admin.upload({ public_id: 'traps/mod', moderation: 'manual', tags: 'trap', context: 'alt=q' }, png);
  for (const [path, query] of [
    ['/resources/image/upload', 'prefix=traps/'],
    ['/resources/image/tags/trap', ''],
    ['/resources/image/context', 'key=alt'],
    ['/resources/image/moderations/manual/pending', ''],
  ] as const)
    for (const wanted of [true, false]) {
      const { resources } = await admin.ok('GET', path, { query: `${query}&metadata=${wanted}` });
      assert.ok(resources.length > 0);
      for (const item of resources) assert.equal('metadata' in item, wanted, path);
    }
});

test('trap 11: next_cursor is absent on the last page of assets and of search, and null for folders', async () => {
  const page = await admin.ok('GET', '/resources/image', { query: 'max_results=1' });
  assert.equal(typeof page.next_cursor, 'string');
  assert.equal('next_cursor' in (await admin.ok('GET', '/resources/image', { query: 'max_results=500' })), false);
  for (const max_results of [500, 1]) {
    const found = await admin.ok('POST', '/resources/search', {
      json: { expression: 'public_id=traps/one', max_results },
    });
    assert.equal('next_cursor' in found, false);
  }
  for (const path of ['/folders', '/folders/traps']) {
    const { next_cursor, total_count } = await admin.ok('GET', path);
    assert.deepEqual([next_cursor, typeof total_count], [null, 'number']);
  }
});

test('trap 12: deleting a user group answers {ok}, everything else {message}', async () => {
  const account = accountOf(fixed);
  const made = async (path: string, json: object): Promise<string> => (await account('POST', path, { json })).body.id;
  const group = await made('/user_groups', { name: 'Trap 12' });
  const user = await made('/users', { name: 'T', email: 't12@example.com', role: 'admin' });
  const environment = await made('/sub_accounts', { name: 'trap12' });
  assert.deepEqual((await account('DELETE', `/user_groups/${group}`)).body, { ok: true });
  assert.deepEqual((await account('DELETE', `/users/${user}`)).body, { message: 'ok' });
  assert.deepEqual((await account('DELETE', `/sub_accounts/${environment}`)).body, { message: 'ok' });
});

test('trap 13: a folder outlives its last asset; a missing one is 404 with the exact text', async () => {
  await admin.upload({ public_id: 'trap13/inside/one' }, png);
  const refused = await admin('DELETE', '/folders/trap13');
  assert.equal(refused.status, 400);
  await admin.ok('DELETE', '/resources/image/upload', { json: { prefix: 'trap13/' } });
  const empty = { folders: [], next_cursor: null, total_count: 0 };
  assert.deepEqual(await admin.ok('GET', '/folders/trap13/inside'), empty);
  assert.deepEqual(await admin.ok('DELETE', '/folders/trap13'), { deleted: ['trap13', 'trap13/inside'] });
  for (const method of ['DELETE', 'GET']) {
    const { status, body } = await admin(method, '/folders/trap13');
    assert.deepEqual([status, body], [404, { error: { message: "Can't find folder with path trap13" } }]);
  }
});

test('trap 14: what the suites send without looking at the answer is answered 200', async () => {
  const now = encodeURIComponent(new Date().toString());
  for (const [method, path, options] of [
    ['GET', '/resources/image/upload', { query: `start_at=${now}&direction=asc` }],
    ['GET', '/resources/image/upload/traps/one', { query: 'derived_next_cursor=aaa' }],
    ['GET', '/resources/image/upload/traps/one', { query: 'accessibility_analysis=true' }],
    ['GET', '/transformations', { query: 'named=true' }],
    ['GET', '/upload_presets', {}],
    [
      'POST',
      '/upload_presets',
      { json: { folder: 'f', eval: 'if (resource_info.width > 450) { upload_options.quality_analysis = true }' } },
    ],
    ['GET', '/resources/image/moderations/manual/approved', {}],
    ['GET', '/resources/image/moderations/manual/rejected', {}],
    [
      'POST',
      '/resources/image/upload/traps/two',
      { headers: URLENCODED, body: 'notification_url=http%3A%2F%2Fexample.com' },
    ],
    ['POST', '/resources/image/upload/traps/two', { headers: URLENCODED, body: 'clear_invalid=true' }],
    ['POST', '/resources/image/upload/traps/two', { headers: URLENCODED, body: 'visual_search=true' }],
    ['POST', '/resources/image/upload/traps/two', { headers: URLENCODED, body: 'unique_display_name=true' }],
    ['GET', '/metadata_fields', {}],
  ] as const) {
    const { status, body } = await admin(method, path, options);
    assert.deepEqual([status, body.error], [200, undefined], `${method} ${path} ${JSON.stringify(options)}`);
  }
  // And the one that really deletes: all derived results go, no original does.
  await admin.upload({ public_id: 'trap14', eager: 'w_11' }, png);
  await admin.ok('DELETE', '/resources/image/upload', { headers: URLENCODED, body: 'all=true&keep_original=true' });
  assert.deepEqual((await admin.ok('GET', '/resources/image/upload/trap14')).derived, []);
});

test('trap 15: assets of the same second have one order, and ascending is descending turned around', async () => {
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => admin.upload({ public_id: `trap15/${index}`, tags: 'trap15' }, png)),
  );
  for (const [path, query] of [
    ['/resources/image/tags/trap15', ''],
    ['/resources/image', ''],
  ] as const) {
    const list = async (direction: string): Promise<string[]> =>
      (await admin.ok('GET', path, { query: `${query}&max_results=500&direction=${direction}` })).resources.map(
        ({ public_id }: Body) => public_id,
      );
    const newest = await list('desc');
    assert.deepEqual((await list('asc')).reverse(), newest);
    assert.deepEqual(await list('-1'), newest);
    assert.deepEqual(await list('desc'), newest, 'asked again in the same second');
  }
});
