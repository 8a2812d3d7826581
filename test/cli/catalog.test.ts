import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDatabase } from '../../scripts/postgres.ts';
import { adminOf } from '../support/admin.ts';
import { signet } from '../support/cli.ts';
import { picture } from '../support/pictures.ts';
import { startSignet } from '../support/server.ts';

const POSTGRES = process.env.SIGNET_TEST_POSTGRES;
const skip =
  POSTGRES === undefined && 'SIGNET_TEST_POSTGRES is not set (`npm test` starts a PostgreSQL where there is one)';

test('a catalog moves from SQLite into PostgreSQL, whole, and its server goes on from there', { skip }, async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'signet-catalog-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  const SIGNET_CATALOG = await createDatabase(POSTGRES!);
  const copy = (...more: string[]) => signet(['catalog', 'copy', data, ...more], { env: { SIGNET_CATALOG } });

  // A server with SQLite, whatever the other servers of the tests have.
  const before = await startSignet({ data, env: { SIGNET_CATALOG: '' } });
  t.after(() => before.kill());
  const first = adminOf(before);
  await first.ok('POST', '/metadata_fields', { json: { external_id: 'sku', label: 'SKU', type: 'integer' } });
  const tags = 'Žluťoučký kůň,two words';
  for (let number = 0; number < 12; number++)
    await first.upload(
      {
        public_id: `dir/item-${number}`,
        tags,
        context: `alt=picture ${number}`,
        metadata: `sku=${number}`,
        backup: 'true',
      },
      await picture(number),
    );
  const last = await first.upload({ public_id: 'gone' }, await picture(20));
  await first.ok('DELETE', '/resources/image/upload', { query: 'public_ids[]=gone' });
  const used = await copy();
  assert.deepEqual([used.code, /is in use by the server/.test(used.stderr)], [2, true]);
  const list = async (admin: typeof first) => {
    const { resources } = await admin.ok('GET', '/resources/image/upload', {
      query: 'max_results=50&tags=true&context=true&metadata=true',
    });
    return resources.map(({ url: _, secure_url: __, ...rest }: Record<string, unknown>) => rest);
  };
  const listed = await list(first);
  await before.stop();

  const copied = await copy('--json');
  assert.equal(copied.code, 0, copied.stderr);
  const rows = JSON.parse(copied.stdout) as Record<string, number>;
  assert.deepEqual([rows.clouds, rows.assets, rows.asset_tags, rows.versions], [1, 12, 24, 12]);
  const again = await copy();
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /Expected an empty database/);

  const after = await startSignet({ data, env: { SIGNET_CATALOG } });
  t.after(() => after.kill());
  assert.deepEqual([after.apiKey, after.apiSecret], [before.apiKey, before.apiSecret]);
  const second = adminOf(after);
  assert.deepEqual(await list(second), listed);
  for (const [expression, count] of [
    ['tags:zlutoucky', 12],
    ['tags:"two words" AND metadata.sku>=10', 2],
    ['context.alt:"picture 7"', 1],
    ['item', 12],
    ['resource_type:image', 12],
  ] as const)
    assert.equal(
      (await second.ok('POST', '/resources/search', { json: { expression } })).total_count,
      count,
      expression,
    );
  const fresh = await second.upload({ public_id: 'fresh' }, await picture(21));
  assert.notEqual(fresh.asset_id, last.asset_id);
  assert.equal(
    (await second.ok('GET', '/resources/image/upload', { query: 'max_results=1' })).resources[0].public_id,
    'fresh',
  );
});

test('what it needs is said', async () => {
  const without = await signet(['catalog', 'copy', '.']);
  assert.deepEqual([without.code, /in SIGNET_CATALOG/.test(without.stderr)], [2, true]);
  const nowhere = await signet(['catalog', 'copy', '/nowhere'], { env: { SIGNET_CATALOG: 'postgres://a@b/c' } });
  assert.deepEqual([nowhere.code, /has no catalog/.test(nowhere.stderr)], [2, true]);
});

test('a start without a fitting database is refused with the reason, and never tells the password', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'signet-catalog-'));
  t.after(() => rm(data, { recursive: true }));
  for (const [address, reason] of [
    ['postgres://signet:s3cret@127.0.0.1:1/signet', /cannot be opened: .*ECONNREFUSED/],
    ['mysql://signet:s3cret@127.0.0.1/signet', /Expected postgres:\/\/USER:PASSWORD@HOST\/DATABASE/],
  ] as const) {
    const { code, stdout, stderr } = await signet(['serve', '--port', '0', '--data', data], {
      env: { SIGNET_CATALOG: address },
    });
    assert.notEqual(code, 0);
    assert.match(stderr, reason);
    assert.ok(!(stdout + stderr).includes('s3cret'));
  }
  const { stdout } = await signet(['config', '--server', '--json'], {
    env: { SIGNET_CATALOG: 'postgres://a:s3cret@b/c' },
  });
  assert.deepEqual((JSON.parse(stdout) as { catalog: unknown }).catalog, { value: '***', from: 'environment' });
  assert.ok(!stdout.includes('s3cret'));
});
