import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { syncPath } from '../sync-path.ts';

/** All pages in one step: between steps others may write, and SQLite would begin anew each time. */
const ALL_PAGES = 2 ** 31 - 1;

const ENVIRONMENTS = 'SELECT id FROM clouds';
/** What an asset or a restorable version refers to. */
const NEEDED = 'SELECT blob FROM assets WHERE blob IS NOT NULL UNION SELECT blob FROM versions';

const readOnly = <T>(file: string, work: (database: DatabaseSync) => T): T => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
};

export interface Snapshot {
  /** Of each blob that the catalog refers to; 64 lower-case hexadecimal digits. */
  readonly hashes: readonly string[];
  readonly assets: number;
  readonly environments: number;
  /** Puts the snapshot in the place of what was there, durably. */
  keep(): Promise<void>;
}

/**
 * Whether one catalog goes on from the other: one of them has no environment, or they have one in common.
 *
 * @param file path of an SQLite catalog; it need not exist
 */
export function sameCatalog(file: string, other: string): boolean {
  if (!existsSync(file) || !existsSync(other)) return true;
  const [these, those] = [file, other].map((path) =>
    readOnly(
      path,
      (database) =>
        new Set(
          database
            .prepare(ENVIRONMENTS)
            .all()
            .map(({ id }) => id),
        ),
    ),
  ) as [Set<unknown>, Set<unknown>];
  return these.size === 0 || those.size === 0 || !these.isDisjointFrom(those);
}

/**
 * Copies a catalog, which a server may be using, as it is at one moment (SQLite's online backup). What was at `target` stays
 * until {@link Snapshot.keep}.
 *
 * @param file path of `catalog.sqlite`
 * @param target path of the copy, readable by its owner only: it holds the secrets of all keys
 */
export async function snapshotCatalog(file: string, target: string): Promise<Snapshot> {
  const next = `${target}.next`;
  await rm(next, { force: true });
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(source, next, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
  await chmod(next, 0o600);
  await syncPath(next);
  const count = (database: DatabaseSync, table: string): number =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  const facts = readOnly(next, (database) => ({
    hashes: database
      .prepare(NEEDED)
      .all()
      .map(({ blob }) => String(blob)),
    assets: count(database, 'assets'),
    environments: count(database, 'clouds'),
  }));
  return {
    ...facts,
    async keep() {
      // A log that a killed server has left there would be taken for one of the new file: it goes first, into the old one.
      if (existsSync(`${target}-wal`)) {
        const old = new DatabaseSync(target);
        old.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        old.close();
        await syncPath(dirname(target));
      }
      await rename(next, target);
      for (const suffix of ['-wal', '-shm']) await rm(next + suffix, { force: true });
      await syncPath(dirname(target));
    },
  };
}
