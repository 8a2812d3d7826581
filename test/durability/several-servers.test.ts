/**
 * Two servers, one catalog in PostgreSQL (SIGNET_TEST_POSTGRES, which `npm test` starts), originals in one place: what
 * one does holds for the other, and what both do at once happens once.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase } from '../../scripts/postgres.ts';
import { ACCOUNT_FLAGS, type Admin, accountOf, adminOf } from '../support/admin.ts';
import { picture } from '../support/pictures.ts';
import { startS3 } from '../support/s3.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const POSTGRES = process.env.SIGNET_TEST_POSTGRES;
const skip =
  POSTGRES === undefined && 'SIGNET_TEST_POSTGRES is not set (`npm test` starts a PostgreSQL where there is one)';

type Json = Record<string, unknown>;

/** Where their originals lie: in a folder that both mount, or in a bucket. */
const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  'a folder': async () => ({ flags: [], env: {}, remove: async () => {} }),
  'a bucket': async () => {
    const s3 = await startS3();
    return { flags: ['--blobs', s3.address()], env: s3.env, remove: () => s3.remove() };
  },
};
interface Place {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<unknown>;
}

for (const [name, makePlace] of Object.entries(PLACES))
  describe(`two servers on one catalog and ${name}`, { skip }, () => {
    let folder: string;
    let database: string;
    let place: Place;
    let servers: readonly [SignetServer, SignetServer];
    let admins: readonly [Admin, Admin];

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'signet-several-'));
      database = await createDatabase(POSTGRES!);
      place = await makePlace();
      await mkdir(join(folder, 'blobs'));
      const start = async (name: string): Promise<SignetServer> => {
        const data = join(folder, name);
        await mkdir(data);
        await symlink(join(folder, 'blobs'), join(data, 'blobs'));
        return startSignet({
          data,
          flags: [...ACCOUNT_FLAGS, ...place.flags],
          env: { ...place.env, SIGNET_CATALOG: database },
        });
      };
      // At once: the first start makes the tables, the environment and its key, the other waits and finds them.
      servers = await Promise.all([start('one'), start('two')]);
      admins = [adminOf(servers[0]), adminOf(servers[1])];
    });
    after(async () => {
      for (const server of servers ?? []) await server.stop();
      await place?.remove();
      await rm(folder, { recursive: true, force: true });
    });

    const upload = async (at: number, params: Record<string, string>, file: Uint8Array) => {
      const server = servers[at]!;
      const response = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, {
        method: 'POST',
        body: signedForm(server, params, file, 'x.png'),
      });
      return { status: response.status, body: (await response.json()) as Json };
    };
    const deliver = async (at: number, path: string) => {
      const response = await fetch(`${servers[at]!.url}/${servers[at]!.cloud}/image/upload/${path}`);
      return {
        status: response.status,
        etag: response.headers.get('etag'),
        bytes: Buffer.from(await response.arrayBuffer()),
      };
    };
    /** Other servers hear of a change within milliseconds: a second is more than enough. */
    const soon = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      const deadline = Date.now() + 1000;
      while (!(await holds())) {
        assert.ok(Date.now() < deadline, `within a second: ${what}`);
        await pause(10);
      }
    };

    test('servers that start together make one environment with one key', () => {
      assert.equal(servers[0].apiKey, servers[1].apiKey);
      assert.equal(servers[0].apiSecret, servers[1].apiSecret);
    });

    test('what one stores the other describes, finds and delivers', async () => {
      const png = await picture(1);
      await upload(0, { public_id: 'shared', tags: 'pair' }, png);
      assert.deepEqual((await deliver(1, 'shared.png')).bytes, png);
      assert.deepEqual((await admins[1].ok('GET', '/resources/image/upload/shared')).tags, ['pair']);
      const { total_count } = await admins[1].ok('POST', '/resources/search', { json: { expression: 'tags:pair' } });
      assert.equal(total_count, 1);
    });

    test('two uploads of one public ID at once leave one asset, whole', async () => {
      for (let round = 0; round < 8; round++) {
        const files = await Promise.all([picture(round + 10), picture(round + 50)]);
        const answers = await Promise.all(files.map((file, at) => upload(at, { public_id: `race-${round}` }, file)));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200],
        );
        assert.equal(answers[0]!.body.asset_id, answers[1]!.body.asset_id);
        const { etag } = await admins[0].ok('GET', `/resources/image/upload/race-${round}`);
        const winner = answers.findIndex(({ body }) => body.etag === etag);
        assert.ok(winner >= 0);
        for (const at of [0, 1])
          assert.deepEqual((await deliver(at, `race-${round}.png`)).bytes, files[winner], `server ${at}`);
      }
      const { resources } = await admins[0].ok('GET', '/resources/image/upload', {
        query: 'prefix=race-&max_results=50',
      });
      assert.equal(resources.length, 8);
    });

    test('with overwrite=false one of two wins and the other is told', async () => {
      for (let round = 0; round < 8; round++) {
        const answers = await Promise.all(
          [0, 1].map(async (at) =>
            upload(at, { public_id: `once-${round}`, overwrite: 'false' }, await picture(100 + round * 2 + at)),
          ),
        );
        assert.deepEqual(
          answers.map(({ body }) => body.existing === true).sort(),
          [false, true],
          JSON.stringify(answers.map(({ body }) => body)),
        );
        assert.equal(answers[0]!.body.etag, answers[1]!.body.etag);
      }
    });

    test('counts of both are kept: tags, usage and totals', async () => {
      await Promise.all(
        Array.from({ length: 30 }, async (_, number) =>
          upload(number % 2, { public_id: `many/${number}`, tags: 'many' }, await picture(number)),
        ),
      );
      for (const admin of admins) {
        const { total_count } = await admin.ok('POST', '/resources/search', { json: { expression: 'tags=many' } });
        assert.equal(total_count, 30);
        const { resources } = await admin.ok('GET', '/resources/image/tags/many', { query: 'max_results=100' });
        assert.equal(resources.length, 30);
      }
    });

    test('an answer that is kept in memory ends when the other server changes the asset', async () => {
      const [red, blue] = await Promise.all([picture(1), picture(2)]);
      await upload(0, { public_id: 'hot' }, red!);
      const path = 'w_20/hot.png';
      for (let times = 0; times < 5; times++) await deliver(1, path);
      const kept = await deliver(1, path);
      await upload(0, { public_id: 'hot' }, blue!);
      await soon('the new picture', async () => !(await deliver(1, path)).bytes.equals(kept.bytes));
      for (let times = 0; times < 5; times++) await deliver(1, path);
      await admins[0].ok('DELETE', '/resources/image/upload', { query: 'public_ids[]=hot' });
      await soon('404', async () => (await deliver(1, path)).status === 404);
    });

    test('a key that one server disables, the other refuses; a new one it knows', async () => {
      const account = accountOf(servers[0]);
      const { body: list } = await account('GET', '/sub_accounts');
      const [{ id }] = list.sub_accounts;
      const { body: key } = await account('POST', `/sub_accounts/${id}/access_keys`, { json: { name: 'second' } });
      const as = { key: key.api_key as string, secret: key.api_secret as string };
      const status = async () => (await admins[1]('GET', '/ping', { as })).status;
      await soon('the key is known', async () => (await status()) === 200);
      await account('PUT', `/sub_accounts/${id}/access_keys/${as.key}`, { json: { enabled: false } });
      await soon('the key is refused', async () => (await status()) === 401);
    });

    test('a metadata field made by one server is known to the other', async () => {
      const field = { external_id: 'sku', label: 'SKU', type: 'integer' };
      await upload(1, { public_id: 'before' }, await picture(3));
      await admins[0].ok('POST', '/metadata_fields', { json: field });
      await soon('the field is known', async () => {
        const { status } = await upload(1, { public_id: 'with-sku', metadata: 'sku=7' }, await picture(4));
        return status === 200;
      });
      const { metadata } = await admins[0].ok('GET', '/resources/image/upload/with-sku');
      assert.equal(metadata.sku, 7);
    });

    test('both render one result at once: the same bytes, one entry in its list', async () => {
      await upload(0, { public_id: 'render' }, await picture(7, 'png', 400));
      const results = await Promise.all([0, 1, 0, 1].map((at) => deliver(at, 'w_123,e_sepia/render.png')));
      for (const { status, bytes } of results) {
        assert.equal(status, 200);
        assert.deepEqual(bytes, results[0]!.bytes);
      }
      await pause(1500);
      const { derived } = await admins[0].ok('GET', '/resources/image/upload/render');
      assert.equal(derived.length, 1);
    });

    test('every webhook is sent once, whichever server takes it', async () => {
      const seen = new Map<string, number>();
      const hook = createServer(async (request, response) => {
        const { public_id, notification_type } = JSON.parse(await text(request)) as Record<string, string>;
        const name = `${notification_type} ${public_id}`;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        response.end();
      }).listen(0, '127.0.0.1');
      await once(hook, 'listening');
      const notification_url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
      const count = 24;
      await Promise.all(
        Array.from({ length: count }, async (_, number) =>
          upload(
            number % 2,
            { public_id: `told/${number}`, eager: 'w_5', eager_async: 'true', notification_url },
            await picture(number),
          ),
        ),
      );
      for (let left = 400; left > 0 && seen.size < 2 * count; left--) await pause(25);
      await pause(500);
      hook.close();
      hook.closeAllConnections();
      assert.equal(seen.size, 2 * count);
      assert.deepEqual([...new Set(seen.values())], [1]);
    });

    test('a lost database is told by /health, and what changed meanwhile is seen afterwards', async () => {
      const [red, blue] = await Promise.all([picture(1), picture(2)]);
      await upload(0, { public_id: 'lost' }, red!);
      const path = 'w_20/lost.png';
      for (let times = 0; times < 5; times++) await deliver(1, path);
      const kept = await deliver(1, path);
      // All connections of both servers are cut and none comes back, as when the database is started anew.
      const name = new URL(database).pathname.slice(1);
      const health = async (at: number) => (await fetch(`${servers[at]!.url}/health`)).status;
      const client = new pg.Client({ connectionString: POSTGRES! });
      await client.connect();
      try {
        await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
        await soon('out of order', async () => (await health(1)) === 500);
      } finally {
        await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
        await client.end();
      }
      for (const at of [0, 1]) await soon('in order again', async () => (await health(at)) === 200);
      assert.equal((await upload(0, { public_id: 'lost' }, blue!)).status, 200);
      // Nothing is answered from memory until changes are heard again, so this holds at once.
      assert.ok(!(await deliver(1, path)).bytes.equals(kept.bytes));
    });

    test('what one server began and did not live to end, nobody sees; the other goes on', async () => {
      const [one, two] = servers;
      const running = Array.from({ length: 10 }, async (_, number) =>
        upload(0, { public_id: `cut/${number}` }, await picture(200 + number, 'png', 600)).catch(() => undefined),
      );
      await pause(30);
      await one.kill();
      const answers = (await Promise.all(running)).filter((answer) => answer?.status === 200);
      const { status } = await upload(1, { public_id: 'alive' }, await picture(9));
      assert.equal(status, 200);
      for (const answer of answers) {
        const { public_id, bytes } = answer!.body;
        assert.equal((await deliver(1, `${public_id}.png`)).bytes.length, bytes);
      }
      const { resources } = await adminOf(two).ok('GET', '/resources/image/upload', {
        query: 'prefix=cut/&max_results=50',
      });
      for (const { public_id } of resources) assert.equal((await deliver(1, `${public_id}.png`)).status, 200);
    });
  });
