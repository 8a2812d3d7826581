import type { DatabaseSync } from 'node:sqlite';
import type { Kysely, Transaction } from 'kysely';
import { type AssetRows, assetRows } from './assets.ts';
import { migrate } from './migrate.ts';
import type { Database } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export type Db = Kysely<Database> | Transaction<Database>;

/** What the rest of the server knows of the database. Domain code asks `db` by Kysely and never writes SQL text. */
export interface Catalog {
  readonly db: Kysely<Database>;
  readonly raw: DatabaseSync;
  readonly assets: AssetRows;
  /** Runs `work` in one transaction: everything it wrote is there when this resolves, nothing when it rejects. */
  transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param file path of the SQLite file, or `:memory:` */
export function openCatalog(file: string): Catalog {
  const { db, raw } = openSqlite(file);
  migrate(raw);
  return {
    db,
    raw,
    assets: assetRows(),
    transaction: (work) => db.transaction().execute(work),
    close: () => db.destroy(),
  };
}
