import type { FromWorker, ToWorker } from './protocol.ts';

export type WorkerOperation = (args: never, onProgress: (progress: number) => void) => Promise<unknown>;

const send = (message: FromWorker) => process.send?.(message);

/**
 * The other half of `createProcessPool`: makes this process answer jobs by name. Operations load what they need when they
 * are first called. The process ends with its parent.
 */
export function serveWorker(operations: Readonly<Record<string, WorkerOperation>>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    const { operation, args } = message as ToWorker;
    void run(operation, args).then(send);
  });

  async function run(operation: string, args: unknown): Promise<FromWorker> {
    try {
      const perform = operations[operation];
      if (perform === undefined) throw new Error(`unknown operation ${operation}`);
      return { kind: 'done', value: await perform(args as never, (value) => send({ kind: 'progress', value })) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED';
      return { kind: 'error', message: String(message ?? error), missing };
    }
  }

  // Where the pool cannot read /proc, the process watches itself.
  const limit = Number(process.env.SIGNET_WORKER_MEMORY ?? 0) * 1024 * 1024;
  if (process.platform !== 'linux' && limit > 0) {
    setInterval(() => process.memoryUsage.rss() > limit && process.exit(137), 500).unref();
  }
}
