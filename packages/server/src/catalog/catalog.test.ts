import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary-folder.fixture.ts';
import { openCatalog } from './catalog.ts';
import { MIGRATIONS, migrate } from './migrate.ts';

test('migrations run once, also when the file is opened again or by two at a time', async () => {
  const file = join(temporaryFolder('catalog'), 'catalog.sqlite');
  const catalog = openCatalog(file);
  assert.deepEqual(migrate(catalog.raw), []);
  const beside = openCatalog(file);
  assert.deepEqual(migrate(beside.raw), []);
  const ran = catalog.raw.prepare('SELECT name FROM migrations ORDER BY name').all();
  assert.deepEqual(
    ran.map(({ name }) => name),
    MIGRATIONS.map(({ name }) => name),
  );
  await Promise.all([catalog.close(), beside.close()]);
  await openCatalog(file).close();
});
