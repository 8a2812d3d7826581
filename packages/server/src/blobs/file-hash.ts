import { Worker } from 'node:worker_threads';
import type { Digests } from './store.ts';

/**
 * Hashing of files that are still growing, on a thread of its own: MD5 and SHA-256 of a gigabyte cost two seconds, which
 * the event loop must not spend. The bytes come back from the page cache, so the disk is not read.
 */
export interface FileHash {
  /** Says that the first `upTo` bytes are in the file and will not change. */
  advance(upTo: number): void;
  /** Digests of the first `upTo` bytes. Ends the job. */
  finish(upTo: number): Promise<Digests>;
  /** Gives the job up. Harmless after `finish`. */
  close(): void;
}

export type HashOrder =
  | { readonly id: number; readonly kind: 'open'; readonly path: string }
  | { readonly id: number; readonly kind: 'advance' | 'finish'; readonly upTo: number }
  | { readonly id: number; readonly kind: 'close' };

export type HashAnswer =
  | { readonly id: number; readonly digests: Digests; readonly failure?: undefined }
  | { readonly id: number; readonly failure: string };

interface Job {
  failure?: Error;
  settle?: (result: Digests | Error) => void;
}

/** One thread for the process, started with the first large file. */
let worker: Worker | undefined;
let lastId = 0;
const jobs = new Map<number, Job>();

const failJob = (job: Job, failure: Error): void => {
  job.failure = failure;
  job.settle?.(failure);
};

const stopped = (error: Error): void => {
  worker = undefined;
  for (const job of jobs.values()) failJob(job, error);
};

const theWorker = (): Worker => {
  if (worker) return worker;
  const started = new Worker(new URL('./hash-worker.js', import.meta.url), {
    name: 'hash',
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  });
  started.on('message', (answer: HashAnswer) => {
    const job = jobs.get(answer.id);
    if (!job) return;
    if (answer.failure === undefined) job.settle?.(answer.digests);
    else failJob(job, new Error(answer.failure));
  });
  started.on('error', (error) => stopped(error as Error));
  started.on('exit', () => {
    if (worker === started) stopped(new Error('The hashing thread has stopped'));
  });
  worker = started;
  return started;
};

/** A process must not end while somebody waits for a digest, and not be kept alive by an idle thread. */
const keepAlive = (): void => {
  const waiting = [...jobs.values()].some((job) => job.settle !== undefined);
  if (waiting) worker?.ref();
  else worker?.unref();
};

/** Starts hashing a file from its first byte. */
export function hashFile(path: string): FileHash {
  const id = ++lastId;
  const job: Job = {};
  const send = (order: HashOrder) => theWorker().postMessage(order);
  jobs.set(id, job);
  send({ id, kind: 'open', path });
  keepAlive();
  return {
    advance(upTo) {
      if (jobs.has(id) && !job.failure) send({ id, kind: 'advance', upTo });
    },
    finish(upTo) {
      if (job.failure) return Promise.reject(job.failure);
      if (!jobs.has(id)) return Promise.reject(new Error('The hash was given up'));
      return new Promise<Digests>((resolve, reject) => {
        job.settle = (result) => {
          jobs.delete(id);
          keepAlive();
          if (result instanceof Error) reject(result);
          else resolve(result);
        };
        send({ id, kind: 'finish', upTo });
        keepAlive();
      });
    },
    close() {
      if (!jobs.has(id) || job.settle) return;
      jobs.delete(id);
      if (!job.failure) send({ id, kind: 'close' });
      keepAlive();
    },
  };
}
