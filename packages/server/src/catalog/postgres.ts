import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { ERRORS } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { assetRows } from './assets.ts';
import type { Catalog } from './catalog.ts';
import { CHANNEL } from './migrations/postgres/news.ts';
import { POSTGRES } from './postgres-dialect.ts';
import { migratePostgres } from './postgres-migrate.ts';
import { createNews } from './postgres-news.ts';
import type { Database } from './schema.ts';
import { createTransactions, refuseInside, type Waiting } from './transactions.ts';

/** Integers of eight bytes and sums of them, as numbers: exact up to 2^53, as in SQLite. */
const NUMBERS: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    NUMBERS.has(id) ? Number : pg.types.getTypeParser(id, format as 'text'),
} as unknown as pg.CustomTypesConfig;

/** A text of PostgreSQL cannot hold U+0000. */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\u{fffd}') : value;

/** What a client can mend is told to him: an entry of an ordered index has about 2,700 bytes at most. */
function explain(error: pg.DatabaseError): never {
  if (error.code === '54000' && /index row/.test(error.message))
    throw ERRORS.BadRequest('Expected texts of at most 2,600 bytes for what is looked up but received a longer one');
  throw error;
}

class Client extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's method has a dozen signatures
  override query(config: any, values?: any, callback?: any): any {
    const result = super.query(config, Array.isArray(values) ? values.map(storable) : values, callback) as unknown;
    return result instanceof Promise ? result.catch(explain) : result;
  }
}

/** Numbers of the advisory locks: any, if they are always the same. */
const WRITING = 5_349_112_002;
const ALONE = 5_349_112_003;

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST/DATABASE` */
  readonly url: string;
  /** Connections at most, besides the one that hears of changes. Default 10. */
  readonly connections?: number;
  readonly log?: Log | undefined;
}

/**
 * The catalog for several servers: PostgreSQL 14 or newer, in UTF-8, with ICU.
 *
 * Transactions take turns over all processes (an advisory lock), as they do in SQLite: what one reads and then writes,
 * no other changes in between. As there, those that wait meanwhile are committed together.
 *
 * @throws when the database cannot be reached or is not fit for it
 */
export async function openPostgres({ url, connections = 10, log }: PostgresOptions): Promise<Catalog> {
  const connection = {
    connectionString: url,
    application_name: 'signet',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types,
    // A process that stands still must not hold the others up for ever.
    idle_in_transaction_session_timeout: 30_000,
    lock_timeout: 60_000,
    statement_timeout: 120_000,
  };
  const pool = new pg.Pool({ ...connection, Client, max: connections, idleTimeoutMillis: 60_000 });
  const lost = (error: Error) => log?.warn({ err: error.message }, 'a connection to the catalog is lost');
  pool.on('error', lost);
  // The pool hears only of those that nobody uses; what is asked of a lost one fails by itself.
  pool.on('connect', (client) => client.on('error', lost));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const news = createNews(async () => {
    const client = new Client({ ...connection, statement_timeout: 0 });
    await client.connect();
    return client;
  }, log);
  try {
    await check(db);
    await migratePostgres(db);
    await news.listen();
  } catch (error) {
    await news.close();
    await db.destroy();
    throw new Error(`The catalog in PostgreSQL cannot be opened: ${(error as Error).message}`, { cause: error });
  }

  const commit = async (batch: readonly Waiting[]): Promise<readonly (() => void)[]> => {
    const message = news.ownMessage();
    let heard: Promise<void> | undefined;
    const outcomes = await db.transaction().execute(async (tx) => {
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(WRITING)})`.execute(tx);
      const outcomes: (() => void)[] = [];
      for (const work of batch) outcomes.push(await inSavepoint(tx, work));
      const { rows } = await sql`SELECT pg_notify(${CHANNEL}, ${message})
        WHERE pg_current_xact_id_if_assigned() IS NOT NULL`.execute(tx);
      if (rows.length > 0) heard = news.heard(message);
      return outcomes;
    });
    // Whoever is told of a change finds nothing in this process that is older.
    await heard;
    return outcomes;
  };
  const transactions = createTransactions(commit);

  return {
    db: db.withPlugin(refuseInside(transactions)),
    dialect: POSTGRES,
    shared: true,
    assets: assetRows(),
    transaction: transactions.run,
    withConnection: (work) => db.connection().execute(work),
    alone: (work) =>
      db.connection().execute(async (one) => {
        await sql`SELECT pg_advisory_lock(${sql.lit(ALONE)})`.execute(one);
        try {
          return await work();
        } finally {
          await sql`SELECT pg_advisory_unlock(${sql.lit(ALONE)})`.execute(one);
        }
      }),
    changesOf: news.countOf,
    watch: news.watch,
    async close() {
      await news.close();
      await db.destroy();
    },
  };
}

/** @returns what to tell whom, once everything is committed */
async function inSavepoint(tx: Transaction<Database>, { run, resolve, reject }: Waiting): Promise<() => void> {
  await sql`SAVEPOINT work`.execute(tx);
  try {
    const value = await run(tx);
    await sql`RELEASE work`.execute(tx);
    return () => resolve(value as never);
  } catch (error) {
    await sql`ROLLBACK TO work`.execute(tx);
    await sql`RELEASE work`.execute(tx);
    return () => reject(error);
  }
}

async function check(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string; icu: boolean }>`SELECT
    current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
    EXISTS (SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu') AS icu`.execute(db);
  const { version, encoding, icu } = rows[0]!;
  if (version < 140_000) throw new Error(`Expected PostgreSQL 14 or newer but found ${Math.floor(version / 10_000)}`);
  if (encoding !== 'UTF8') throw new Error(`Expected a database with the encoding UTF8 but found ${encoding}`);
  if (!icu) throw new Error('Expected a PostgreSQL that was built with ICU (the collation und-x-icu)');
}
