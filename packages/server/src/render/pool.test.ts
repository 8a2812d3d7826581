import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from './pool.ts';

describe('render pool', () => {
  it('runs at most so many at a time, in the order they came', async () => {
    const pool = createPool({ size: 2 });
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        pool.run(async () => {
          order.push(i);
          most = Math.max(most, pool.running);
          await sleep(2);
        }),
      ),
    );
    assert.equal(most, 2);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(pool.running, 0);
  });

  it('refuses what does not fit into the queue', async () => {
    const pool = createPool({ size: 1, queue: 1 });
    const gate = Promise.withResolvers<void>();
    const first = pool.run(() => gate.promise);
    const second = pool.run(async () => 'second');
    await assert.rejects(
      pool.run(async () => 'third'),
      { status: 503 },
    );
    gate.resolve();
    await first;
    assert.equal(await second, 'second');
  });

  it('answers at the deadline, running or waiting, and gives the place back when the work ends', async () => {
    const pool = createPool({ size: 1, deadline: 30 });
    const gate = Promise.withResolvers<void>();
    const slow = pool.run(() => gate.promise);
    const waiting = pool.run(async () => 'never');
    await assert.rejects(slow, { status: 503 });
    await assert.rejects(waiting, { status: 503 });
    assert.equal(pool.running, 1);
    gate.resolve();
    assert.equal(await pool.run(async () => 'free again', { deadline: 5000 }), 'free again');
  });

  it('stops when the caller does', async () => {
    const pool = createPool({ size: 1 });
    const caller = new AbortController();
    const work = pool.run((signal) => sleep(10_000, undefined, { signal }), { signal: caller.signal });
    caller.abort(new Error('gone'));
    await assert.rejects(work, /gone/);
    await sleep(5);
    assert.equal(pool.running, 0);
  });

  it('closes after what runs', async () => {
    const pool = createPool({ size: 1 });
    let done = false;
    const work = pool.run(async () => {
      await sleep(10);
      done = true;
    });
    await pool.close();
    assert.equal(done, true);
    await work;
    await assert.rejects(
      pool.run(async () => 1),
      { status: 503 },
    );
  });
});
