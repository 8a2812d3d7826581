/** Every endpoint of the Admin API's inventory: the exact set of keys of its answer, and of the items in it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ACCOUNT_FLAGS, type Admin, adminOf, type Body, type CallOptions } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;
let admin: Admin;
/** Asset and version IDs that the rows below need. */
const known: Record<string, string> = {};

before(async () => {
  server = await startSignet({ flags: ['--folder-mode', 'fixed', ...ACCOUNT_FLAGS] });
  admin = adminOf(server);
  const png = await picture(4);
  const upload = (params: Record<string, string>, type?: string) => admin.upload(params, png, type);
  const one = await upload({ public_id: 'k/one', tags: 'key', context: 'alt=x', backup: 'true', eager: 'w_20' });
  known.one = one.asset_id;
  await upload({
    public_id: 'k/one',
    tags: 'key',
    context: 'alt=x',
    backup: 'true',
    eager: 'w_20',
    moderation: 'manual',
  });
  await upload({ public_id: 'k/two' });
  await upload({ public_id: 'k/raw' }, 'raw');
  await upload({ public_id: 'k/private', type: 'private', tags: 'publish' });
  await upload({ public_id: 'k/mode', access_mode: 'authenticated', tags: 'mode' });
  await upload({ public_id: 'k/gone', backup: 'true' });
  known.gone = (await admin.ok('GET', '/resources/image/upload/k/gone')).asset_id;
  await admin.ok('DELETE', '/resources/image/upload', { json: { public_ids: ['k/gone'] } });
});
after(() => server.stop());

const ITEM =
  'access_mode asset_id bytes created_at folder format height public_id resource_type secure_url type url version width';
const SEARCH_ITEM =
  'access_control access_mode aspect_ratio asset_id backup_bytes bytes created_at created_by etag filename folder format height pixels public_id resource_type secure_url status type uploaded_at uploaded_by url version width';
const DETAILS = `${ITEM} derived etag original_filename version_id`;
const FIELD = 'default_disabled default_value external_id label mandatory restrictions type validation';
const TRIGGER = 'created_at event_type id product_environment_id updated_at uri uri_type';
const RULE = 'condition condition_signature external_id metadata_field_id name position result state';

/** Where in an answer → the keys there, in alphabetical order. `` is the answer itself; `*` is any member. */
type Keys = Readonly<Record<string, string>>;

const at = (body: Body, path: string): Body =>
  path
    .split('.')
    .filter(Boolean)
    .reduce((value, name) => (name === '*' ? Object.values(value)[0] : value[name]), body);

function assertKeys(body: Body, keys: Keys, what: string): void {
  for (const [path, expected] of Object.entries(keys)) {
    const value = at(body, path);
    assert.ok(typeof value === 'object' && value !== null, `${what}: nothing at ${path}: ${JSON.stringify(body)}`);
    assert.equal(Object.keys(value).sort().join(' '), expected, `${what} at '${path}'`);
  }
}

interface Row {
  readonly call: readonly [method: string, path: string, options?: CallOptions];
  readonly keys: Keys;
  /** Kept for later rows. */
  readonly keep?: (body: Body) => void;
}

/** In the order of the inventory. Functions, because paths hold IDs that earlier rows made. */
const ROWS: Readonly<Record<string, () => Row>> = {
  'GET /ping': () => ({ call: ['GET', '/ping'], keys: { '': 'status' } }),
  'GET /usage': () => ({
    call: ['GET', '/usage'],
    keys: {
      '': 'bandwidth credits derived_resources impressions last_updated media_limits objects plan requests resources seconds_delivered storage transformations',
      bandwidth: 'credits_usage limit usage used_percent',
      media_limits: 'asset_max_total_px image_max_px image_max_size_bytes raw_max_size_bytes video_max_size_bytes',
      transformations: 'breakdown credits_usage limit usage used_percent',
    },
  }),
  'GET /usage/:date': () => ({
    call: ['GET', `/usage/${new Date().toISOString().slice(0, 10).split('-').reverse().join('-')}`],
    keys: {
      '': 'bandwidth credits date_requested derived_resources impressions last_updated media_limits objects plan requests resources seconds_delivered storage transformations',
      bandwidth: 'credits_usage usage',
    },
  }),
  'GET /config': () => ({ call: ['GET', '/config'], keys: { '': 'cloud_name created_at' } }),
  'GET /config with settings': () => ({
    call: ['GET', '/config', { query: 'settings=true' }],
    keys: { '': 'cloud_name created_at settings', settings: 'folder_mode' },
  }),
  'GET /resources': () => ({ call: ['GET', '/resources'], keys: { '': 'resource_types' } }),
  'GET /resources/:resource_type/:type': () => ({
    call: ['GET', '/resources/image/upload', { query: 'prefix=k/two' }],
    keys: { '': 'resources', 'resources.0': ITEM },
  }),
  'GET /resources/:resource_type/:type with a next page': () => ({
    call: ['GET', '/resources/image/upload', { query: 'max_results=1' }],
    keys: { '': 'next_cursor resources' },
  }),
  'GET /resources/:resource_type/:type with attributes': () => ({
    call: ['GET', '/resources/image/upload', { query: 'prefix=k/one&tags=1&context=1&metadata=1&moderations=1' }],
    keys: {
      'resources.0':
        'access_mode asset_id backup bytes context created_at folder format height metadata moderation public_id resource_type secure_url tags type url version width',
      'resources.0.moderation.0': 'kind status updated_at',
    },
  }),
  'GET /resources/raw': () => ({
    call: ['GET', '/resources/raw'],
    keys: {
      'resources.0': 'access_mode asset_id bytes created_at folder public_id resource_type secure_url type url version',
    },
  }),
  'GET /resources/:resource_type/tags/:tag': () => ({
    call: ['GET', '/resources/image/tags/mode'],
    keys: { '': 'resources', 'resources.0': ITEM },
  }),
  'GET /resources/:resource_type/context': () => ({
    call: ['GET', '/resources/image/context', { query: 'key=alt' }],
    keys: { '': 'resources' },
  }),
  'GET /resources/:resource_type/moderations/:kind/:status': () => ({
    call: ['GET', '/resources/image/moderations/manual/pending'],
    keys: {
      '': 'resources',
      'resources.0':
        'access_mode asset_id backup bytes created_at folder format height moderation_kind moderation_status public_id resource_type secure_url type url version width',
    },
  }),
  'GET /resources/by_asset_folder': () => ({
    call: ['GET', '/resources/by_asset_folder', { query: 'asset_folder=k&max_results=1' }],
    keys: { '': 'next_cursor resources total_count' },
  }),
  'GET /resources/by_asset_ids': () => ({
    call: ['GET', '/resources/by_asset_ids', { query: `asset_ids[]=${known.one}` }],
    keys: { '': 'resources' },
  }),
  'GET /resources/by_external_ids': () => ({
    call: ['GET', '/resources/by_external_ids', { query: `external_ids[]=${known.one}` }],
    keys: { '': 'resources' },
  }),
  'GET /resources/:resource_type/:type/:public_id': () => ({
    call: ['GET', '/resources/image/upload/k/two'],
    keys: { '': DETAILS.split(' ').sort().join(' ') },
  }),
  'GET /resources/:asset_id with flags': () => ({
    call: [
      'GET',
      `/resources/${known.one}`,
      {
        query:
          'colors=1&faces=1&exif=1&image_metadata=1&quality_analysis=1&cinemagraph_analysis=1&accessibility_analysis=1&pages=1&phash=1&coordinates=1&versions=1&related=1',
      },
    ],
    keys: {
      '': 'accessibility_analysis access_mode asset_id backup bytes cinemagraph_analysis colors context coordinates created_at derived etag exif faces folder format height image_metadata moderation moderation_kind moderation_status original_filename pages phash predominant public_id quality_analysis quality_score related_assets resource_type secure_url tags type url version version_id versions width'
        .split(' ')
        .sort()
        .join(' '),
      'derived.0': 'bytes format id secure_url transformation url',
      'versions.0': 'restorable size time version version_id',
      quality_analysis:
        'blockiness chroma_subsampling color_score contrast dct exposure focus jpeg_chroma jpeg_quality lighting noise pixel_score resolution saturation',
      accessibility_analysis: 'colorblind_accessibility_analysis colorblind_accessibility_score',
      predominant: 'cloudinary google',
    },
    keep: ({ derived, versions }) => Object.assign(known, { derived: derived[0].id, version: versions[0].version_id }),
  }),
  'POST /resources/:resource_type/:type/:public_id': () => ({
    call: ['POST', '/resources/image/upload/k/two', { json: { tags: 'new' } }],
    keys: { '': `${DETAILS} last_updated tags`.split(' ').sort().join(' ') },
  }),
  'PUT /resources/:asset_id': () => ({
    call: ['PUT', `/resources/${known.one}`, { json: { moderation_status: 'approved' } }],
    keys: { 'moderation.0': 'kind status updated_at' },
  }),
  'POST /resources/:resource_type/:type/restore': () => ({
    call: ['POST', '/resources/image/upload/restore', { json: { public_ids: ['none'] } }],
    keys: { '': 'none', none: 'error' },
  }),
  'POST /resources/restore': () => ({
    call: ['POST', '/resources/restore', { json: { asset_ids: [known.gone] } }],
    keys: {
      '*': 'access_mode asset_id backup bytes created_at folder format height public_id resource_type secure_url type url version width',
    },
  }),
  'POST /resources/related_assets/:resource_type/:type/:public_id': () => ({
    call: [
      'POST',
      '/resources/related_assets/image/upload/k/one',
      { json: { assets_to_relate: ['image/upload/k/two', 'image/upload/none'] } },
    ],
    keys: {
      '': 'failed success',
      'success.0': 'asset code message status',
      'failed.0': 'asset code message status',
    },
  }),
  'DELETE /resources/related_assets/:asset_id': () => ({
    call: ['DELETE', `/resources/related_assets/${known.one}`, { json: { assets_to_unrelate: [known.gone] } }],
    keys: { '': 'failed success', 'failed.0': 'asset code message status' },
  }),
  'GET /tags/:resource_type': () => ({ call: ['GET', '/tags/image'], keys: { '': 'tags' } }),
  'POST /transformations': () => ({
    call: ['POST', '/transformations', { json: { name: 'key', transformation: 'w_30' } }],
    keys: { '': 'message' },
  }),
  'GET /transformations': () => ({
    call: ['GET', '/transformations', { query: 'named=true' }],
    keys: { '': 'transformations', 'transformations.0': 'allowed_for_strict name named used' },
  }),
  'GET /transformations, one': () => ({
    call: ['GET', '/transformations', { query: 'transformation=w_20' }],
    keys: {
      '': 'allowed_for_strict derived info name named used',
      'derived.0': 'bytes format id public_id resource_type secure_url type url',
    },
  }),
  'PUT /transformations': () => ({
    call: ['PUT', '/transformations', { json: { transformation: 'key', unsafe_update: 'w_31' } }],
    keys: { '': 'message' },
  }),
  'DELETE /transformations': () => ({
    call: ['DELETE', '/transformations', { json: { transformation: 'key' } }],
    keys: { '': 'message' },
  }),
  'POST /upload_presets': () => ({
    call: ['POST', '/upload_presets', { json: { name: 'key', unsigned: true } }],
    keys: { '': 'external_id message name' },
  }),
  'GET /upload_presets': () => ({
    call: ['GET', '/upload_presets'],
    keys: { '': 'presets', 'presets.0': 'external_id name settings unsigned' },
  }),
  'GET /upload_presets/:name': () => ({
    call: ['GET', '/upload_presets/key'],
    keys: { '': 'external_id name settings unsigned' },
  }),
  'PUT /upload_presets/:name': () => ({
    call: ['PUT', '/upload_presets/key', { json: { folder: 'x' } }],
    keys: { '': 'external_id message' },
  }),
  'DELETE /upload_presets/:name': () => ({
    call: ['DELETE', '/upload_presets/key'],
    keys: { '': 'external_id message' },
  }),
  'POST /upload_mappings': () => ({
    call: ['POST', '/upload_mappings', { json: { folder: 'key', template: 'https://example.com/' } }],
    keys: { '': 'external_id folder message' },
  }),
  'GET /upload_mappings': () => ({
    call: ['GET', '/upload_mappings'],
    keys: { '': 'mappings total_entries', 'mappings.0': 'external_id folder template' },
  }),
  'GET /upload_mappings, one': () => ({
    call: ['GET', '/upload_mappings', { query: 'folder=key' }],
    keys: { '': 'external_id folder template' },
  }),
  'PUT /upload_mappings': () => ({
    call: ['PUT', '/upload_mappings', { json: { folder: 'key', template: 'https://example.org/' } }],
    keys: { '': 'external_id message' },
  }),
  'DELETE /upload_mappings': () => ({
    call: ['DELETE', '/upload_mappings', { query: 'folder=key' }],
    keys: { '': 'external_id message' },
  }),
  'PUT /upload_mappings/replace': () => ({
    call: ['PUT', '/upload_mappings/replace', { json: { mappings: [] } }],
    keys: { '': 'message' },
  }),
  'POST /folders/:path': () => ({ call: ['POST', '/folders/key/set'], keys: { '': 'name path success' } }),
  'GET /folders': () => ({
    call: ['GET', '/folders'],
    keys: { '': 'folders next_cursor total_count', 'folders.0': 'external_id name path' },
  }),
  'GET /folders/:path': () => ({
    call: ['GET', '/folders/key'],
    keys: { '': 'folders next_cursor total_count', 'folders.0': 'external_id name path' },
  }),
  'POST /folders/search': () => ({
    call: ['POST', '/folders/search', { json: { max_results: 1 } }],
    keys: { '': 'folders next_cursor time total_count', 'folders.0': 'created_at external_id name path' },
  }),
  'DELETE /folders/:path': () => ({ call: ['DELETE', '/folders/key'], keys: { '': 'deleted' } }),
  'POST /resources/:resource_type/publish_resources': () => ({
    call: ['POST', '/resources/image/publish_resources', { json: { tag: 'publish' } }],
    keys: {
      '': 'failed published',
      'published.0': ITEM,
    },
  }),
  'POST /resources/:resource_type/:type/update_access_mode': () => ({
    call: ['POST', '/resources/image/upload/update_access_mode', { json: { tag: 'mode', access_mode: 'public' } }],
    keys: { '': 'failed updated' },
  }),
  'GET /streaming_profiles': () => ({
    call: ['GET', '/streaming_profiles'],
    keys: { '': 'data', 'data.0': 'display_name external_id name predefined' },
  }),
  'POST /streaming_profiles': () => ({
    call: ['POST', '/streaming_profiles', { json: { name: 'key', representations: '[{"transformation":"w_10"}]' } }],
    keys: { '': 'data message', data: 'display_name external_id name predefined representations' },
  }),
  'GET /streaming_profiles/:name': () => ({
    call: ['GET', '/streaming_profiles/key'],
    keys: { '': 'data', data: 'display_name external_id name predefined representations' },
  }),
  'PUT /streaming_profiles/:name': () => ({
    call: ['PUT', '/streaming_profiles/key', { json: { display_name: 'Key' } }],
    keys: { '': 'data message' },
  }),
  'DELETE /streaming_profiles/:name': () => ({
    call: ['DELETE', '/streaming_profiles/key'],
    keys: { '': 'message' },
  }),
  'POST /resources/visual_search': () => ({
    call: ['POST', '/resources/visual_search', { json: { image_asset_id: known.one } }],
    keys: { '': 'resources time total_count' },
  }),
  'POST /resources/search': () => ({
    call: [
      'POST',
      '/resources/search',
      { json: { expression: 'public_id=k/two', aggregate: ['format'], max_results: 5 } },
    ],
    keys: { '': 'aggregations resources time total_count', 'resources.0': SEARCH_ITEM },
  }),
  'GET /resources/search': () => ({
    call: ['GET', '/resources/search', { query: 'expression=tags%3Dkey&max_results=0' }],
    keys: { '': 'resources time total_count' },
  }),
  'POST /metadata_fields': () => ({
    call: ['POST', '/metadata_fields', { json: { external_id: 'key', type: 'string', label: 'Key' } }],
    keys: { '': FIELD },
  }),
  'POST /metadata_fields, a set': () => ({
    call: [
      'POST',
      '/metadata_fields',
      {
        json: {
          external_id: 'keys',
          type: 'set',
          label: 'Keys',
          datasource: { values: [{ external_id: 'a', value: 'A' }] },
        },
      },
    ],
    keys: {
      '': `allow_dynamic_list_values datasource ${FIELD}`,
      'datasource.values.0': 'external_id position state value',
    },
  }),
  'GET /metadata_fields': () => ({
    call: ['GET', '/metadata_fields'],
    keys: { '': 'metadata_fields', 'metadata_fields.0': FIELD },
  }),
  'GET /metadata_fields/:id': () => ({ call: ['GET', '/metadata_fields/key'], keys: { '': FIELD } }),
  'PUT /metadata_fields/:id': () => ({
    call: ['PUT', '/metadata_fields/key', { json: { label: 'Keyed' } }],
    keys: { '': FIELD },
  }),
  'PUT /metadata_fields/:id/datasource': () => ({
    call: ['PUT', '/metadata_fields/keys/datasource', { json: { values: [{ external_id: 'b', value: 'B' }] } }],
    keys: { '': 'values', 'values.0': 'external_id value' },
  }),
  'POST /metadata_fields/:id/datasource/order': () => ({
    call: ['POST', '/metadata_fields/keys/datasource/order', { json: { order_by: 'value' } }],
    keys: { '': 'values', 'values.0': 'external_id value' },
  }),
  'POST /metadata_fields/:id/datasource/search': () => ({
    call: ['POST', '/metadata_fields/keys/datasource/search', { json: { term: 'a' } }],
    keys: { '': 'values' },
  }),
  'POST /metadata_fields/datasource/search': () => ({
    call: ['POST', '/metadata_fields/datasource/search', { json: { term: 'a' } }],
    keys: { '0': 'field_id id value' },
  }),
  'DELETE /metadata_fields/:id/datasource': () => ({
    call: ['DELETE', '/metadata_fields/keys/datasource', { json: { external_ids: ['b'] } }],
    keys: { '': 'values', 'values.0': 'external_id value' },
  }),
  'POST /metadata_fields/:id/datasource_restore': () => ({
    call: ['POST', '/metadata_fields/keys/datasource_restore', { json: { external_ids: ['b'] } }],
    keys: { '': 'values' },
  }),
  'PUT /metadata_fields/order': () => ({
    call: ['PUT', '/metadata_fields/order', { json: { order_by: 'label' } }],
    keys: { '': 'metadata_fields' },
  }),
  'PUT /metadata_fields/:id/reorder': () => ({
    call: ['PUT', '/metadata_fields/key/reorder', { json: { position: 0 } }],
    keys: { '': 'metadata_fields' },
  }),
  'POST /metadata_rules': () => ({
    call: [
      'POST',
      '/metadata_rules',
      {
        json: {
          metadata_field_id: 'keys',
          name: 'rule',
          condition: { metadata_field_id: 'key', populated: true },
          result: { enable: true },
        },
      },
    ],
    keys: { '': RULE },
    keep: ({ external_id }) => {
      known.rule = external_id;
    },
  }),
  'GET /metadata_rules': () => ({
    call: ['GET', '/metadata_rules'],
    keys: { '': 'metadata_rules', 'metadata_rules.0': RULE },
  }),
  'PUT /metadata_rules/:id': () => ({
    call: ['PUT', `/metadata_rules/${known.rule}`, { json: { state: 'inactive' } }],
    keys: { '': RULE },
  }),
  'DELETE /metadata_rules/:id': () => ({
    call: ['DELETE', `/metadata_rules/${known.rule}`],
    keys: { '': 'success' },
  }),
  'DELETE /metadata_fields/:id': () => ({ call: ['DELETE', '/metadata_fields/key'], keys: { '': 'message' } }),
  'POST /triggers': () => ({
    call: ['POST', '/triggers', { json: { uri: 'poll://key', event_type: 'upload' } }],
    keys: { '': TRIGGER },
    keep: ({ id }) => {
      known.trigger = id;
    },
  }),
  'GET /triggers': () => ({
    call: ['GET', '/triggers'],
    keys: { '': 'total triggers', 'triggers.0': TRIGGER },
  }),
  'PUT /triggers/:id': () => ({
    call: ['PUT', `/triggers/${known.trigger}`, { json: { new_uri: 'poll://keys' } }],
    keys: { '': 'message' },
  }),
  'POST /triggers/:id/test': () => ({
    call: ['POST', `/triggers/${known.trigger}/test`, { json: { sample_data: {} } }],
    keys: { '': 'filter_present filter_result trigger_id' },
  }),
  'DELETE /triggers/:id': () => ({ call: ['DELETE', `/triggers/${known.trigger}`], keys: { '': 'message' } }),
  'DELETE /derived_resources': () => ({
    call: ['DELETE', '/derived_resources', { json: { derived_resource_ids: [known.derived] } }],
    keys: { '': 'deleted invalidation', invalidation: 'took urls' },
  }),
  'DELETE /resources/backup/:asset_id': () => ({
    call: ['DELETE', `/resources/backup/${known.one}`, { json: { version_ids: [known.version] } }],
    keys: { '': 'asset_id deleted_version_ids' },
  }),
  'DELETE /resources': () => ({
    call: ['DELETE', '/resources', { json: { asset_ids: [known.gone] } }],
    keys: { '': 'deleted deleted_counts partial', 'deleted_counts.*': 'derived original' },
  }),
  'DELETE /resources/:resource_type/tags/:tag': () => ({
    call: ['DELETE', '/resources/image/tags/mode'],
    keys: { '': 'deleted deleted_counts partial' },
  }),
  'DELETE /resources/:resource_type/:type': () => ({
    call: ['DELETE', '/resources/image/upload', { json: { prefix: 'k/' } }],
    keys: { '': 'deleted deleted_counts partial' },
  }),
};

for (const [name, row] of Object.entries(ROWS))
  test(`keys of ${name}`, async () => {
    const { call, keys, keep } = row();
    const { status, body, headers } = await admin(...call);
    assert.equal(status, call[0] === 'POST' && call[1] === '/triggers' ? 201 : 200, JSON.stringify(body));
    assertKeys(body, keys, name);
    keep?.(body);
    for (const header of [
      'x-featureratelimit-limit',
      'x-featureratelimit-remaining',
      'x-featureratelimit-reset',
      'x-request-id',
    ])
      assert.ok(headers.get(header), `${header} is missing`);
  });

test('keys of PUT /folders/:path, in dynamic folder mode', async () => {
  const dynamic = await startSignet({ flags: ['--folder-mode', 'dynamic'] });
  try {
    const other = adminOf(dynamic);
    await other.ok('POST', '/folders/from/here');
    const body = await other.ok('PUT', '/folders/from/here', { json: { to_folder: 'to/there' } });
    assert.deepEqual(body, { from: { name: 'here', path: 'from/here' }, to: { name: 'there', path: 'to/there' } });
  } finally {
    await dynamic.stop();
  }
});

test('keys of notifications, analysis and what is not available', async () => {
  await admin.ok('POST', '/triggers', { json: { uri: 'poll://keys', event_type: 'upload' } });
  await admin.upload({ public_id: 'k/polled' }, await picture(5));
  const at = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: Body }> => {
    const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
    const response = await fetch(server.url + path, {
      ...init,
      headers: { authorization, 'content-type': 'application/json' },
    });
    return { status: response.status, body: await response.json() };
  };
  const polled = await at(`/v2/notifications/${server.cloud}/messages?channel=keys&wait_seconds=10`);
  assertKeys(
    polled.body,
    { '': 'messages', 'messages.0': 'payload receipt_handle signature signed_payload timestamp' },
    'messages',
  );
  const ack = await at(`/v2/notifications/${server.cloud}/messages/ack`, {
    method: 'POST',
    body: JSON.stringify({ receipt_handles: [polled.body.messages[0].receipt_handle] }),
  });
  assert.deepEqual(ack.body, { results: [{ status: 'acked' }] });
  for (const [path, json] of [
    [`/v2/${server.cloud}/analysis/analyze/uri`, { uri: 'https://example.com', analysis_type: 'captioning' }],
    [`/v2/analysis/${server.cloud}/analyze/captioning`, { source: { uri: 'https://example.com' } }],
  ] as const) {
    const { status, body } = await at(path, { method: 'POST', body: JSON.stringify(json) });
    assert.equal(status, 400);
    assertKeys(body, { error: 'category code details message request_id' }, path);
  }
  const views = await admin('GET', '/video/analytics/views');
  assert.deepEqual([views.status, Object.keys(views.body)], [400, ['error']]);
});
