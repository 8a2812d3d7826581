import type { DatabaseSync } from 'node:sqlite';
import { up as assets } from './migrations/0001-assets.ts';
import { up as management } from './migrations/0002-management.ts';
import { up as search } from './migrations/0003-search.ts';
import { up as jobs } from './migrations/0004-jobs.ts';
import { up as consoleSessions } from './migrations/0005-console-sessions.ts';
import { up as orders } from './migrations/0006-orders.ts';
import { up as sweptBlobs } from './migrations/0008-swept-blobs.ts';

/** In order; a migration that has run is never changed, only followed by another. */
export const MIGRATIONS: readonly { readonly name: string; readonly up: readonly string[] }[] = [
  { name: '0001-assets', up: assets },
  { name: '0002-management', up: management },
  { name: '0003-search', up: search },
  { name: '0004-jobs', up: jobs },
  { name: '0005-console-sessions', up: consoleSessions },
  { name: '0006-orders', up: orders },
  // For several processes on one database; here there is one.
  { name: '0007-news', up: [] },
  { name: '0008-swept-blobs', up: sweptBlobs },
];

/**
 * Brings the database to the newest schema. Running it twice, or in two processes at once, changes nothing the second
 * time: each migration runs in its own exclusive transaction that first asks whether it has run.
 *
 * @returns the names of the migrations that ran.
 */
export function migrate(database: DatabaseSync): string[] {
  database.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, ran_at INTEGER NOT NULL)');
  const ran: string[] = [];
  for (const { name, up } of MIGRATIONS) {
    database.exec('BEGIN EXCLUSIVE');
    try {
      if (database.prepare('SELECT 1 FROM migrations WHERE name = ?').get(name) === undefined) {
        for (const statement of up) database.exec(statement);
        database.prepare('INSERT INTO migrations (name, ran_at) VALUES (?, ?)').run(name, Date.now());
        ran.push(name);
      }
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
    }
  }
  return ran;
}
