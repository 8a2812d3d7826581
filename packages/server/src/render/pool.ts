import { ERRORS, SignetError } from '../errors.ts';

/** A bounded gate in front of expensive work: at most `size` at a time, at most `queue` waiting, each with a deadline. */
export interface Pool {
  /**
   * Waits for a place, then runs the work.
   *
   * @param work gets a signal that aborts at the deadline or when the caller's own signal does.
   * @throws 503 when the queue is full or the deadline passes, whether waiting or running.
   */
  run<T>(
    work: (signal: AbortSignal) => Promise<T>,
    options?: { signal?: AbortSignal | undefined; deadline?: number | undefined },
  ): Promise<T>;
  readonly running: number;
  readonly waiting: number;
  /** Refuses new work and resolves when what runs is done. */
  close(): Promise<void>;
}

/**
 * @param options.size work items at a time.
 * @param options.queue work items that may wait. Default 256.
 * @param options.deadline milliseconds from the call of `run`. Default 30,000.
 */
export function createPool(options: { size: number; queue?: number; deadline?: number }): Pool {
  const { size, queue = 256, deadline: defaultDeadline = 30_000 } = options;
  const line: (() => void)[] = [];
  const active = new Set<Promise<unknown>>();
  let running = 0;
  let closed = false;

  const leave = (): void => {
    running--;
    line.shift()?.();
  };

  const enter = (signal: AbortSignal): Promise<void> => {
    if (running < size) {
      running++;
      return Promise.resolve();
    }
    if (line.length >= queue)
      return Promise.reject(ERRORS.Unavailable('Too many pictures are being rendered, try again later'));
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', stop);
        running++;
        resolve();
      };
      const stop = (): void => {
        line.splice(line.indexOf(start), 1);
        reject(reasonOf(signal));
      };
      line.push(start);
      signal.addEventListener('abort', stop, { once: true });
    });
  };

  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> => {
    await enter(signal);
    try {
      if (signal.aborted) throw reasonOf(signal);
      return await work(signal);
    } finally {
      leave();
    }
  };

  return {
    async run(work, { signal: outer, deadline = defaultDeadline } = {}) {
      if (closed) throw ERRORS.Unavailable('The renderer is shutting down');
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Deadline()), deadline);
      const relay = (): void => controller.abort(outer?.reason);
      if (outer?.aborted) relay();
      outer?.addEventListener('abort', relay, { once: true });
      const { signal } = controller;
      const result = guarded(work, signal);
      active.add(result);
      // The caller hears of the deadline at once; the place in the pool is kept until the work really ends.
      let give: (reason: unknown) => void = () => {};
      const abort = (): void => give(reasonOf(signal));
      const aborted = new Promise<never>((_, reject) => {
        give = reject;
        signal.addEventListener('abort', abort, { once: true });
      });
      aborted.catch(() => {});
      result
        .catch(() => {})
        .finally(() => {
          active.delete(result);
        });
      try {
        return await Promise.race([result, aborted]);
      } finally {
        clearTimeout(timer);
        outer?.removeEventListener('abort', relay);
        signal.removeEventListener('abort', abort);
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return line.length;
    },
    async close() {
      closed = true;
      await Promise.allSettled([...active]);
    },
  };
}

class Deadline extends Error {
  override readonly name = 'TimeoutError';
}

function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal;
  if (reason instanceof SignetError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError')
    return ERRORS.Unavailable('Image took too long to render');
  return reason instanceof Error ? reason : ERRORS.Unavailable('Rendering was cancelled');
}
