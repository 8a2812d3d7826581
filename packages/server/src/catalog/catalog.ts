import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type { Kysely, KyselyPlugin, Transaction } from 'kysely';
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
  /**
   * Runs `work` in one transaction: everything it wrote is there when this resolves, nothing when it rejects. Inside,
   * only `tx` may be asked: there is one connection, and whoever asks `db` would wait for himself for ever.
   */
  transaction<T>(work: (tx: Transaction<Database>) => Promise<T>): Promise<T>;
  /** Grows with every row that is written: what was read from the catalog is still so while it stays the same. */
  changes(): number;
  close(): Promise<void>;
}

/** @param file path of the SQLite file, or `:memory:` */
export function openCatalog(file: string): Catalog {
  const { db, raw } = openSqlite(file);
  migrate(raw);
  const changes = raw.prepare('SELECT total_changes()');
  changes.setReturnArrays(true);
  const inside = new AsyncLocalStorage<{ open: boolean }>();
  const refuseInside: KyselyPlugin = {
    transformQuery({ node }) {
      if (inside.getStore()?.open)
        throw new Error('Expected the transaction to be asked inside a transaction, not the catalog itself');
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    db: db.withPlugin(refuseInside),
    raw,
    assets: assetRows(),
    async transaction(work) {
      if (inside.getStore()?.open) throw new Error('Expected no transaction inside a transaction');
      const scope = { open: true };
      try {
        return await inside.run(scope, () => db.transaction().execute(work));
      } finally {
        // What was started inside and goes on afterwards may ask the catalog again.
        scope.open = false;
      }
    },
    changes: () => (changes.get() as unknown as [number])[0],
    close: () => db.destroy(),
  };
}
