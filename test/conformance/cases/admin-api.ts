import assert from 'node:assert/strict';
import type { Answer, Case, Context, Method } from '../case.ts';

/** A call of `api` whose answer must hold a key. */
const holds = (endpoint: string, call: string, method: string, args: readonly unknown[], key: string): Case => ({
  endpoint,
  call,
  async run({ api }) {
    const answer = await api[method]!(...args);
    assert.ok(key in answer, `${key} is missing in ${JSON.stringify(answer).slice(0, 200)}`);
  },
});

/** A call that needs something made before. */
const after = (endpoint: string, call: string, run: (context: Context, id: string) => Promise<void>): Case => ({
  endpoint,
  call,
  async run(context) {
    made += 1;
    await run(context, `admin/case_${made}`);
  },
});
let made = 0;

/** What the SDKs have no method for: by hand, with the account's credentials. */
const byHand = (
  endpoint: string,
  path: (context: Context) => string,
  { method = 'GET', body, expected = 200 }: { method?: string; body?: object; expected?: number } = {},
  notAvailable?: string,
): Case => ({
  endpoint,
  call: 'no method in the Node SDK; by HTTP',
  ...(notAvailable === undefined ? {} : { notAvailable }),
  async run(context) {
    const { server } = context;
    const response = await fetch(server.url + path(context), {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.equal(response.status, expected, await response.text());
  },
});

/** A method that answers 400 with a clear text. */
const refused = (
  endpoint: string,
  call: string,
  notAvailable: string,
  run: (context: Context) => Promise<unknown>,
): Case => ({
  endpoint,
  call,
  notAvailable,
  async run(context) {
    await assert.rejects(run(context), (thrown: { error?: { http_code?: number; message?: string } }) => {
      assert.equal(thrown.error?.http_code, 400);
      assert.match(thrown.error?.message ?? '', /not available|needs an embedding model/);
      return true;
    });
  },
});

const ids = ({ resources }: Record<string, unknown>): string[] =>
  (resources as Answer[]).map(({ public_id }) => public_id).sort();

const upload = (context: Context, publicId: string, options: object = {}): Promise<Answer> =>
  context.uploader.upload!(context.files.photo, { public_id: publicId, ...options });

const cloud = ({ server }: Context): string => `/v1_1/${server.cloud}`;

const RESOURCES = '/resources/:resource_type';

export const ADMIN_CASES: readonly Case[] = [
  holds('GET /ping', 'api.ping()', 'ping', [], 'status'),
  holds('GET /usage', 'api.usage()', 'usage', [], 'plan'),
  holds(
    'GET /usage/:date',
    'api.usage({ date })',
    'usage',
    [{ date: new Date().toISOString().slice(0, 10).split('-').reverse().join('-') }],
    'date_requested',
  ),
  holds('GET /config', 'api.config({ settings: true })', 'config', [{ settings: true }], 'settings'),
  holds('GET /resources', 'api.resource_types()', 'resource_types', [], 'resource_types'),
  holds(`GET ${RESOURCES}`, 'api.resources()', 'resources', [], 'resources'),
  after(`GET ${RESOURCES}/:type`, 'api.resources({ type, prefix })', async (context, id) => {
    await upload(context, id);
    assert.deepEqual(ids(await context.api.resources!({ type: 'upload', prefix: id })), [id]);
  }),
  after(`GET ${RESOURCES}/:type`, 'api.resources_by_ids(ids)', async (context, id) => {
    await upload(context, id);
    assert.deepEqual(ids(await context.api.resources_by_ids!([id, 'none'])), [id]);
  }),
  after(`GET ${RESOURCES}/tags/:tag`, 'api.resources_by_tag(tag)', async (context, id) => {
    await upload(context, id, { tags: `t${made}` });
    assert.deepEqual(ids(await context.api.resources_by_tag!(`t${made}`)), [id]);
  }),
  after(`GET ${RESOURCES}/context`, 'api.resources_by_context(key, value)', async (context, id) => {
    await upload(context, id, { context: `case${made}=v` });
    assert.deepEqual(ids(await context.api.resources_by_context!(`case${made}`, 'v')), [id]);
  }),
  after(
    `GET ${RESOURCES}/moderations/:kind/:status`,
    "api.resources_by_moderation('manual', 'pending')",
    async (context, id) => {
      await upload(context, id, { moderation: 'manual' });
      assert.ok(ids(await context.api.resources_by_moderation!('manual', 'pending')).includes(id));
    },
  ),
  after('GET /resources/by_asset_folder', 'api.resources_by_asset_folder(folder)', async (context, id) => {
    await upload(context, id, { asset_folder: `shown/${made}` });
    assert.deepEqual(ids(await context.api.resources_by_asset_folder!(`shown/${made}`)), [id]);
  }),
  after('GET /resources/by_asset_ids', 'api.resources_by_asset_ids(ids)', async (context, id) => {
    const { asset_id } = await upload(context, id);
    assert.deepEqual(ids(await context.api.resources_by_asset_ids!([asset_id])), [id]);
  }),
  byHand(
    'GET /resources/by_external_ids',
    (context) => `${cloud(context)}/resources/by_external_ids?external_ids[]=none`,
  ),
  {
    endpoint: `GET ${RESOURCES}/:type/:public_id`,
    call: 'api.resource(id, { colors: true })',
    smoke: true,
    async run({ api, uploader, files }) {
      await uploader.upload!(files.photo, { public_id: 'admin/one' });
      const asset = await api.resource!('admin/one', { colors: true });
      assert.deepEqual([asset.public_id, 'colors' in asset], ['admin/one', true]);
      await assert.rejects(api.resource!('admin/none'), (thrown: { error: { http_code: number } }) => {
        assert.equal(thrown.error.http_code, 404);
        return true;
      });
    },
  },
  after('GET /resources/:asset_id', 'api.resource_by_asset_id(id)', async (context, id) => {
    const { asset_id } = await upload(context, id);
    assert.equal((await context.api.resource_by_asset_id!(asset_id)).public_id, id);
  }),
  after(`POST ${RESOURCES}/:type/:public_id`, 'api.update(id, { tags })', async (context, id) => {
    await upload(context, id);
    assert.deepEqual((await context.api.update!(id, { tags: 'q' })).tags, ['q']);
  }),
  after(`POST ${RESOURCES}/:type/restore`, 'api.restore(ids)', async (context, id) => {
    await upload(context, id, { backup: true });
    await context.api.delete_resources!([id]);
    assert.equal((await context.api.resource!(id)).placeholder, true);
    assert.equal(((await context.api.restore!([id]))[id] as Answer).public_id, id);
  }),
  after('POST /resources/restore', 'api.restore_by_asset_ids(ids)', async (context, id) => {
    const { asset_id } = await upload(context, id, { backup: true });
    await context.api.delete_resources!([id]);
    assert.equal(((await context.api.restore_by_asset_ids!([asset_id]))[asset_id as string] as Answer).public_id, id);
  }),
  after(`DELETE ${RESOURCES}/:type`, 'api.delete_resources(ids)', async (context, id) => {
    await upload(context, id);
    const deleted = { [id]: 'deleted', none: 'not_found' };
    assert.deepEqual((await context.api.delete_resources!([id, 'none'])).deleted, deleted);
  }),
  after(`DELETE ${RESOURCES}/:type`, 'api.delete_resources_by_prefix(prefix)', async (context, id) => {
    await upload(context, id);
    assert.deepEqual((await context.api.delete_resources_by_prefix!(id)).deleted, { [id]: 'deleted' });
  }),
  after(`DELETE ${RESOURCES}/:type`, 'api.delete_derived_by_transformation(id, { width: 10 })', async (context, id) => {
    await upload(context, id, { eager: { width: 10, crop: 'scale' } });
    await context.api.delete_derived_by_transformation!([id], [{ width: 10, crop: 'scale' }]);
    assert.deepEqual((await context.api.resource!(id)).derived, []);
  }),
  after(`DELETE ${RESOURCES}/:type`, 'api.delete_all_resources({ keep_original: true })', async (context, id) => {
    await upload(context, id, { eager: { width: 11 } });
    await context.api.delete_all_resources!({ keep_original: true });
    assert.deepEqual((await context.api.resource!(id)).derived, []);
  }),
  after('DELETE /resources', 'api.delete_resources_by_asset_ids(ids)', async (context, id) => {
    const { asset_id } = await upload(context, id);
    const { deleted } = await context.api.delete_resources_by_asset_ids!([asset_id]);
    assert.deepEqual(deleted, { [asset_id as string]: 'deleted' });
  }),
  after(`DELETE ${RESOURCES}/tags/:tag`, 'api.delete_resources_by_tag(tag)', async (context, id) => {
    await upload(context, id, { tags: `gone${made}` });
    assert.deepEqual((await context.api.delete_resources_by_tag!(`gone${made}`)).deleted, { [id]: 'deleted' });
  }),
  after('DELETE /derived_resources', 'api.delete_derived_resources(ids)', async (context, id) => {
    await upload(context, id, { eager: { width: 12 } });
    const [derived] = (await context.api.resource!(id)).derived as { id: string }[];
    await context.api.delete_derived_resources!([derived!.id]);
    assert.deepEqual((await context.api.resource!(id)).derived, []);
  }),
  after(
    'DELETE /resources/backup/:asset_id',
    'api.delete_backed_up_assets(asset_id, version_ids)',
    async (context, id) => {
      const { asset_id } = await upload(context, id, { backup: true });
      const [version] = (await context.api.resource!(id, { versions: true })).versions as { version_id: string }[];
      const answer = await context.api.delete_backed_up_assets!(asset_id, [version!.version_id]);
      assert.deepEqual(answer.deleted_version_ids, [version!.version_id]);
    },
  ),
  after('POST /resources/related_assets/…', 'api.add_related_assets(id, ids)', async (context, id) => {
    await upload(context, id);
    await upload(context, `${id}_b`);
    const { success } = await context.api.add_related_assets!(id, [`image/upload/${id}_b`]);
    assert.equal((success as unknown[]).length, 1);
  }),
  after('DELETE /resources/related_assets/…', 'api.delete_related_assets(id, ids)', async (context, id) => {
    await upload(context, id);
    await upload(context, `${id}_b`);
    await context.api.add_related_assets!(id, [`image/upload/${id}_b`]);
    const { success } = await context.api.delete_related_assets!(id, [`image/upload/${id}_b`]);
    assert.equal((success as unknown[]).length, 1);
  }),
  holds('GET /tags/:resource_type', 'api.tags({ prefix })', 'tags', [{ prefix: 't' }], 'tags'),
  holds(
    'GET /transformations',
    'api.transformations({ named: true })',
    'transformations',
    [{ named: true }],
    'transformations',
  ),
  holds(
    'POST /transformations',
    "api.create_transformation('thumb', { width: 150 })",
    'create_transformation',
    ['thumb', { width: 150 }],
    'message',
  ),
  holds('GET /transformations', "api.transformation('thumb')", 'transformation', ['thumb'], 'info'),
  holds(
    'PUT /transformations',
    "api.update_transformation('thumb', { allowed_for_strict: true })",
    'update_transformation',
    ['thumb', { allowed_for_strict: true }],
    'message',
  ),
  holds('DELETE /transformations', "api.delete_transformation('thumb')", 'delete_transformation', ['thumb'], 'message'),
  holds(
    'POST /upload_presets',
    "api.create_upload_preset({ name: 'wiki', unsigned: true })",
    'create_upload_preset',
    [{ name: 'wiki', unsigned: true }],
    'name',
  ),
  holds('GET /upload_presets', 'api.upload_presets()', 'upload_presets', [], 'presets'),
  holds('GET /upload_presets/:name', "api.upload_preset('wiki')", 'upload_preset', ['wiki'], 'settings'),
  holds(
    'PUT /upload_presets/:name',
    "api.update_upload_preset('wiki', { tags: 'a' })",
    'update_upload_preset',
    ['wiki', { tags: 'a' }],
    'message',
  ),
  holds(
    'DELETE /upload_presets/:name',
    "api.delete_upload_preset('wiki')",
    'delete_upload_preset',
    ['wiki'],
    'message',
  ),
  holds(
    'POST /upload_mappings',
    "api.create_upload_mapping('wiki', { template })",
    'create_upload_mapping',
    ['wiki', { template: 'https://example.com/' }],
    'message',
  ),
  holds('GET /upload_mappings', 'api.upload_mappings()', 'upload_mappings', [], 'mappings'),
  holds('GET /upload_mappings', "api.upload_mapping('wiki')", 'upload_mapping', ['wiki'], 'template'),
  holds(
    'PUT /upload_mappings',
    "api.update_upload_mapping('wiki', { template })",
    'update_upload_mapping',
    ['wiki', { template: 'https://example.org/' }],
    'message',
  ),
  holds('DELETE /upload_mappings', "api.delete_upload_mapping('wiki')", 'delete_upload_mapping', ['wiki'], 'message'),
  byHand('PUT /upload_mappings/replace', (context) => `${cloud(context)}/upload_mappings/replace`, {
    method: 'PUT',
    body: { mappings: [] },
  }),
  holds('POST /folders/:path', "api.create_folder('a/b')", 'create_folder', ['a/b'], 'path'),
  holds('GET /folders', 'api.root_folders()', 'root_folders', [], 'folders'),
  holds('GET /folders/:path', "api.sub_folders('a')", 'sub_folders', ['a'], 'folders'),
  holds('PUT /folders/:path', "api.rename_folder('a/b', 'a/c')", 'rename_folder', ['a/b', 'a/c'], 'to'),
  holds('DELETE /folders/:path', "api.delete_folder('a/c')", 'delete_folder', ['a/c'], 'deleted'),
  {
    endpoint: 'POST /folders/search',
    call: "search_folders.expression('name=a*').execute()",
    async run({ cloudinary }) {
      const { search_folders } = cloudinary as unknown as { search_folders: typeof cloudinary.search };
      assert.equal(
        ((await search_folders.expression('name=a*').execute()) as { total_count: number }).total_count > 0,
        true,
      );
    },
  },
  after(`POST ${RESOURCES}/publish_resources`, 'api.publish_by_ids(ids)', async (context, id) => {
    await upload(context, id, { type: 'authenticated' });
    const { published } = await context.api.publish_by_ids!([id], { type: 'authenticated' });
    assert.equal((published as Answer[])[0]!.type, 'upload');
  }),
  after(
    `POST ${RESOURCES}/:type/update_access_mode`,
    "api.update_resources_access_mode_by_ids('public', ids)",
    async (context, id) => {
      await upload(context, id, { access_mode: 'authenticated' });
      const { updated } = await context.api.update_resources_access_mode_by_ids!('public', [id]);
      assert.equal((updated as Answer[])[0]!.access_mode, 'public');
    },
  ),
  holds(
    'POST /streaming_profiles',
    "api.create_streaming_profile('mine', { representations })",
    'create_streaming_profile',
    ['mine', { representations: [{ transformation: { width: 200, height: 200, crop: 'limit', bit_rate: '1m' } }] }],
    'data',
  ),
  holds('GET /streaming_profiles', 'api.list_streaming_profiles()', 'list_streaming_profiles', [], 'data'),
  holds(
    'GET /streaming_profiles/:name',
    "api.get_streaming_profile('full_hd')",
    'get_streaming_profile',
    ['full_hd'],
    'data',
  ),
  holds(
    'PUT /streaming_profiles/:name',
    "api.update_streaming_profile('mine', { display_name })",
    'update_streaming_profile',
    ['mine', { display_name: 'Mine', representations: [{ transformation: { width: 100, crop: 'limit' } }] }],
    'data',
  ),
  holds(
    'DELETE /streaming_profiles/:name',
    "api.delete_streaming_profile('mine')",
    'delete_streaming_profile',
    ['mine'],
    'message',
  ),
  holds(
    'POST /metadata_fields',
    'api.add_metadata_field(field)',
    'add_metadata_field',
    [
      {
        external_id: 'size',
        label: 'Size',
        type: 'enum',
        datasource: {
          values: [
            { external_id: 's', value: 'S' },
            { external_id: 'm', value: 'M' },
          ],
        },
      },
    ],
    'external_id',
  ),
  holds('GET /metadata_fields', 'api.list_metadata_fields()', 'list_metadata_fields', [], 'metadata_fields'),
  holds(
    'GET /metadata_fields/:id',
    "api.metadata_field_by_field_id('size')",
    'metadata_field_by_field_id',
    ['size'],
    'label',
  ),
  holds(
    'PUT /metadata_fields/:id',
    "api.update_metadata_field('size', { label })",
    'update_metadata_field',
    ['size', { label: 'Sizes' }],
    'label',
  ),
  holds(
    'PUT /metadata_fields/:id/datasource',
    "api.update_metadata_field_datasource('size', entries)",
    'update_metadata_field_datasource',
    ['size', { values: [{ external_id: 'l', value: 'L' }] }],
    'values',
  ),
  holds(
    'DELETE /metadata_fields/:id/datasource',
    "api.delete_datasource_entries('size', ids)",
    'delete_datasource_entries',
    ['size', ['l']],
    'values',
  ),
  holds(
    'POST /metadata_fields/:id/datasource_restore',
    "api.restore_metadata_field_datasource('size', ids)",
    'restore_metadata_field_datasource',
    ['size', ['l']],
    'values',
  ),
  holds(
    'POST /metadata_fields/:id/datasource/order',
    "api.order_metadata_field_datasource('size', 'value', 'asc')",
    'order_metadata_field_datasource',
    ['size', 'value', 'asc'],
    'values',
  ),
  holds(
    'PUT /metadata_fields/order',
    "api.reorder_metadata_fields('label')",
    'reorder_metadata_fields',
    ['label', 'asc'],
    'metadata_fields',
  ),
  holds(
    'POST /metadata_rules',
    'api.add_metadata_rule(rule)',
    'add_metadata_rule',
    [
      {
        metadata_field_id: 'size',
        name: 'rule',
        condition: { metadata_field_id: 'size', populated: true },
        result: { enable: true },
      },
    ],
    'external_id',
  ),
  {
    endpoint: 'GET, PUT, DELETE /metadata_rules',
    call: 'api.list_metadata_rules() / update_metadata_rule(id, rule) / delete_metadata_rule(id)',
    async run({ api }) {
      const [rule] = (await api.list_metadata_rules!()).metadata_rules as { external_id: string }[];
      assert.equal((await api.update_metadata_rule!(rule!.external_id, { state: 'inactive' })).state, 'inactive');
      assert.equal((await api.delete_metadata_rule!(rule!.external_id)).success, true);
    },
  },
  holds(
    'DELETE /metadata_fields/:id',
    "api.delete_metadata_field('size')",
    'delete_metadata_field',
    ['size'],
    'message',
  ),
  byHand('POST /triggers', (context) => `${cloud(context)}/triggers`, {
    method: 'POST',
    body: { uri: 'poll://case', event_type: 'upload' },
    expected: 201,
  }),
  byHand('GET /triggers', (context) => `${cloud(context)}/triggers`),
  byHand(
    'GET /v2/notifications/:cloud/messages',
    ({ server }) => `/v2/notifications/${server.cloud}/messages?channel=case&wait_seconds=0`,
  ),
  {
    endpoint: 'POST /resources/search',
    call: "search.expression('tags=found').execute()",
    async run({ cloudinary, uploader, files }) {
      await uploader.upload!(files.photo, { public_id: 'admin/found', tags: 'found' });
      const answer = (await cloudinary.search.expression('tags=found').execute()) as { resources: Answer[] };
      assert.deepEqual(
        answer.resources.map(({ public_id }) => public_id),
        ['admin/found'],
      );
    },
  },
  after('POST /resources/visual_search', 'api.visual_search({ image_asset_id })', async (context, id) => {
    const { asset_id } = await upload(context, id, { phash: true });
    assert.ok(ids(await context.api.visual_search!({ image_asset_id: asset_id })).includes(id));
  }),
  refused(
    'POST /resources/visual_search',
    "api.visual_search({ text: 'cat' })",
    'needs an embedding model; pictures are compared by perceptual hash and colour',
    ({ api }) => api.visual_search!({ text: 'cat' }),
  ),
  refused(
    'POST /v2/:cloud/analysis/analyze/uri',
    "analysis.analyze_uri(uri, 'captioning')",
    'no analysis model is part of this server',
    ({ cloudinary }) =>
      (cloudinary as unknown as { analysis: Record<string, Method> }).analysis.analyze_uri!(
        'https://example.com/a.jpg',
        'captioning',
      ),
  ),
  byHand(
    'POST /v2/analysis/:cloud/analyze/:type',
    ({ server }) => `/v2/analysis/${server.cloud}/analyze/captioning`,
    { method: 'POST', body: { source: { uri: 'https://example.com/a.jpg' } }, expected: 400 },
    'no analysis model is part of this server',
  ),
  byHand(
    'GET /video/analytics/views',
    (context) => `${cloud(context)}/video/analytics/views`,
    { expected: 400 },
    'nothing records views',
  ),
  {
    endpoint: 'GET /:cloud/:resource_type/:type/…',
    call: "url(id, { width: 100, fetch_format: 'auto' })",
    smoke: true,
    async run({ server, uploader, files }) {
      await uploader.upload!(files.photo, { public_id: 'admin/shown' });
      const url = `${server.url}/${server.cloud}/image/upload/c_fill,f_auto,h_50,w_100/admin/shown`;
      const answer = await fetch(url, { headers: { accept: 'image/webp' } });
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/webp']);
    },
  },
];
