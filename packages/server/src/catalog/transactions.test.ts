import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { Kysely, SqliteDialect } from 'kysely';
import { openCatalog } from './catalog.ts';
import type { Database } from './schema.ts';
import { createTransactions, sqliteCommit, type Work } from './transactions.ts';

/** A real database, with a disk whose fsyncs end when the test says so. */
function setUp() {
  const raw = new DatabaseSync(':memory:');
  raw.exec('CREATE TABLE counters (cloud TEXT, day TEXT, name TEXT PRIMARY KEY, amount INTEGER)');
  const prepare = (sql: string) => {
    const statement = raw.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...(parameters as string[])),
      run: (parameters: readonly unknown[]) => statement.run(...(parameters as string[])),
    };
  };
  const database = { prepare, close: () => raw.close() };
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: async () => database as never }) });
  const syncs: { resolve(): void; reject(error: Error): void }[] = [];
  const commit = sqliteCommit({
    db,
    raw,
    changes: () => Number(raw.prepare('SELECT total_changes() AS n').get()!.n),
    sync: () => new Promise<void>((resolve, reject) => syncs.push({ resolve, reject })),
  });
  const transactions = createTransactions(commit);
  const insert =
    (name: string): Work<string> =>
    async (tx) => {
      await tx.insertInto('counters').values({ cloud: 'c', day: 'd', name, amount: 1 }).execute();
      return name;
    };
  const names = () =>
    raw
      .prepare('SELECT name FROM counters ORDER BY name')
      .all()
      .map(({ name }) => name);
  const syncStarted = async (count: number) => {
    for (let n = 0; n < 100 && syncs.length < count; n++) await turn();
    assert.equal(syncs.length, count);
  };
  return { transactions, insert, names, syncs, syncStarted };
}

test('it resolves when the disk has it, and what waits meanwhile shares the next commit', async () => {
  const { transactions, insert, names, syncs, syncStarted } = setUp();
  const done: string[] = [];
  const run = (name: string) => transactions.run(insert(name)).then((value) => done.push(value));
  const first = run('a');
  await syncStarted(1);
  const others = [run('b'), run('c'), run('d')];
  for (let n = 0; n < 10; n++) await turn();
  assert.deepEqual([done, names()], [[], ['a']], 'committed, not yet called durable; the others have not begun');
  syncs[0]!.resolve();
  await first;
  await syncStarted(2);
  assert.deepEqual([done, names()], [['a'], ['a', 'b', 'c', 'd']]);
  syncs[1]!.resolve();
  await Promise.all(others);
  assert.deepEqual(done, ['a', 'b', 'c', 'd']);
});

test('a work that fails takes nothing of the others with it', async () => {
  const { transactions, insert, names, syncs, syncStarted } = setUp();
  const first = transactions.run(insert('a'));
  await syncStarted(1);
  const good = transactions.run(insert('b'));
  const bad = transactions.run(async (tx) => {
    await insert('c')(tx);
    throw new Error('changed my mind');
  });
  const twice = transactions.run(insert('a'));
  const last = transactions.run(insert('d'));
  syncs[0]!.resolve();
  await syncStarted(2);
  syncs[1]!.resolve();
  assert.deepEqual(await Promise.all([first, good, last]), ['a', 'b', 'd']);
  await assert.rejects(bad, /changed my mind/);
  await assert.rejects(twice, /UNIQUE/);
  assert.deepEqual(names(), ['a', 'b', 'd']);
});

test('what only reads does not wait for the disk', async () => {
  const { transactions, syncs } = setUp();
  assert.deepEqual(await transactions.run((tx) => tx.selectFrom('counters').selectAll().execute()), []);
  assert.equal(syncs.length, 0);
});

test('after a failed fsync nothing is called durable any more', async () => {
  const { transactions, insert, syncs, syncStarted } = setUp();
  const first = transactions.run(insert('a'));
  await syncStarted(1);
  syncs[0]!.reject(new Error('EIO'));
  await assert.rejects(first, /EIO/);
  await assert.rejects(transactions.run(insert('b')), /EIO/);
  assert.equal(syncs.length, 1);
});

test('a transaction inside a transaction is refused, after it not', async () => {
  const { transactions, syncs, syncStarted } = setUp();
  await assert.rejects(
    transactions.run(() => transactions.run(async () => 1)),
    /inside a transaction/,
  );
  let later: Promise<number> | undefined;
  await transactions.run(async () => {
    later = new Promise<number>((resolve, reject) => {
      setTimeout(() => transactions.run(async () => 2).then(resolve, reject), 5);
    });
  });
  assert.equal(await later, 2);
  assert.equal(syncs.length, 0);
  await syncStarted(0);
});

test('what is committed moves from the log into the database beside the event loop, and closing leaves no log', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-catalog-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'catalog.sqlite');
  const catalog = openCatalog(file);
  assert.equal((await stat(file)).mode & 0o077, 0, 'it holds secrets');
  catalog.raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const { size: empty } = await stat(file);
  // SQLite's own checkpoint would come after thousands of pages; these make some hundred.
  const value = 'x'.repeat(4000);
  for (let n = 0; n < 120; n++)
    await catalog.transaction((tx) =>
      tx
        .insertInto('server_state')
        .values({ key: `${n}`, value })
        .execute(),
    );
  for (let waited = 0; (await stat(file)).size < empty + 100 * value.length; waited += 20) {
    assert.ok(waited < 10_000, `Expected the database to have grown beyond ${empty} bytes`);
    await wait(20);
  }
  await catalog.close();
  assert.deepEqual(await readdir(folder), ['catalog.sqlite']);
  const again = openCatalog(file);
  assert.equal(again.raw.prepare('SELECT count(*) AS n FROM server_state WHERE length(value) = 4000').get()!.n, 120);
  await again.close();
});

test('a full disk is said to be full, takes nothing of what was called durable, and goes on once there is room', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-catalog-'));
  const catalog = openCatalog(join(folder, 'catalog.sqlite'));
  t.after(async () => {
    await catalog.close();
    await rm(folder, { recursive: true, force: true });
  });
  const write = (key: string, length: number) =>
    catalog.transaction((tx) =>
      tx
        .insertInto('server_state')
        .values({ key, value: 'x'.repeat(length) })
        .execute(),
    );
  await write('before', 10);
  const { page_count: pages } = catalog.raw.prepare('PRAGMA page_count').get() as { page_count: number };
  catalog.raw.exec(`PRAGMA max_page_count = ${pages + 1}`);
  const results = await Promise.allSettled([write('a', 10), write('b', 1_000_000), write('c', 10)]);
  for (const result of results)
    assert.equal((result as { reason?: { errcode?: number } }).reason?.errcode, 13, JSON.stringify(result));
  catalog.raw.exec('PRAGMA max_page_count = 4294967294');
  await write('after', 1_000_000);
  const keys = catalog.raw.prepare("SELECT key FROM server_state WHERE value LIKE 'x%' ORDER BY key").all();
  assert.deepEqual(
    keys.map(({ key }) => key),
    ['after', 'before'],
  );
});

test('a log that grew while somebody copied the catalog is small again afterwards', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-catalog-'));
  const file = join(folder, 'catalog.sqlite');
  const catalog = openCatalog(file);
  t.after(async () => {
    await catalog.close();
    await rm(folder, { recursive: true, force: true });
  });
  let rows = 0;
  const write = async (megabytes: number) => {
    for (let n = 0; n < megabytes; n++)
      await catalog.transaction((tx) =>
        tx
          .insertInto('server_state')
          .values({ key: `${rows++}`, value: 'x'.repeat(1e6) })
          .execute(),
      );
  };
  await write(1);
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('BEGIN');
  const seen = () => reader.prepare("SELECT count(*) AS n FROM server_state WHERE value LIKE 'x%'").get()!.n;
  assert.equal(seen(), 1);
  await write(100);
  assert.equal(seen(), 1);
  assert.ok((await stat(`${file}-wal`)).size > 100e6);
  reader.exec('COMMIT');
  assert.equal(seen(), 101);
  reader.close();
  await write(3);
  assert.ok((await stat(`${file}-wal`)).size < 70e6);
});
