import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createProcessPool,
  type ProcessPoolOptions,
  WorkerError,
  type WorkerFailure,
  workerProgram,
} from './process-pool.ts';

const program = workerProgram(import.meta.url, 'echo-worker.fixture');

async function withPool(
  options: Partial<ProcessPoolOptions>,
  use: (pool: ReturnType<typeof createProcessPool>) => Promise<void>,
) {
  const pool = createProcessPool({ program, size: 1, ...options });
  try {
    await use(pool);
  } finally {
    await pool.close();
    assert.equal(pool.stats().processes, 0);
  }
}

const fails = (failure: WorkerFailure) => (error: unknown) => error instanceof WorkerError && error.failure === failure;

describe('process pool', () => {
  test('starts nothing before the first job, keeps the process, ends it when idle', () =>
    withPool({ idleMs: 100 }, async (pool) => {
      assert.equal(pool.stats().processes, 0);
      const seen: number[] = [];
      const args = { bytes: Buffer.from('abc'), big: 5n };
      const answer = await pool.run('echo', args, { onProgress: (value) => seen.push(value) });
      assert.deepEqual(Buffer.from((answer as typeof args).bytes), args.bytes);
      assert.deepEqual(seen, [0.5]);
      const first = await pool.run('pid', {});
      assert.equal(await pool.run('pid', {}), first);
      for (let i = 0; i < 100 && pool.stats().processes > 0; i++) await new Promise((r) => setTimeout(r, 50));
      assert.equal(pool.stats().processes, 0);
      assert.notEqual(await pool.run('pid', {}), first);
    }));

  test('a job that throws, crashes, hangs or grows fails alone; the next one works', () =>
    withPool({ memoryMegabytes: 200 }, async (pool) => {
      await assert.rejects(pool.run('fail', {}), { message: 'no such thing', failure: 'failed' });
      await assert.rejects(pool.run('missing', {}), fails('missing'));
      await assert.rejects(pool.run('crash', {}), fails('crash'));
      await assert.rejects(pool.run('hang', {}, { deadlineMs: 300 }), fails('deadline'));
      await assert.rejects(pool.run('grow', {}, { deadlineMs: 10_000 }), fails('memory'));
      const abort = AbortSignal.timeout(100);
      await assert.rejects(pool.run('hang', {}, { signal: abort }), fails('aborted'));
      assert.equal(await pool.run('echo', 7), 7);
    }));

  test('jobs wait in order, up to a limit; the environment stays behind', () =>
    withPool({ queueLimit: 2 }, async (pool) => {
      process.env.SIGNET_TEST_SECRET = 'x';
      const names = pool.run('secret', {});
      const two = [pool.run('echo', 1), pool.run('echo', 2)];
      await assert.rejects(pool.run('echo', 3), fails('busy'));
      assert.deepEqual(await Promise.all(two), [1, 2]);
      assert.ok(!((await names) as string[]).includes('SIGNET_TEST_SECRET'));
    }));

  test('closing rejects what runs and waits', async () => {
    const pool = createProcessPool({ program, size: 1 });
    const running = pool.run('hang', {});
    const queued = pool.run('echo', 1);
    const both = Promise.all([assert.rejects(running, fails('aborted')), assert.rejects(queued, fails('aborted'))]);
    await pool.close();
    await both;
    await assert.rejects(pool.run('echo', 1), fails('aborted'));
  });
});
