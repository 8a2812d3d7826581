/**
 * What the server relies on, whatever database is behind it: written once against `Catalog`, run for every row of
 * BACK_ENDS. The queries of lists and searches have theirs beside them (assets/admin/list.test.ts, search/plan.test.ts).
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterPrefix } from '../listing/cursor.ts';
import { BACK_ENDS } from './back-ends.fixture.ts';
import type { Catalog } from './catalog.ts';
import type { NewAsset } from './schema.ts';

const asset = (public_id: string, more: Partial<NewAsset> = {}): NewAsset => ({
  cloud: 'demo',
  asset_id: Buffer.from(public_id).toString('hex').padEnd(32, '0').slice(-32),
  public_id,
  resource_type: 'image',
  type: 'upload',
  format: 'jpg',
  version: 1,
  version_id: 'v',
  bytes: 1,
  etag: 'e',
  created_at: 1,
  uploaded_at: 1,
  updated_at: 1,
  tags: '["b","a"]',
  context: '{"alt":"x"}',
  metadata: '{"n":3,"set":["p","q"]}',
  ...more,
});

const cloud = (name: string) => ({
  name,
  id: `id-${name}`,
  display_name: name,
  folder_mode: 'dynamic',
  created_at: 1,
  updated_at: 1,
});

for (const { name, skip, open } of BACK_ENDS)
  describe(`catalog contract: ${name}`, { skip }, () => {
    /** One catalog each, so that no test depends on another. */
    const check = (title: string, work: (catalog: Catalog) => Promise<void>): void => {
      test(title, async () => {
        const catalog = await open();
        try {
          await work(catalog);
        } finally {
          await catalog.close();
        }
      });
    };

    check(
      'an asset row carries its index rows through insert, update and removal',
      async ({ db, assets, transaction }) => {
        const row = await transaction((tx) => assets.insert(tx, asset('dir/one')));
        assert.deepEqual([row.folder, row.filename, row.status, row.access_mode], ['dir', 'one', 'active', 'public']);
        const count = async (table: 'asset_tags' | 'asset_context' | 'asset_metadata'): Promise<number> =>
          (await db.selectFrom(table).selectAll().execute()).length;
        assert.deepEqual(
          [await count('asset_tags'), await count('asset_context'), await count('asset_metadata')],
          [2, 1, 3],
        );
        await transaction((tx) => assets.update(tx, row.seq, { tags: '["c"]', public_id: 'two' }));
        assert.deepEqual(
          (await db.selectFrom('asset_tags').select('tag').execute()).map(({ tag }) => tag),
          ['c'],
        );
        const identity = { cloud: 'demo', resource_type: 'image', type: 'upload', public_id: 'two' };
        assert.deepEqual(
          [(await assets.find(db, identity))?.folder, (await assets.find(db, identity))?.filename],
          ['', 'two'],
        );
        await transaction((tx) => assets.remove(tx, row.seq));
        assert.deepEqual(
          [await count('asset_tags'), await count('asset_context'), await count('asset_metadata')],
          [0, 0, 0],
        );
        assert.equal(await assets.find(db, identity), undefined);
      },
    );

    check(
      'an asset is found by its identity and its ID, in its environment only',
      async ({ db, assets, transaction }) => {
        const row = await transaction((tx) => assets.insert(tx, asset('one')));
        assert.equal((await assets.findById(db, 'demo', row.asset_id))?.seq, row.seq);
        assert.equal(await assets.findById(db, 'other', row.asset_id), undefined);
        const identity = { cloud: 'demo', resource_type: 'image', type: 'upload', public_id: 'One' };
        assert.equal(await assets.find(db, identity), undefined, 'public IDs are compared exactly');
      },
    );

    check(
      'an identity and an ID exist once; what differs in one part is another asset',
      async ({ assets, transaction }) => {
        await transaction((tx) => assets.insert(tx, asset('one')));
        const other = { asset_id: 'f'.repeat(32) };
        await assert.rejects(transaction((tx) => assets.insert(tx, asset('one', other))));
        await assert.rejects(
          transaction((tx) => assets.insert(tx, asset('one', { cloud: 'other' }))),
          'the ID is taken',
        );
        await transaction((tx) => assets.insert(tx, asset('one', { ...other, type: 'private' })));
      },
    );

    check('a rejected transaction leaves no trace, and the next one works', async ({ db, assets, transaction }) => {
      await assert.rejects(
        transaction(async (tx) => {
          await assets.insert(tx, asset('one'));
          throw new Error('changed my mind');
        }),
        /changed my mind/,
      );
      assert.equal((await db.selectFrom('assets').selectAll().execute()).length, 0);
      assert.equal((await db.selectFrom('asset_tags').selectAll().execute()).length, 0);
      await transaction((tx) => assets.insert(tx, asset('two')));
      assert.equal((await db.selectFrom('assets').selectAll().execute()).length, 1);
    });

    check('inside a transaction only the transaction may be asked', async ({ db, transaction }) => {
      await assert.rejects(
        transaction(async () => {
          await db.selectFrom('assets').selectAll().execute();
        }),
        /Expected the transaction to be asked/,
      );
      await assert.rejects(
        transaction(() => transaction(async () => {})),
        /no transaction inside a transaction/,
      );
    });

    check('transactions started together run one after the other', async ({ db, transaction }) => {
      await db.insertInto('counters').values({ cloud: 'demo', day: '2026-01-01', name: 'n', amount: 0 }).execute();
      await Promise.all(
        Array.from({ length: 20 }, () =>
          transaction(async (tx) => {
            const { amount } = await tx.selectFrom('counters').select('amount').executeTakeFirstOrThrow();
            await new Promise((resolve) => setImmediate(resolve));
            await tx
              .updateTable('counters')
              .set({ amount: amount + 1 })
              .execute();
          }),
        ),
      );
      assert.equal((await db.selectFrom('counters').select('amount').executeTakeFirstOrThrow()).amount, 20);
    });

    check('seq grows with every insert and is never used again', async ({ assets, transaction }) => {
      const first = await transaction((tx) => assets.insert(tx, asset('one')));
      await transaction((tx) => assets.remove(tx, first.seq));
      const second = await transaction((tx) => assets.insert(tx, asset('one')));
      assert.ok(second.seq > first.seq);
    });

    check(
      'texts are ordered by their bytes, prefixes are ranges of that order',
      async ({ db, assets, transaction }) => {
        const ids = ['Z', 'a', 'a-b', 'a/b', 'a0', 'aa', 'z', 'ä', 'Ω', '😀'];
        await transaction(async (tx) => {
          for (const id of [...ids].reverse()) await assets.insert(tx, asset(id));
        });
        const all = db.selectFrom('assets').select('public_id').where('cloud', '=', 'demo').orderBy('public_id');
        const list = async (query: typeof all): Promise<string[]> =>
          (await query.execute()).map(({ public_id }) => public_id);
        assert.deepEqual(await list(all), ids);
        const below = all.where('public_id', '>=', 'a').where('public_id', '<', afterPrefix('a')!);
        assert.deepEqual(await list(below), ['a', 'a-b', 'a/b', 'a0', 'aa']);
        assert.deepEqual(await list(all.where('public_id', '>', 'aa')), ['z', 'ä', 'Ω', '😀']);
      },
    );

    check(
      'pairs are compared as pairs, so that a page continues exactly behind a row',
      async ({ db, assets, transaction }) => {
        await transaction(async (tx) => {
          for (let number = 0; number < 9; number++)
            await assets.insert(tx, asset(`item${number}`, { created_at: Math.floor(number / 3) }));
        });
        const rows = await db.selectFrom('assets').select(['public_id', 'created_at', 'seq']).orderBy('seq').execute();
        const { created_at, seq } = rows[4]!;
        const behind = (operator: '<' | '>') =>
          db
            .selectFrom('assets')
            .select('public_id')
            .where((where) => where(where.refTuple('created_at', 'seq'), operator, where.tuple(created_at, seq)))
            .orderBy('created_at', operator === '>' ? 'asc' : 'desc')
            .orderBy('seq', operator === '>' ? 'asc' : 'desc')
            .execute();
        assert.deepEqual(
          (await behind('>')).map(({ public_id }) => public_id),
          ['item5', 'item6', 'item7', 'item8'],
        );
        assert.deepEqual(
          (await behind('<')).map(({ public_id }) => public_id),
          ['item3', 'item2', 'item1', 'item0'],
        );
      },
    );

    check('numbers are exact up to 2^53, texts come back as they were', async ({ assets, transaction }) => {
      const bytes = Number.MAX_SAFE_INTEGER;
      const tags = JSON.stringify(['"quoted"', 'new\nline', '日本語', "it's", '\\', '%_']);
      const row = await transaction((tx) =>
        assets.insert(tx, asset('one', { bytes, tags, duration: 0.1, width: null })),
      );
      assert.deepEqual([row.bytes, row.tags, row.duration, row.width], [bytes, tags, 0.1, null]);
    });

    check('an insert that meets its row can change it instead', async ({ db }) => {
      for (const amount of [2, 3])
        await db
          .insertInto('counters')
          .values({ cloud: 'demo', day: '2026-01-01', name: 'n', amount })
          .onConflict((conflict) =>
            conflict
              .columns(['cloud', 'day', 'name'])
              .doUpdateSet((row) => ({ amount: row('counters.amount', '+', amount) })),
          )
          .execute();
      assert.equal((await db.selectFrom('counters').select('amount').executeTakeFirstOrThrow()).amount, 5);
    });

    check('keys follow their environment when it is renamed, and go with it', async ({ db }) => {
      await db.insertInto('clouds').values(cloud('old')).execute();
      const key = { api_key: 'k', api_secret: 's', cloud: 'old', name: 'n', created_at: 1, updated_at: 1 };
      await db.insertInto('api_keys').values(key).execute();
      await assert.rejects(
        db
          .insertInto('api_keys')
          .values({ ...key, api_key: 'l', cloud: 'none' })
          .execute(),
      );
      await db.updateTable('clouds').set({ name: 'new' }).where('name', '=', 'old').execute();
      assert.equal((await db.selectFrom('api_keys').select('cloud').executeTakeFirstOrThrow()).cloud, 'new');
      await db.deleteFrom('clouds').execute();
      assert.equal(await db.selectFrom('api_keys').selectAll().executeTakeFirst(), undefined);
    });

    check(
      'derived results and relations go with their asset; versions stay for its restoration',
      async ({ db, assets, transaction }) => {
        const [one, two] = await transaction(async (tx) => [
          await assets.insert(tx, asset('one')),
          await assets.insert(tx, asset('two')),
        ]);
        await db
          .insertInto('derived')
          .values({
            id: 'd',
            cloud: 'demo',
            seq: one!.seq,
            transformation: 'w_1',
            format: 'jpg',
            bytes: 1,
            cache_key: 'k',
            created_at: 1,
          })
          .execute();
        await db
          .insertInto('asset_relations')
          .values({ asset_id: one!.asset_id, related_id: two!.asset_id, created_at: 1 })
          .execute();
        await db
          .insertInto('versions')
          .values({
            version_id: 'v1',
            asset_id: one!.asset_id,
            cloud: 'demo',
            version: 1,
            blob: 'b',
            bytes: 1,
            etag: 'e',
            snapshot: '{}',
            created_at: 1,
          })
          .execute();
        await transaction((tx) => assets.remove(tx, one!.seq));
        assert.equal(await db.selectFrom('derived').selectAll().executeTakeFirst(), undefined);
        assert.equal(await db.selectFrom('asset_relations').selectAll().executeTakeFirst(), undefined);
        assert.equal((await db.selectFrom('versions').selectAll().execute()).length, 1);
      },
    );

    check('deletions and updates say how many rows they changed', async ({ db, assets, transaction }) => {
      await transaction(async (tx) => {
        for (const id of ['one', 'two', 'three']) await assets.insert(tx, asset(id));
      });
      const updated = await db
        .updateTable('assets')
        .set({ etag: 'f' })
        .where('public_id', '<>', 'two')
        .executeTakeFirst();
      assert.equal(Number(updated.numUpdatedRows), 2);
      const deleted = await db.deleteFrom('assets').where('etag', '=', 'f').executeTakeFirst();
      assert.equal(Number(deleted.numDeletedRows), 2);
    });
  });
