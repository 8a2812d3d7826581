import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Why a job in a worker process did not end well. */
export type WorkerFailure =
  /** took longer than its deadline */
  | 'deadline'
  /** needed more memory than allowed */
  | 'memory'
  /** the process died */
  | 'crash'
  /** the operation threw */
  | 'failed'
  /** a package that the operation needs is not installed */
  | 'missing'
  /** too many jobs wait */
  | 'busy'
  /** the pool is closed or the caller gave up */
  | 'aborted';

export class WorkerError extends Error {
  readonly failure: WorkerFailure;

  constructor(failure: WorkerFailure, message: string) {
    super(message);
    this.name = 'WorkerError';
    this.failure = failure;
  }
}

export interface ProcessPoolOptions {
  /** Module that calls `serveWorker`. */
  readonly program: URL;
  /** Processes at most. Default 2. */
  readonly size?: number;
  /** Resident memory of one process in megabytes; one that exceeds it is killed. Default 1024. */
  readonly memoryMegabytes?: number;
  /** A process without work ends after this time and gives its memory back. Default 30,000. */
  readonly idleMs?: number;
  /** A process is replaced after so many jobs, so that leaks in native code stay small. Default 500. */
  readonly jobsPerProcess?: number;
  /** Default deadline of a job, from its start in a process. Default 30,000. */
  readonly deadlineMs?: number;
  /** Jobs that may wait. Default 256. */
  readonly queueLimit?: number;
}

export interface JobOptions {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: number) => void;
}

export interface ProcessPool {
  /** Runs an operation of the worker program. Rejects with WorkerError. */
  run(operation: string, args: unknown, options?: JobOptions): Promise<unknown>;
  /** Processes alive, jobs running and waiting. */
  stats(): { processes: number; running: number; waiting: number };
  /** Ends every process; jobs under way reject with `aborted`. */
  close(): Promise<void>;
}

interface Job {
  readonly operation: string;
  readonly args: unknown;
  readonly options: JobOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WorkerError) => void;
}

interface Slot {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  jobs: number;
  finish: ((outcome: FromWorker | WorkerError) => void) | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

const MEMORY_POLL_MS = 200;

/** Resident memory of a process in megabytes; undefined where there is no /proc (the worker then watches itself). */
async function residentMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** URL of a worker program beside the calling module, whether it runs as `.ts` or compiled to `.js`. */
export function workerProgram(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);
}

/**
 * A small pool of child processes for decoders that must not be able to take the server down: native code that may crash,
 * hang or eat memory on hostile input. Processes start with the first job and end when idle. One job per process at a time.
 */
export function createProcessPool(options: ProcessPoolOptions): ProcessPool {
  const size = options.size ?? 2;
  const memoryMegabytes = options.memoryMegabytes ?? 1024;
  const idleMs = options.idleMs ?? 30_000;
  const jobsPerProcess = options.jobsPerProcess ?? 500;
  const queueLimit = options.queueLimit ?? 256;
  const slots = new Set<Slot>();
  const waiting: Job[] = [];
  let closed = false;

  function start(): Slot {
    const child = fork(fileURLToPath(options.program), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${Math.min(memoryMegabytes, 4096)}`],
      // Nothing of the server's environment goes along: it holds secrets. Two arenas keep glibc from hoarding freed memory.
      env: { PATH: process.env.PATH ?? '', MALLOC_ARENA_MAX: '2', SIGNET_WORKER_MEMORY: String(memoryMegabytes) },
    });
    const slot: Slot = {
      child,
      exited: new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.once('error', () => resolve());
      }),
      jobs: 0,
      finish: undefined,
      idleTimer: undefined,
    };
    child.on('message', (message) => slot.finish?.(message as FromWorker));
    child.once('error', (error) => slot.finish?.(new WorkerError('crash', `worker process: ${error.message}`)));
    void slot.exited.then(() => {
      slots.delete(slot);
      clearTimeout(slot.idleTimer);
      slot.finish?.(
        new WorkerError('crash', `worker process ended (${child.signalCode ?? child.exitCode ?? 'not started'})`),
      );
      pump();
    });
    slots.add(slot);
    return slot;
  }

  function stop(slot: Slot): void {
    slots.delete(slot);
    slot.child.kill('SIGKILL');
  }

  function rest(slot: Slot): void {
    if (!slots.has(slot)) return;
    if (closed || slot.jobs >= jobsPerProcess) {
      stop(slot);
      return;
    }
    slot.child.unref();
    slot.child.channel?.unref();
    slot.idleTimer = setTimeout(() => stop(slot), idleMs);
    slot.idleTimer.unref();
  }

  function begin(slot: Slot, job: Job): void {
    clearTimeout(slot.idleTimer);
    slot.child.ref();
    slot.child.channel?.ref();
    slot.jobs++;
    const deadlineMs = job.options.deadlineMs ?? options.deadlineMs ?? 30_000;
    const give = (failure: WorkerFailure, message: string) => finish(new WorkerError(failure, message));
    const timer = setTimeout(() => give('deadline', `${job.operation} took longer than ${deadlineMs} ms`), deadlineMs);
    const watch = setInterval(() => {
      void residentMegabytes(slot.child.pid ?? 0).then((megabytes = 0) => {
        if (megabytes > memoryMegabytes) give('memory', `${job.operation} needed more than ${memoryMegabytes} MB`);
      });
    }, MEMORY_POLL_MS);
    const onAbort = () => give('aborted', `${job.operation} was aborted`);
    job.options.signal?.addEventListener('abort', onAbort, { once: true });

    function finish(outcome: FromWorker | WorkerError): void {
      if (slot.finish !== finish) return;
      if (!(outcome instanceof WorkerError) && outcome.kind === 'progress') {
        job.options.onProgress?.(outcome.value);
        return;
      }
      slot.finish = undefined;
      clearTimeout(timer);
      clearInterval(watch);
      job.options.signal?.removeEventListener('abort', onAbort);
      if (outcome instanceof WorkerError) {
        stop(slot);
        job.reject(outcome);
      } else if (outcome.kind === 'error') {
        rest(slot);
        job.reject(new WorkerError(outcome.missing ? 'missing' : 'failed', outcome.message));
      } else {
        rest(slot);
        job.resolve(outcome.value);
      }
      pump();
    }
    slot.finish = finish;
    const message: ToWorker = { operation: job.operation, args: job.args };
    slot.child.send(message, (error) => {
      if (error) give('crash', `worker process: ${error.message}`);
    });
  }

  function pump(): void {
    while (waiting.length > 0 && !closed) {
      const idle = [...slots].find((slot) => slot.finish === undefined);
      if (idle === undefined && slots.size >= size) return;
      const job = waiting.shift()!;
      if (job.options.signal?.aborted) job.reject(new WorkerError('aborted', `${job.operation} was aborted`));
      else begin(idle ?? start(), job);
    }
  }

  return {
    run(operation, args, jobOptions = {}) {
      return new Promise((resolve, reject) => {
        if (closed) reject(new WorkerError('aborted', 'the worker pool is closed'));
        else if (waiting.length >= queueLimit) reject(new WorkerError('busy', `more than ${queueLimit} jobs wait`));
        else {
          waiting.push({ operation, args, options: jobOptions, resolve, reject });
          pump();
        }
      });
    },
    stats() {
      const running = [...slots].filter((slot) => slot.finish !== undefined).length;
      return { processes: slots.size, running, waiting: waiting.length };
    },
    async close() {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(new WorkerError('aborted', 'the worker pool is closed'));
      const all = [...slots];
      for (const slot of all) {
        // Idle processes do not keep us alive; waiting for their end has to.
        slot.child.ref();
        if (slot.finish) slot.finish(new WorkerError('aborted', 'the worker pool is closed'));
        else stop(slot);
      }
      await Promise.all(all.map((slot) => slot.exited));
    },
  };
}
