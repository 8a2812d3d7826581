import assert from 'node:assert/strict';
import type { Answer, Case } from '../case.ts';

/** A call without arguments worth a helper: what it answers must hold these keys. */
const lists = (endpoint: string, call: string, method: string, args: readonly unknown[], key: string): Case => ({
  endpoint,
  call,
  async run({ api }) {
    assert.ok(key in (await api[method]!(...args)), `${key} is missing`);
  },
});

export const ADMIN_CASES: readonly Case[] = [
  lists('GET /ping', 'api.ping()', 'ping', [], 'status'),
  lists('GET /usage', 'api.usage()', 'usage', [], 'plan'),
  lists('GET /config', 'api.config()', 'config', [], 'cloud_name'),
  lists('GET /resources/:resource_type', 'api.resources()', 'resources', [], 'resources'),
  lists('GET /resources/:resource_type/tags/:tag', "api.resources_by_tag('a')", 'resources_by_tag', ['a'], 'resources'),
  lists('GET /tags/:resource_type', 'api.tags()', 'tags', [], 'tags'),
  lists('GET /folders', 'api.root_folders()', 'root_folders', [], 'folders'),
  lists('GET /transformations', 'api.transformations()', 'transformations', [], 'transformations'),
  lists('GET /upload_presets', 'api.upload_presets()', 'upload_presets', [], 'presets'),
  lists('GET /upload_mappings', 'api.upload_mappings()', 'upload_mappings', [], 'mappings'),
  lists('GET /streaming_profiles', 'api.list_streaming_profiles()', 'list_streaming_profiles', [], 'data'),
  lists('GET /metadata_fields', 'api.list_metadata_fields()', 'list_metadata_fields', [], 'metadata_fields'),
  {
    endpoint: 'GET /resources/:resource_type/:type/:public_id',
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
  {
    endpoint: 'POST /resources/:resource_type/:type/:public_id',
    call: 'api.update(id, { tags })',
    async run({ api, uploader, files }) {
      await uploader.upload!(files.photo, { public_id: 'admin/two' });
      assert.deepEqual((await api.update!('admin/two', { tags: 'q' })).tags, ['q']);
    },
  },
  {
    endpoint: 'DELETE /resources/:resource_type/:type',
    call: 'api.delete_resources(ids)',
    async run({ api, uploader, files }) {
      await uploader.upload!(files.photo, { public_id: 'admin/three' });
      assert.deepEqual((await api.delete_resources!(['admin/three', 'admin/none'])).deleted, {
        'admin/three': 'deleted',
        'admin/none': 'not_found',
      });
    },
  },
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
