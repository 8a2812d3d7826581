import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type { Kysely, KyselyPlugin, Transaction } from 'kysely';
import type { Database } from './schema.ts';

export type Work<T> = (tx: Transaction<Database>) => Promise<T>;

export interface Waiting {
  readonly run: (tx: Transaction<Database>) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs all of them in one transaction, each in a savepoint. @returns what to tell whom, once that is durable */
export type Commit = (batch: readonly Waiting[]) => Promise<readonly (() => void)[]>;

export interface SqliteCommitOptions {
  readonly db: Kysely<Database>;
  readonly raw: DatabaseSync;
  /** Rows written so far by this connection. */
  readonly changes: () => number;
  /** Makes what has been committed durable, without stopping the event loop. */
  readonly sync: () => Promise<void>;
}

/** SQLite's own fsync, which would stop the event loop, is off meanwhile. */
export function sqliteCommit({ db, raw, changes, sync }: SqliteCommitOptions): Commit {
  const begin = raw.prepare('SAVEPOINT work');
  const keep = raw.prepare('RELEASE work');
  let broken: unknown;

  const runAll = (batch: readonly Waiting[]): Promise<(() => void)[]> =>
    db.connection().execute(async (connection) => {
      raw.exec('PRAGMA synchronous = NORMAL');
      try {
        return await connection.transaction().execute(async (tx) => {
          const outcomes: (() => void)[] = [];
          for (const { run, resolve, reject } of batch) {
            begin.run();
            try {
              const value = await run(tx);
              keep.run();
              outcomes.push(() => resolve(value as never));
            } catch (error) {
              // SQLite has given up the whole transaction (a full disk): nobody gets what he wrote.
              if (!raw.isTransaction) throw error;
              raw.exec('ROLLBACK TO work; RELEASE work');
              outcomes.push(() => reject(error));
            }
          }
          return outcomes;
        });
      } finally {
        raw.exec('PRAGMA synchronous = FULL');
      }
    });

  return async (batch) => {
    const before = changes();
    const outcomes = await runAll(batch);
    // After a failure the kernel forgets which pages it could not write: a later success would say nothing of them.
    if (broken !== undefined) throw broken;
    if (changes() !== before)
      await sync().catch((error: unknown) => {
        broken = error;
        throw error;
      });
    return outcomes;
  };
}

/**
 * Transactions that share commits: what is asked for while one commit is on its way to the disk goes into the next, all
 * of it together, each work in a savepoint of its own. So a commit's fsync, and the pages that all of them write (the
 * ends of the indexes), are paid once for many.
 */
export function createTransactions(commit: Commit) {
  const inside = new AsyncLocalStorage<{ open: boolean }>();
  let waiting: Waiting[] = [];
  let draining = false;

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        for (const tell of await commit(batch)) tell();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    draining = false;
  };

  return {
    /** Whether the caller runs inside a transaction. */
    isInside: (): boolean => inside.getStore()?.open === true,

    run<T>(work: Work<T>): Promise<T> {
      if (inside.getStore()?.open) return Promise.reject(new Error('Expected no transaction inside a transaction'));
      const scope = { open: true };
      // What was started inside and goes on afterwards may ask the catalog again.
      const close = () => {
        scope.open = false;
      };
      return new Promise<T>((resolve, reject) => {
        const run = AsyncLocalStorage.bind((tx: Transaction<Database>) =>
          inside.run(scope, () => work(tx)).finally(close),
        );
        waiting.push({ run, resolve, reject });
        if (draining) return;
        draining = true;
        // What else becomes ready in this turn of the event loop goes along.
        setImmediate(() => void drain());
      });
    },
  };
}

/** Whoever asks `db` inside a transaction would wait for himself (SQLite) or read what is not yet so (PostgreSQL). */
export const refuseInside = ({ isInside }: { isInside(): boolean }): KyselyPlugin => ({
  transformQuery({ node }) {
    if (isInside())
      throw new Error('Expected the transaction to be asked inside a transaction, not the catalog itself');
    return node;
  },
  transformResult: async ({ result }) => result,
});
