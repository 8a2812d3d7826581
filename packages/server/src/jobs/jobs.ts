import { setTimeout as pause } from 'node:timers/promises';
import type { Catalog, Db } from '../catalog/catalog.ts';
import type { JobRow } from '../catalog/schema.ts';
import type { Log } from '../observe/log.ts';
import { createJobTable, type NewJob } from './job-table.ts';

/**
 * Jobs of a lane wait for each other only. `waits`: they spend their time waiting for another server, so that a slow one
 * delays no rendering. `films`: they take minutes, so that pictures do not stand behind them.
 */
export type Lane = 'computes' | 'waits' | 'films';

/** What a job does; it may run again after a crash, so it must not mind having run before. */
export interface JobKind<P = unknown> {
  readonly name: string;
  /** Seconds to wait before the second, third … attempt; the job has failed after the last one. */
  readonly backoff: readonly number[];
  /** Whose slots it takes. Default `computes`. */
  readonly lane?: Lane;
  /** @param onProgress tells the share that is done, 0–1 */
  run(payload: P, job: JobRow, onProgress: (share: number) => void): Promise<void>;
  /** Called once when the last attempt has failed. */
  failed?(payload: P, error: Error, job: JobRow): Promise<void>;
}

/** What the jobs of a kind do, apart from when. */
export type JobWork<P = unknown> = Pick<JobKind<P>, 'run' | 'failed'>;

/** A kind whose code is loaded with its first job. */
export const loadedLater = <P>(
  when: Omit<JobKind<P>, 'run' | 'failed'>,
  load: () => Promise<JobWork<P>>,
): JobKind<P> => ({
  ...when,
  run: async (...job) => (await load()).run(...job),
  failed: async (...job) => (await load()).failed?.(...job),
});

/** A failure that another attempt cannot mend: the job has failed at once. */
export class HopelessJob extends Error {
  override readonly name = 'HopelessJob';
}

export interface JobsOptions {
  readonly catalog: Catalog;
  readonly log: Log;
  readonly clock: () => number;
  /** Jobs that compute at the same time. Default 2. */
  readonly concurrency?: number;
  /** Jobs that wait for other servers at the same time. Default 16. */
  readonly waiting?: number;
  /** Jobs that make films at the same time. Default 1: a film takes all cores. */
  readonly films?: number;
  /** Milliseconds between looks at the table when nothing wakes it. Default 1000. */
  readonly interval?: number;
}

const RENEWAL = 8_000;
/** Milliseconds a job may be written but not yet committed where others write at the same time. */
const UNSEEN = 10_000;

/**
 * Jobs on the catalog: a row written with the change that needs it is run after the commit, survives a restart, and
 * is tried again with growing pauses. Where the catalog belongs to one server, everything locked is set free at its
 * start; where several share it, each takes what no other is taking.
 */
export function createJobs({
  catalog,
  log,
  clock,
  concurrency = 2,
  waiting = 16,
  films = 1,
  interval = 1000,
}: JobsOptions) {
  const { shared } = catalog;
  const table = createJobTable(catalog, clock);
  const kinds = new Map<string, JobKind>();
  const slots: Readonly<Record<Lane, number>> = { computes: concurrency, waits: waiting, films };
  const running = new Map<Promise<void>, { readonly lane: Lane; readonly id: number }>();
  /** Shares of running jobs that tell them, by job id. */
  const shares = new Map<number, number>();
  /** Who waits for the end of an attempt, by job id. */
  const watchers = new Map<number, Set<() => void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let looking: Promise<void> | undefined;
  let wanted = false;
  /** When a job was last written, and the table last looked at (`performance.now`). */
  let writtenAt = Number.NEGATIVE_INFINITY;
  let lookedAt = 0;
  let renewedAt = 0;

  const attempt = async (job: JobRow): Promise<void> => {
    const kind = kinds.get(job.kind);
    const payload: unknown = JSON.parse(job.payload);
    const attempts = job.attempts + 1;
    try {
      if (kind === undefined) throw new Error(`No job kind ${job.kind}`);
      await kind.run(payload, job, (share) => shares.set(job.id, share));
      await table.end(job.id, { attempts });
    } catch (thrown) {
      const error = thrown as Error;
      const pause = error instanceof HopelessJob ? undefined : kind?.backoff[attempts - 1];
      const again = pause === undefined ? undefined : clock() + pause * 1000;
      log[again === undefined ? 'warn' : 'info'](
        { job: job.id, kind: job.kind, attempts, err: error.message },
        again === undefined ? 'job failed for good' : `job failed, next attempt in ${pause} s`,
      );
      await table.end(job.id, { attempts, error: error.message, again });
      if (again === undefined)
        await kind
          ?.failed?.(payload, error, job)
          .catch((failure: Error) => log.error({ err: failure }, 'job failure handler failed'));
    }
  };

  const lane = (kind: string): Lane => kinds.get(kind)?.lane ?? 'computes';

  /** Takes as many of each lane as have a slot. */
  const takeDueJobs = async (): Promise<JobRow[]> => {
    const due: JobRow[] = [];
    for (const one of ['computes', 'films', 'waits'] as const) {
      const free = slots[one] - [...running.values()].filter((taken) => taken.lane === one).length;
      if (free <= 0) continue;
      // Whatever nobody knows is computed, to fail.
      const own = [...kinds.keys()].filter((kind) => (one === 'computes' ? lane(kind) !== one : lane(kind) === one));
      if (one !== 'computes' && own.length === 0) continue;
      due.push(...(await table.take(one === 'computes' ? 'not in' : 'in', own, free)));
    }
    return due;
  };

  const renewLeases = (): Promise<void> => {
    renewedAt = performance.now();
    return table.renew([...running.values()].map(({ id }) => id));
  };

  const look = (): Promise<void> => {
    wanted = true;
    if (closed) return Promise.resolve();
    looking ??= lookAgain().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const lookAgain = async (): Promise<void> => {
    try {
      while (wanted && !closed) {
        wanted = false;
        lookedAt = performance.now();
        if (shared && lookedAt - renewedAt > RENEWAL) await renewLeases();
        for (const job of await takeDueJobs()) {
          const run = attempt(job)
            .catch((error: Error) => log.error({ err: error }, 'job bookkeeping failed'))
            .finally(() => {
              running.delete(run);
              shares.delete(job.id);
              for (const tell of watchers.get(job.id) ?? []) tell();
              void look();
            });
          running.set(run, { lane: lane(job.kind), id: job.id });
        }
      }
    } catch (error) {
      if (!closed) log.error({ err: error }, 'looking for jobs failed');
    }
  };

  return {
    register<P>(kind: JobKind<P>): void {
      kinds.set(kind.name, kind as JobKind);
    },

    /** Writes the job in the caller's transaction; call {@link wake} after the commit. */
    enqueue(tx: Db, job: NewJob): Promise<number> {
      writtenAt = performance.now();
      return table.insert(tx, job, (kinds.get(job.kind)?.backoff.length ?? 0) + 1);
    },

    /** Share of a running job that is done, 0–1; undefined when it does not tell. */
    progress: (id: number): number | undefined => shares.get(id),

    list: table.list,
    find: table.find,
    /** Forgets finished jobs older than `before` (milliseconds since 1970). */
    sweep: table.sweep,

    /** Runs a waiting job now, and a failed or cancelled one from its first attempt. @returns whether it was one of these */
    async retry(cloud: string, id: number): Promise<boolean> {
      const found = await table.retry(cloud, id);
      void look();
      return found;
    },

    /** Takes a waiting job away; whoever counts on it is told as if it had failed. @returns whether it was waiting */
    async cancel(cloud: string, id: number): Promise<boolean> {
      const job = await table.cancel(cloud, id);
      if (job === undefined) return false;
      await kinds.get(job.kind)?.failed?.(JSON.parse(job.payload), new Error('cancelled'), job);
      return true;
    },

    /** Resolves when each job's attempt that is due has ended, well or not; at the latest after so many milliseconds. */
    async attempted(ids: readonly number[], timeout: number): Promise<void> {
      const open = new Set(ids);
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => end(), timeout);
        const end = () => {
          clearTimeout(timer);
          clearInterval(asking);
          for (const [id, tell] of tells) {
            watchers.get(id)?.delete(tell);
            if (watchers.get(id)?.size === 0) watchers.delete(id);
          }
          resolve();
        };
        const tells = ids.map((id) => {
          const tell = () => {
            open.delete(id);
            if (open.size === 0) end();
          };
          watchers.set(id, (watchers.get(id) ?? new Set()).add(tell));
          return [id, tell] as const;
        });
        // Another server may have taken one, and does not tell us.
        const ask = async (): Promise<void> => {
          for (const id of await table.attemptedAmong([...open])) watchers.get(id)?.forEach((tell) => void tell());
        };
        const asking = shared
          ? setInterval(
              () => void ask().catch((error: Error) => log.debug({ err: error }, 'asking for jobs failed')),
              250,
            )
          : undefined;
        void look();
      });
    },

    /** Looks for due jobs now, if any has been written since the last look, or may not have been seen by it. */
    wake(): void {
      if (writtenAt >= lookedAt - (shared ? UNSEEN : 0)) void look();
    },

    async start(): Promise<void> {
      if (shared) await renewLeases();
      else await table.freeAll();
      timer = setInterval(() => void look(), interval);
      timer.unref();
      void look();
    },

    /** Waits until nothing is due and nothing runs; for tests and for draining. */
    async idle(): Promise<void> {
      for (;;) {
        await look();
        if (running.size > 0) await Promise.race(running.keys());
        else {
          if (!(await table.isBusy()) && running.size === 0 && looking === undefined) return;
          // Another server has it, or it is about to be taken here.
          await pause(shared ? 50 : 0);
        }
      }
    },

    /** Starts no more jobs and waits for the running ones. */
    async close(): Promise<void> {
      closed = true;
      clearInterval(timer);
      await Promise.all(running.keys());
    },
  };
}

export type Jobs = ReturnType<typeof createJobs>;
