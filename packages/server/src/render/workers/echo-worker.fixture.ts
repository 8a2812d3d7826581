import { serveWorker } from './serve-worker.ts';

/** Operations for the pool's own tests. */
serveWorker({
  echo: async (args: unknown, onProgress) => {
    onProgress(0.5);
    return args;
  },
  pid: async () => process.pid,
  secret: async () => Object.keys(process.env),
  fail: async () => {
    throw new Error('no such thing');
  },
  missing: () => import(['no', 'such', 'package'].join('-')),
  crash: async () => process.abort(),
  hang: async () => {
    for (;;) Math.random();
  },
  grow: async () => {
    const kept: Buffer[] = [];
    for (;;) {
      kept.push(Buffer.alloc(8_000_000, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
});
