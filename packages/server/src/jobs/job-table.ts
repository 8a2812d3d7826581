import type { Catalog, Db } from '../catalog/catalog.ts';
import type { JobRow } from '../catalog/schema.ts';

export interface NewJob {
  readonly kind: string;
  readonly cloud: string;
  readonly payload: unknown;
  /** Milliseconds since 1970; default now. */
  readonly runAt?: number;
}

export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
export const JOB_STATES: readonly JobState[] = ['waiting', 'running', 'done', 'failed', 'cancelled'];

export interface JobFilter {
  readonly limit?: number;
  /** Id of the last one seen. */
  readonly before?: number | undefined;
  readonly state?: JobState | undefined;
  readonly kind?: string | undefined;
}

/** Milliseconds a running job is held. Its server renews that; when it has died, another takes the job after this time. */
const LEASE = 30_000;

/** How an attempt has ended; `again`: milliseconds since 1970 of the next one. */
export interface Attempt {
  readonly attempts: number;
  readonly error?: string | undefined;
  readonly again?: number | undefined;
}

/** The table of jobs: what is asked of it and written to it, without knowing what jobs do. */
export function createJobTable({ db, dialect }: Pick<Catalog, 'db' | 'dialect'>, clock: () => number) {
  return {
    async insert(tx: Db, job: NewJob, maxAttempts: number): Promise<number> {
      const now = clock();
      const { id } = await tx
        .insertInto('jobs')
        .values({
          kind: job.kind,
          cloud: job.cloud,
          payload: JSON.stringify(job.payload),
          max_attempts: maxAttempts,
          run_at: job.runAt ?? now,
          created_at: now,
          updated_at: now,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },

    /** Takes jobs that are due, in their order: of these kinds, or of all others; of no kinds at all is of every kind. */
    async take(match: 'in' | 'not in', kinds: readonly string[], limit: number): Promise<JobRow[]> {
      const now = clock();
      const ids = db
        .selectFrom('jobs')
        .select('id')
        .where('status', '=', 'waiting')
        .where('run_at', '<=', now)
        .$if(kinds.length > 0, (query) => query.where('kind', match, kinds))
        .orderBy('run_at')
        .orderBy('id')
        .limit(limit);
      const taken = await db
        .updateTable('jobs')
        .set({ status: 'running', locked_until: now + LEASE, updated_at: now })
        .where('id', 'in', dialect.takeRows(ids))
        .returningAll()
        .execute();
      return taken.sort((job, other) => job.run_at - other.run_at || job.id - other.id);
    },

    /** Without an error the job is done; with one it waits for the next attempt, or has failed. */
    async end(id: number, { attempts, error, again }: Attempt): Promise<void> {
      const now = clock();
      const failed = again === undefined ? 'failed' : 'waiting';
      await db
        .updateTable('jobs')
        .set({
          status: error === undefined ? 'done' : failed,
          attempts,
          locked_until: null,
          last_error: error?.slice(0, 2000) ?? null,
          updated_at: now,
          ...(error === undefined ? {} : { run_at: again ?? now }),
        })
        .where('id', '=', id)
        .execute();
    },

    /** Holds on to what runs here, and sets free what a server held that has died. */
    async renew(ids: readonly number[]): Promise<void> {
      const now = clock();
      if (ids.length > 0)
        await db
          .updateTable('jobs')
          .set({ locked_until: now + LEASE })
          .where('id', 'in', ids)
          .execute();
      await db
        .updateTable('jobs')
        .set({ status: 'waiting', locked_until: null })
        .where('status', '=', 'running')
        .where((where) => where.or([where('locked_until', '<', now), where('locked_until', 'is', null)]))
        .execute();
    },

    /** Sets free whatever runs: for the start of the only server. */
    async freeAll(): Promise<void> {
      await db
        .updateTable('jobs')
        .set({ status: 'waiting', locked_until: null })
        .where('status', '=', 'running')
        .execute();
    },

    /** Those of which an attempt has ended. */
    async attemptedAmong(ids: readonly number[]): Promise<number[]> {
      const rows = await db
        .selectFrom('jobs')
        .select('id')
        .where('id', 'in', ids)
        .where((where) => where.or([where('attempts', '>', 0), where('status', 'not in', ['waiting', 'running'])]))
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Whether something runs or is due. */
    async isBusy(): Promise<boolean> {
      const left = await db
        .selectFrom('jobs')
        .select('id')
        .where((where) =>
          where.or([
            where('status', '=', 'running'),
            where.and([where('status', '=', 'waiting'), where('run_at', '<=', clock())]),
          ]),
        )
        .limit(1)
        .execute();
      return left.length > 0;
    },

    /** The newest first. */
    list(cloud: string, { limit = 50, before, state, kind }: JobFilter = {}): Promise<JobRow[]> {
      let query = db.selectFrom('jobs').selectAll().where('cloud', '=', cloud).orderBy('id', 'desc').limit(limit);
      if (before !== undefined) query = query.where('id', '<', before);
      if (state !== undefined) query = query.where('status', '=', state);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      return query.execute();
    },

    find: (cloud: string, id: number): Promise<JobRow | undefined> =>
      db.selectFrom('jobs').selectAll().where('cloud', '=', cloud).where('id', '=', id).executeTakeFirst(),

    /** Runs a waiting job now, and a failed or cancelled one from its first attempt. @returns whether it was one of these */
    async retry(cloud: string, id: number): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('jobs')
        .set((row) => ({
          attempts: row.case().when('status', '=', 'waiting').then(row.ref('attempts')).else(0).end(),
          status: 'waiting',
          run_at: clock(),
          updated_at: clock(),
        }))
        .where('cloud', '=', cloud)
        .where('id', '=', id)
        .where('status', 'in', ['waiting', 'failed', 'cancelled'])
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** @returns the job that has been taken away, if it was waiting */
    cancel(cloud: string, id: number): Promise<JobRow | undefined> {
      return db
        .updateTable('jobs')
        .set({ status: 'cancelled', updated_at: clock() })
        .where('cloud', '=', cloud)
        .where('id', '=', id)
        .where('status', '=', 'waiting')
        .returningAll()
        .executeTakeFirst();
    },

    /** Forgets finished jobs older than `before` (milliseconds since 1970). */
    async sweep(before: number): Promise<void> {
      await db
        .deleteFrom('jobs')
        .where('status', 'in', ['done', 'failed', 'cancelled'])
        .where('updated_at', '<', before)
        .execute();
    },
  };
}
