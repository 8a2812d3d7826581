import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { Database } from './schema.ts';

const NOTHING = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

/**
 * The embedded catalog: `node:sqlite` behind Kysely's own SQLite dialect, which asks for three methods of a statement.
 * Statements are cached by their text: preparing costs more than running.
 */
class CachedStatements {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, { reader: boolean; statement: StatementSync }>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  prepare(sql: string) {
    // SQLite has done so itself when the disk was full; its refusal would hide that.
    if (sql === 'rollback' && !this.#database.isTransaction) return NOTHING;
    let cached = this.#statements.get(sql);
    if (cached === undefined) {
      const statement = this.#database.prepare(sql);
      cached = { statement, reader: statement.columns().length > 0 };
      // Lists of bound ids give an unbounded number of texts: drop the oldest.
      if (this.#statements.size >= 500) this.#statements.delete(this.#statements.keys().next().value!);
      this.#statements.set(sql, cached);
    }
    const { statement, reader } = cached;
    return {
      reader,
      all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters: readonly unknown[]) => {
        const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]));
        return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
      },
      iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
    };
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

export interface SqliteCatalog {
  readonly db: Kysely<Database>;
  /** The raw connection, for FTS5 and for hot statements. */
  readonly raw: DatabaseSync;
}

/**
 * Opens (and makes) the database file. WAL with `synchronous=FULL`: a statement that returned is on the disk. Transactions
 * of the catalog wait for the disk together (`catalog.ts`).
 */
export function openSqlite(file: string): SqliteCatalog {
  // It holds the secrets of all keys. SQLite gives its log the same mode.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  const raw = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'busy_timeout = 5000',
    'temp_store = MEMORY',
    'cache_size = -16000',
    'mmap_size = 268435456',
    'wal_autocheckpoint = 16000',
    // The log grows for as long as somebody reads an old state (a backup); afterwards the disk has that back.
    'journal_size_limit = 67108864',
  ])
    raw.exec(`PRAGMA ${pragma}`);
  const db = new Kysely<Database>({
    dialect: new SqliteDialect({ database: async () => new CachedStatements(raw) as never }),
  });
  return { db, raw };
}
