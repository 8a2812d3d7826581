import { Worker } from 'node:worker_threads';
import { SignetError } from '../../errors.ts';
import type { EffectArgs, EffectExtras } from './effects/effect.ts';
import { EFFECTS } from './effects/index.ts';
import type { Raster } from './raster.ts';

export interface EffectTask {
  name: string;
  raster: Raster;
  args: EffectArgs;
  extras: EffectExtras;
}

export type EffectAnswer = { raster: Raster } | { error: { message: string; code?: string; status?: number } };

export interface EffectThreads {
  /** Runs an effect on a raster that the caller gives away. Rejects with the signal's reason when it aborts. */
  apply(task: EffectTask, signal: AbortSignal): Promise<Raster>;
  close(): Promise<void>;
}

/** Pictures up to this many pixels are done at once on the calling thread: a thread's round trip would take longer. */
const INLINE_PIXELS = 160_000;
/** A thread without work ends after this long. */
const IDLE_MS = 30_000;

interface Thread {
  worker: Worker;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Threads for the effects that run in JavaScript, so that a large picture does not hold up every other request, and so that
 * one that passes its deadline can really be stopped (the thread is ended). They start when needed.
 *
 * @param size threads at a time. The render pool already bounds how many pictures there are, so there is always one free.
 */
export function createEffectThreads(size: number): EffectThreads {
  const idle: Thread[] = [];
  const all = new Set<Thread>();

  const start = (): Thread => {
    const program = import.meta.url.endsWith('.ts') ? './effect-worker.ts' : './effect-worker.js';
    const worker = new Worker(new URL(program, import.meta.url), { execArgv: [] });
    worker.unref();
    const thread: Thread = { worker, timer: undefined };
    all.add(thread);
    worker.once('exit', () => {
      all.delete(thread);
      const at = idle.indexOf(thread);
      if (at >= 0) idle.splice(at, 1);
    });
    return thread;
  };

  const rest = (thread: Thread): void => {
    if (all.size > size) {
      void thread.worker.terminate();
      return;
    }
    idle.push(thread);
    thread.timer = setTimeout(() => void thread.worker.terminate(), IDLE_MS);
    thread.timer.unref();
  };

  const inThread = (task: EffectTask, signal: AbortSignal): Promise<Raster> => {
    const thread = idle.pop() ?? start();
    clearTimeout(thread.timer);
    const { worker } = thread;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void, reusable: boolean): void => {
        worker.removeAllListeners('message');
        worker.removeAllListeners('error');
        signal.removeEventListener('abort', stop);
        if (reusable) rest(thread);
        else void worker.terminate();
        end();
      };
      const stop = (): void => settle(() => reject(signal.reason), false);
      worker.on('message', (answer: EffectAnswer) => {
        if ('raster' in answer) settle(() => resolve(answer.raster), true);
        else settle(() => reject(rebuild(answer.error)), true);
      });
      worker.on('error', (error) => settle(() => reject(error), false));
      signal.addEventListener('abort', stop, { once: true });
      worker.postMessage(task, [task.raster.data.buffer as ArrayBuffer]);
    });
  };

  return {
    async apply(task, signal) {
      signal.throwIfAborted();
      const { raster, name, args, extras } = task;
      if (raster.width * raster.height <= INLINE_PIXELS) return EFFECTS[name]!.apply(raster, args, extras);
      return inThread(task, signal);
    },
    async close() {
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
}

const rebuild = ({ message, code, status }: { message: string; code?: string; status?: number }): Error =>
  code === undefined || status === undefined ? new Error(message) : new SignetError(code, status, message);
