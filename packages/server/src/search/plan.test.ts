import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { BACK_ENDS, rawOf } from '../catalog/back-ends.fixture.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Dialect } from '../catalog/dialect.ts';
import { SignetError } from '../errors.ts';
import { aggregate } from './aggregate.ts';
import { assetTerm, compile } from './compile.ts';
import { parseExpression } from './expression/parse.ts';
import { ASSET_FIELDS } from './fields.ts';
import { compareKeys, keyValue, type SortKey, withTieBreak } from './order.ts';
import { type FoundPage, findPage, pageOfHits } from './page.ts';
import { countRows, LIMITS, type Limits, makePlan } from './plan.ts';

const CLOUD = 'demo';
const ROWS = 400;
const NOW = Date.parse('2026-01-01T00:00:00Z');
async function fill(catalog: Catalog): Promise<void> {
  await catalog.transaction(async (tx) => {
    for (let index = 0; index < ROWS; index++) {
      const time = NOW - ((index * 7919) % 97) * 3_600_000;
      await catalog.assets.insert(tx, {
        cloud: index % 10 === 9 ? 'other' : CLOUD,
        asset_id: index.toString(16).padStart(32, '0'),
        public_id: `f${index % 7}/name_${(index * 31) % ROWS}`,
        resource_type: index % 5 === 0 ? 'video' : 'image',
        type: 'upload',
        format: index % 5 === 0 ? 'mp4' : ['jpg', 'png', null][index % 3]!,
        status: index % 11 === 0 ? 'deleted' : 'active',
        version: 1,
        version_id: 'v',
        bytes: (index * 37) % 50,
        etag: 'e',
        width: index % 4 === 0 ? null : index % 9,
        created_at: time,
        uploaded_at: time,
        updated_at: time,
        tags: JSON.stringify(index % 2 ? [`t${index % 3}`, 'odd'] : []),
        context: JSON.stringify({ k: `v${index % 6}` }),
      });
    }
  });
}

/** Each forces another way: everything tested, sets, walks and sweeps in tiny slices. */
const WAYS: Readonly<Record<string, Limits>> = {
  small: LIMITS,
  sets: { ...LIMITS, small: 0, exact: 1e6, slice: 7 },
  walks: { ...LIMITS, small: 0, exact: 1e6, probe: 1, slice: 7 },
};

const SORTS: readonly (readonly SortKey[])[] = [
  [['created_at', 'desc']],
  [['bytes', 'asc']],
  [['width', 'asc']],
  [['width', 'desc']],
  [
    ['format', 'desc'],
    ['public_id', 'asc'],
  ],
  [['public_id', 'desc']],
  [['format', 'asc']],
  [['format', 'desc']],
  [['resource_type', 'desc']],
  [['folder', 'asc']],
  [['etag', 'asc']],
  [['status', 'desc']],
].map((keys) =>
  keys.map(([name, direction]): SortKey => {
    const spec = ASSET_FIELDS[name!]!;
    return {
      name: name!,
      column: spec.column,
      direction: direction as 'asc' | 'desc',
      nullable: spec.nullable === true,
      ...(spec.order === undefined ? {} : { index: spec.order }),
      ...(spec.orderTies === undefined ? {} : { ties: spec.orderTies }),
    };
  }),
);

const compiledFor = (dialect: Dialect, expression: string) =>
  compile(parseExpression(expression), { dialect, fields: ASSET_FIELDS, cloud: CLOUD, now: NOW, term: assetTerm })
    .conditions;

const clause = fc.constantFrom(
  'tags:odd',
  'tags=t1',
  'tags:t*',
  'resource_type:video',
  'format:(jpg OR png)',
  'status:active',
  'bytes>20',
  'bytes:[3 TO 9}',
  'width:"*"',
  'created_at>2d',
  'context.k=v3',
  'context:v2',
  'name_31',
  'folder:"f3/*"',
  'public_id:f2*',
  'nonsense:x',
);
const expression = fc
  .letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      clause,
      fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(${one} AND ${other})`),
      fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(${one} OR ${other})`),
      tie('node').map((one) => `-(${one})`),
    ),
  }))
  .node.map((text) => text.replace(/^\((.*)\)$/, (whole, inner: string) => (/^[^()]*$/.test(inner) ? inner : whole)));

for (const { name, skip, open } of BACK_ENDS)
  describe(name, { skip }, () => {
    let catalog: Catalog;
    before(async () => {
      catalog = await open();
      await fill(catalog);
    });
    after(() => catalog?.close());
    const compiled = (expression: string) => compiledFor(catalog.dialect, expression);

    test('every way of finding rows gives the same pages and totals as testing all of them', async () => {
      const { db } = catalog;
      await fc.assert(
        fc.asyncProperty(
          expression,
          fc.constantFrom(...SORTS),
          fc.integer({ min: 1, max: 30 }),
          async (text, sort, size) => {
            const parts = compiled(text);
            const keys = withTieBreak(sort);
            const { rows } = await sql<Record<string, string | number | null>>`
        SELECT ${sql.join(keys.map((key, index) => sql`${keyValue(key)} AS ${sql.raw(`k${index}`)}`))} FROM assets AS a
        WHERE a.cloud = ${CLOUD} AND ${sql.join([sql`TRUE`, ...parts.map(({ test }) => test)], sql` AND `)}`.execute(
              db,
            );
            const expected = rows
              .map((row) => keys.map((_, index) => row[`k${index}`] ?? null))
              .sort(compareKeys(keys))
              .map((values) => values.at(-1));
            for (const [way, limits] of Object.entries(WAYS)) {
              const plan = await makePlan(catalog, CLOUD, parts, limits);
              const found: number[] = [];
              let start: readonly (string | number | null)[] | undefined;
              do {
                const page: FoundPage = await findPage(db, plan, { keys, limit: size, start });
                assert.equal(page.since, undefined, 'everything was read');
                found.push(...page.found.map(({ seq }) => seq));
                start = page.found.length === size ? page.found.at(-1)!.keys : undefined;
              } while (start !== undefined);
              assert.deepEqual(found, expected, `${way}: ${text}`);
              for (const offset of [size, expected.length - 1, expected.length + size]) {
                const page = await findPage(db, plan, {
                  keys,
                  limit: size,
                  offset: Math.max(0, offset),
                  start: undefined,
                });
                assert.deepEqual(
                  page.found.map(({ seq }) => seq),
                  expected.slice(Math.max(0, offset)).slice(0, size),
                  `${way}, from ${offset}: ${text}`,
                );
                assert.equal(page.passed, Math.max(0, Math.min(offset, expected.length)));
              }
              const total = await countRows(db, plan, undefined);
              if (!total.estimated) assert.equal(total.count, expected.length, `${way}: ${text}`);
            }
          },
        ),
        // Thousands of small statements, each of which is a question to another process.
        { numRuns: catalog.shared ? 5 : 30 },
      );
    });

    test('an order without an index sorts the newest rows, keeps to them on later pages, and says so', async () => {
      const { db } = catalog;
      const limits: Limits = { ...LIMITS, small: 0, probe: 1, slice: 7, window: 50 };
      const keys = withTieBreak([{ name: 'version', column: 'a.bytes % 7', direction: 'asc', nullable: false }]);
      const newest = await db
        .selectFrom('assets')
        .select('seq')
        .where('cloud', '=', CLOUD)
        .orderBy('created_at', 'desc')
        .orderBy('seq', 'desc')
        .limit(56)
        .execute();
      const plan = await makePlan(catalog, CLOUD, compiled(''), limits);
      const found: number[] = [];
      let start: readonly (string | number | null)[] | undefined;
      let since: readonly (string | number | null)[] | undefined;
      do {
        const page: FoundPage = await findPage(db, plan, { keys, limit: 9, start, since });
        assert.ok(page.since, 'it says that not everything was sorted');
        found.push(...page.found.map(({ seq }) => seq));
        ({ since } = page);
        start = page.found.length === 9 ? page.found.at(-1)!.keys : undefined;
        // Newer rows do not push older ones out of the window.
        await catalog.transaction((tx) =>
          catalog.assets.insert(tx, {
            cloud: CLOUD,
            asset_id: `f${found.length}`.padEnd(32, '0'),
            public_id: `later/${found.length}`,
            resource_type: 'image',
            type: 'upload',
            format: 'jpg',
            version: 1,
            version_id: 'v',
            bytes: 0,
            etag: 'e',
            created_at: NOW + found.length,
            uploaded_at: NOW,
            updated_at: NOW,
          }),
        );
      } while (start !== undefined);
      assert.deepEqual(new Set(found.filter((seq) => seq <= ROWS)), new Set(newest.map(({ seq }) => seq)));
      await catalog.db.deleteFrom('assets').where('public_id', 'like', 'later/%').execute();
    });

    test('a page by relevance lists the ranked hits that match, the best first', async () => {
      const parts = compiled('tags:odd AND resource_type:image');
      const plan = await makePlan(catalog, CLOUD, parts, WAYS.walks);
      await catalog.withConnection(async (db) => {
        const hits = catalog.dialect.ranked([{ text: 'odd', prefix: false, column: 'tags' }], 50);
        await sql`CREATE TEMP TABLE IF NOT EXISTS search_hits (seq BIGINT PRIMARY KEY, rank DOUBLE PRECISION)`.execute(
          db,
        );
        await sql`DELETE FROM search_hits`.execute(db);
        await sql`INSERT INTO search_hits (seq, rank) ${hits}`.execute(db);
        const keys = withTieBreak([
          {
            name: 'score',
            column: 'score',
            expression: sql`(SELECT -h.rank FROM search_hits AS h WHERE h.seq = a.seq)`,
            direction: 'desc',
            nullable: false,
          },
        ]);
        const page = await pageOfHits(db, plan, { keys, limit: 100, start: undefined }, parts[0]);
        const { rows: expected } = await sql<{ seq: number }>`
      SELECT a.seq FROM search_hits AS h JOIN assets AS a ON a.seq = h.seq
      WHERE a.cloud = ${CLOUD} AND a.resource_type = 'image' ORDER BY -h.rank DESC, a.seq DESC`.execute(db);
        assert.ok(expected.length > 10);
        assert.deepEqual(
          page.found.map(({ seq }) => seq),
          expected.map(({ seq }) => seq),
        );
        assert.ok(page.since, 'it says that not everything was looked at');
      });
    });

    test('any expression is searched or answers 400', async () => {
      const { db } = catalog;
      const field = fc.oneof(
        fc.constantFrom(...Object.keys(ASSET_FIELDS)),
        fc
          .tuple(
            fc.constantFrom(...Object.keys(ASSET_FIELDS)),
            fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
          )
          .map(([name, path]) => `${name}.${path.replace(/[^A-Za-z0-9.]/gu, '\\$&')}`),
      );
      const value = fc.oneof(
        fc.constantFrom(
          '3d',
          '99999y',
          '1e300',
          '2026-01-01',
          '16:9',
          'true',
          '*',
          'a/*',
          '*b*',
          '\u0000',
          "'",
          '\u{e000}',
          '99999999999',
        ),
        fc.string({ unit: 'binary', maxLength: 6 }),
      );
      const quoted = value.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
      const clauses = fc.oneof(
        quoted,
        fc.tuple(field, fc.constantFrom(':', '=', '>', '<='), quoted).map((parts) => parts.join('')),
        fc.tuple(field, quoted, quoted).map(([name, from, to]) => `${name}:[${from} TO ${to}}`),
      );
      let searched = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(clauses, { minLength: 1, maxLength: 3 }),
          fc.constantFrom(' AND ', ' OR ', ' -'),
          async (list, between) => {
            try {
              const plan = await makePlan(catalog, CLOUD, compiled(list.join(between)), WAYS.walks);
              await findPage(db, plan, { keys: withTieBreak(SORTS[0]!), limit: 5, start: undefined });
              await countRows(db, plan, undefined);
              searched++;
            } catch (error) {
              if (!(error instanceof SignetError) || error.status !== 400) throw error;
            }
          },
        ),
        { numRuns: 400 },
      );
      assert.ok(searched > 50);
    });

    test('totals: closed fields and single indexes are exact at any size, the rest is an estimate near the truth', async () => {
      const { db } = catalog;
      const limits: Limits = { ...LIMITS, small: 0, exact: 0, sample: 5000 };
      const totalOf = async (text: string) =>
        countRows(db, await makePlan(catalog, CLOUD, compiled(text), limits), undefined);
      const exact = async (text: string) => countRows(db, await makePlan(catalog, CLOUD, compiled(text)), undefined);
      for (const text of [
        '',
        'resource_type:video',
        '-format:jpg AND status:active',
        'tags=t1',
        'bytes>20',
        'folder:"f3/*"',
      ])
        assert.deepEqual(await totalOf(text), await exact(text), text);
      for (const text of ['tags=odd AND bytes>20', '-tags:odd', 'width>3 OR -tags:odd']) {
        const { count, estimated } = await totalOf(text);
        assert.equal(estimated, true, text);
        const { count: truth } = await exact(text);
        assert.ok(Math.abs(count - truth) <= truth * 0.1 + 2, `${text}: ${count} for ${truth}`);
      }
      const grouped = await aggregate(db, await makePlan(catalog, CLOUD, compiled('tags=odd'), limits), [
        'resource_type',
      ]);
      assert.equal(grouped.estimated, true);
      assert.ok((grouped.aggregations.resource_type!.image ?? 0) > 100);
    });

    test('the tables of counts and words follow every change of a row', async () => {
      const { db, dialect } = catalog;
      const check = async () => {
        const { rows: kept } = await sql`SELECT cloud, resource_type, type, status, access_mode, format, amount AS n
      FROM asset_counts WHERE amount <> 0 ORDER BY 1, 2, 3, 4, 5, 6`.execute(db);
        const { rows: counted } = await sql`SELECT cloud, resource_type, type, status, access_mode,
      coalesce(format, '') AS format, count(*) AS n FROM assets GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6`.execute(
          db,
        );
        assert.deepEqual(kept, counted);
        if (!catalog.shared)
          rawOf(catalog).exec(`INSERT INTO asset_text (asset_text, rank) VALUES ('integrity-check', 0)`);
      };
      const hits = async (text: string): Promise<number[]> => {
        const { rows } = await sql<{
          seq: number;
        }>`${dialect.assetsWithPhrase({ text, prefix: false }, 'tags')}`.execute(db);
        return rows.map(({ seq }) => seq);
      };
      await check();
      await db
        .updateTable('assets')
        .set({ format: 'gif', status: 'active', tags: '["fresh"]' })
        .where('seq', '<', 40)
        .execute();
      await db.deleteFrom('assets').where('seq', '>', 390).execute();
      await check();
      assert.equal((await hits('fresh')).length, 39);
      assert.deepEqual(
        (await hits('odd')).filter((seq) => seq < 40),
        [],
      );
    });
  });
