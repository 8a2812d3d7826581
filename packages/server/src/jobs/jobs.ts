import type { Catalog, Db } from '../catalog/catalog.ts';
import type { JobRow } from '../catalog/schema.ts';
import type { Log } from '../observe/log.ts';

/** What a job does; it may run again after a crash, so it must not mind having run before. */
export interface JobKind<P = unknown> {
  readonly name: string;
  /** Seconds to wait before the second, third … attempt; the job has failed after the last one. */
  readonly backoff: readonly number[];
  run(payload: P, job: JobRow): Promise<void>;
  /** Called once when the last attempt has failed. */
  failed?(payload: P, error: Error, job: JobRow): Promise<void>;
}

export interface NewJob {
  readonly kind: string;
  readonly cloud: string;
  readonly payload: unknown;
  /** Milliseconds since 1970; default now. */
  readonly runAt?: number;
}

export interface JobsOptions {
  readonly catalog: Catalog;
  readonly log: Log;
  readonly clock: () => number;
  /** Jobs that run at the same time. Default 2. */
  readonly concurrency?: number;
  /** Milliseconds between looks at the table when nothing wakes it. Default 1000. */
  readonly interval?: number;
}

/** Milliseconds a running job is held before another start may take it: a crash leaves it locked. */
const LEASE = 15 * 60_000;

/**
 * Jobs on the catalog: a row written with the change that needs it is run after the commit, survives a restart, and
 * is tried again with growing pauses. At start everything locked is set free: there is one process per catalog.
 */
export function createJobs({ catalog, log, clock, concurrency = 2, interval = 1000 }: JobsOptions) {
  const { db } = catalog;
  const kinds = new Map<string, JobKind>();
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let looking = false;
  let wanted = false;

  const attempt = async (job: JobRow): Promise<void> => {
    const kind = kinds.get(job.kind);
    const payload: unknown = JSON.parse(job.payload);
    const attempts = job.attempts + 1;
    try {
      if (kind === undefined) throw new Error(`No job kind ${job.kind}`);
      await kind.run(payload, job);
      await db
        .updateTable('jobs')
        .set({ status: 'done', attempts, locked_until: null, last_error: null, updated_at: clock() })
        .where('id', '=', job.id)
        .execute();
    } catch (thrown) {
      const error = thrown as Error;
      const pause = kind?.backoff[attempts - 1];
      const again = pause !== undefined;
      log[again ? 'info' : 'warn'](
        { job: job.id, kind: job.kind, attempts, err: error.message },
        again ? `job failed, next attempt in ${pause} s` : 'job failed for good',
      );
      await db
        .updateTable('jobs')
        .set({
          status: again ? 'waiting' : 'failed',
          attempts,
          locked_until: null,
          last_error: error.message.slice(0, 2000),
          run_at: clock() + (pause ?? 0) * 1000,
          updated_at: clock(),
        })
        .where('id', '=', job.id)
        .execute();
      if (!again)
        await kind
          ?.failed?.(payload, error, job)
          .catch((failure: Error) => log.error({ err: failure }, 'job failure handler failed'));
    }
  };

  const look = async (): Promise<void> => {
    wanted = true;
    if (looking || closed) return;
    looking = true;
    try {
      while (wanted && !closed) {
        wanted = false;
        const free = concurrency - running.size;
        if (free <= 0) break;
        const now = clock();
        const due = await db
          .selectFrom('jobs')
          .selectAll()
          .where('status', '=', 'waiting')
          .where('run_at', '<=', now)
          .orderBy('run_at')
          .orderBy('id')
          .limit(free)
          .execute();
        for (const job of due) {
          await db
            .updateTable('jobs')
            .set({ status: 'running', locked_until: now + LEASE, updated_at: now })
            .where('id', '=', job.id)
            .execute();
          const run = attempt(job)
            .catch((error: Error) => log.error({ err: error }, 'job bookkeeping failed'))
            .finally(() => {
              running.delete(run);
              void look();
            });
          running.add(run);
        }
      }
    } catch (error) {
      if (!closed) log.error({ err: error }, 'looking for jobs failed');
    } finally {
      looking = false;
    }
  };

  return {
    register<P>(kind: JobKind<P>): void {
      kinds.set(kind.name, kind as JobKind);
    },

    /** Writes the job in the caller's transaction; call {@link wake} after the commit. */
    async enqueue(tx: Db, job: NewJob): Promise<number> {
      const now = clock();
      const { id } = await tx
        .insertInto('jobs')
        .values({
          kind: job.kind,
          cloud: job.cloud,
          payload: JSON.stringify(job.payload),
          max_attempts: (kinds.get(job.kind)?.backoff.length ?? 0) + 1,
          run_at: job.runAt ?? now,
          created_at: now,
          updated_at: now,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },

    /** Looks for due jobs now. */
    wake(): void {
      void look();
    },

    async start(): Promise<void> {
      await db
        .updateTable('jobs')
        .set({ status: 'waiting', locked_until: null })
        .where('status', '=', 'running')
        .execute();
      timer = setInterval(() => void look(), interval);
      timer.unref();
      void look();
    },

    /** Waits until nothing is due and nothing runs; for tests and for draining. */
    async idle(): Promise<void> {
      for (;;) {
        await look();
        if (running.size > 0) await Promise.race(running);
        else if (looking) await new Promise((resolve) => setImmediate(resolve));
        else {
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
          if (left.length === 0 && running.size === 0 && !looking) return;
        }
      }
    },

    /** Forgets finished jobs older than `before` (milliseconds since 1970). */
    async sweep(before: number): Promise<void> {
      await db.deleteFrom('jobs').where('status', 'in', ['done', 'failed']).where('updated_at', '<', before).execute();
    },

    /** Starts no more jobs and waits for the running ones. */
    async close(): Promise<void> {
      closed = true;
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;
