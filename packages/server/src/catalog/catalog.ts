import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Kysely, Transaction } from 'kysely';
import { Thread } from '../thread.ts';
import { type AssetIdentity, type AssetRows, assetRows } from './assets.ts';
import type { Dialect } from './dialect.ts';
import { migrate } from './migrate.ts';
import type { Database } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { addTextFunctions, SQLITE } from './sqlite-dialect.ts';
import { assetStamps } from './stamps.ts';
import { createTransactions, refuseInside, sqliteCommit } from './transactions.ts';

export type Db = Kysely<Database> | Transaction<Database>;

/** What processes keep in memory of the catalog. */
export type KeptTopic = 'accounts' | 'metadata';

/** What the rest of the server knows of the database. Domain code asks `db` by Kysely; what differs is in `dialect`. */
export interface Catalog {
  readonly db: Kysely<Database>;
  readonly dialect: Dialect;
  /** Other servers may use the same database at the same time. */
  readonly shared: boolean;
  readonly assets: AssetRows;
  /**
   * Runs `work` in one transaction: everything it wrote is on the disk when this resolves, so an answered upload survives
   * a killed process and a lost power supply; nothing is there when `work` rejects. Transactions run one after the other,
   * over all servers of the database. Inside, only `tx` may be asked.
   */
  transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T>;
  /** Runs `work` on a connection that is its own meanwhile, for temporary tables. */
  withConnection<T>(work: (connection: Db) => Promise<T>): Promise<T>;
  /** Runs `work` while no other server does so: what is made at a start when it is missing. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /**
   * A count that is another one when somebody else may have changed such rows; NaN when nobody knows. (What this server
   * changes, it forgets by itself.)
   */
  changesOf(topic: KeptTopic): number;
  /** The same for assets: another count when one of them may have changed, by whomever; NaN when nobody knows. */
  watch(identities: readonly AssetIdentity[]): () => number;
  /** What decides of an asset whether and how it is delivered, at once; only where the database is in this process. */
  readonly stampNow?: (identity: AssetIdentity) => string | undefined;
  close(): Promise<void>;
}

export interface SqliteCatalog extends Catalog {
  readonly raw: DatabaseSync;
}

const syncFile = promisify(fdatasync);

/** SQLite's log, for the fsync that makes commits durable outside the event loop. */
function openLog(file: string) {
  if (file === ':memory:') return { sync: async () => {}, close: () => {} };
  // It exists since the first statement; its name must survive, too.
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
  const log = openSync(`${file}-wal`, 'r+');
  return { sync: () => syncFile(log), close: () => closeSync(log) };
}

export interface CheckpointOrder {
  readonly kind: 'checkpoint' | 'close';
  /** Path of the SQLite file. */
  readonly file: string;
}

const checkpointing = new Thread<CheckpointOrder, undefined>(
  new URL('./checkpoint-worker.js', import.meta.url),
  'checkpoints of the catalog',
);
/** Commits between two checkpoints: some thousand pages when each is of an upload or a few. */
const COMMITS_BETWEEN = 100;

/**
 * Copies what the log of SQLite holds into the database on a thread with a connection of its own; on the event loop it would
 * stop the server for tens of milliseconds each time, and be a third of an upload's work once the catalog is large. What
 * is written meanwhile, and what fails, is left to SQLite's own checkpoint (`wal_autocheckpoint`), which then has little
 * to do and starts the log anew.
 */
function createCheckpoints(file: string) {
  let commits = 0;
  let running: Promise<unknown> | undefined;
  let opened = false;
  return {
    committed(): void {
      if (++commits < COMMITS_BETWEEN || running !== undefined || file === ':memory:') return;
      commits = 0;
      opened = true;
      running = checkpointing
        .ask({ kind: 'checkpoint', file })
        .catch(() => undefined)
        .finally(() => {
          running = undefined;
        });
    },
    /** Before the database is closed: the last connection of all leaves no log behind. */
    async close(): Promise<void> {
      await running;
      if (opened) await checkpointing.ask({ kind: 'close', file }).catch(() => undefined);
    },
  };
}

/** @param file path of the SQLite file, or `:memory:` */
export function openCatalog(file: string): SqliteCatalog {
  const { db, raw } = openSqlite(file);
  migrate(raw);
  const log = openLog(file);
  const changes = raw.prepare('SELECT total_changes()');
  changes.setReturnArrays(true);
  const countChanges = (): number => (changes.get() as unknown as [number])[0];
  const checkpoints = createCheckpoints(file);
  const sync = async () => {
    await log.sync();
    checkpoints.committed();
  };
  const transactions = createTransactions(sqliteCommit({ db, raw, changes: countChanges, sync }));
  addTextFunctions(raw);
  return {
    db: db.withPlugin(refuseInside(transactions)),
    dialect: SQLITE,
    shared: false,
    raw,
    assets: assetRows(raw),
    transaction: transactions.run,
    withConnection: transactions.run,
    alone: (work) => work(),
    changesOf: () => 0,
    watch: () => countChanges,
    stampNow: assetStamps(raw),
    async close() {
      await checkpoints.close();
      await db.destroy();
      log.close();
    },
  };
}
