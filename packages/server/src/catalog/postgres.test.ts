import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { createDatabase } from '../../../../scripts/postgres.ts';
import { openPostgres } from './postgres.ts';

const SERVER = process.env.SIGNET_TEST_POSTGRES;

test('a connection that is lost between two questions of a transaction fails that transaction and nothing else', {
  skip: SERVER === undefined && 'SIGNET_TEST_POSTGRES is not set (`npm test` starts a PostgreSQL where there is one)',
}, async (t) => {
  const url = await createDatabase(SERVER!);
  const catalog = await openPostgres({ url });
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  t.after(async () => {
    await other.end();
    await catalog.close();
  });
  const state = (key: string) => ({ key, value: 'x' });
  const cut = catalog.transaction(async (tx) => {
    await tx.insertInto('server_state').values(state('cut')).execute();
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    await other.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    // Nobody asks anything while the news of its end arrives.
    await pause(100);
    await tx.insertInto('server_state').values(state('cut too')).execute();
  });
  await assert.rejects(cut, /terminat|connection/i);
  await catalog.transaction((tx) => tx.insertInto('server_state').values(state('after')).execute());
  const keys = await catalog.db.selectFrom('server_state').select('key').execute();
  assert.deepEqual(
    keys.map(({ key }) => key),
    ['after'],
  );
});
