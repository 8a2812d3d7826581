import { closeSync, fdatasync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Kysely, KyselyPlugin, Transaction } from 'kysely';
import { type AssetRows, assetRows } from './assets.ts';
import { migrate } from './migrate.ts';
import type { Database } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { createTransactions } from './transactions.ts';

export type Db = Kysely<Database> | Transaction<Database>;

/** What the rest of the server knows of the database. Domain code asks `db` by Kysely and never writes SQL text. */
export interface Catalog {
  readonly db: Kysely<Database>;
  readonly raw: DatabaseSync;
  readonly assets: AssetRows;
  /**
   * Runs `work` in one transaction: everything it wrote is on the disk when this resolves, so an answered upload survives
   * a killed process and a lost power supply; nothing is there when `work` rejects. Inside, only `tx` may be asked: there
   * is one connection, and whoever asks `db` would wait for himself for ever.
   */
  transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T>;
  /** Grows with every row that is written: what was read from the catalog is still so while it stays the same. */
  changes(): number;
  close(): Promise<void>;
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

/** @param file path of the SQLite file, or `:memory:` */
export function openCatalog(file: string): Catalog {
  const { db, raw } = openSqlite(file);
  migrate(raw);
  const log = openLog(file);
  const changes = raw.prepare('SELECT total_changes()');
  changes.setReturnArrays(true);
  const countChanges = (): number => (changes.get() as unknown as [number])[0];
  const transactions = createTransactions({ db, raw, changes: countChanges, sync: log.sync });
  const refuseInside: KyselyPlugin = {
    transformQuery({ node }) {
      if (transactions.isInside())
        throw new Error('Expected the transaction to be asked inside a transaction, not the catalog itself');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    db: db.withPlugin(refuseInside),
    raw,
    assets: assetRows(raw),
    transaction: transactions.run,
    changes: countChanges,
    async close() {
      await db.destroy();
      log.close();
    },
  };
}
