import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thread } from './thread.ts';

type Order = {
  readonly kind: 'double' | 'fail' | 'crash' | 'end';
  readonly number?: number;
  readonly bytes?: Uint8Array;
};

const program = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, kind, number }) => {
    if (kind === 'crash') throw new Error('crashed');
    if (kind === 'end') process.exit(0);
    if (kind === 'fail') parentPort.postMessage([{ id, failure: { message: 'no room', code: 'ENOSPC' } }]);
    else parentPort.postMessage([{ id, answer: number * 2 }]);
  });
`)}`,
);

test('answers come to whoever asked; a failure keeps its code', async () => {
  const thread = new Thread<Order, number>(program, 'tests');
  const asked = Array.from({ length: 20 }, (_, number) => thread.ask({ kind: 'double', number }));
  assert.deepEqual(
    await Promise.all(asked),
    Array.from({ length: 20 }, (_, number) => number * 2),
  );
  await assert.rejects(thread.ask({ kind: 'fail' }), { message: 'no room', code: 'ENOSPC' });
});

for (const [kind, message] of [
  ['crash', /crashed/],
  ['end', /has stopped/],
] as const)
  test(`after its ${kind} all that wait are told, and the next order finds a new thread`, async () => {
    const thread = new Thread<Order, number>(program, 'tests');
    const results = await Promise.allSettled([
      thread.ask({ kind }),
      thread.ask({ kind: 'double', number: 1 }),
      thread.ask({ kind: 'double', number: 2 }),
    ]);
    for (const result of results) assert.match(String((result as { reason?: Error }).reason?.message), message);
    assert.equal(await thread.ask({ kind: 'double', number: 3 }), 6);
  });

test('an order that cannot be sent is refused, and holds nobody up', async () => {
  const thread = new Thread<Order, number>(program, 'tests');
  const bytes = new Uint8Array(8);
  const ask = () => thread.ask({ kind: 'double', number: 1, bytes }, [bytes.buffer]);
  assert.equal(await ask(), 2);
  await assert.rejects(ask(), { name: 'DataCloneError' });
  // The test ends only if the thread no longer holds the process.
});
