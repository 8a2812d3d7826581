import assert from 'node:assert/strict';
import { catalogFlags } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, startServer } from '../../index.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';

/** The clock of the server. */
export const NOW = Date.parse('2026-03-31T12:00:00Z');
export const DAY = 86_400_000;

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

export interface Answer {
  total_count: number;
  time: number;
  next_cursor?: string;
  aggregations: Record<string, Record<string, number>>;
  resources: ({ public_id: string; asset_id: string } & Record<string, unknown>)[];
  folders: { name: string; path: string; created_at: string; external_id: string }[];
  error: { message: string };
}

/** IDs and digests by number. */
export const hex = (index: number): string => index.toString(16).padStart(32, '0');

/** Public IDs of what is found without an expression. */
export const ALL = [
  'npm_api_test1_1',
  'npm_api_test1_2',
  'npm_api_test1_3',
  'products/summer/blue sweater',
  'products/Straße',
  'productsale/c',
  'clip',
  'notes.txt',
] as const;
export const [ONE, TWO, THREE, SWEATER, STREET, SALE, CLIP, NOTES] = ALL;

/** A server whose environment `fixed` has the assets of {@link ALL}. */
export async function openSearch() {
  const server = await startServer({
    config: loadConfig({
      flags: {
        ...(await catalogFlags()),
        port: '0',
        data: temporaryFolder('search'),
        account: 'cloudinary://key:secret@fixed',
        'folder-mode': 'fixed',
        'log-level': 'error',
      },
    }),
    clock: () => NOW,
  });
  // The SDK chooses http or https when it is loaded.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  const cloudinary = (await import('cloudinary')).v2 as unknown as Sdk;
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

  return { server, cloudinary, insert, send, find };
}
