import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSingleFlight } from './single-flight.ts';

test('calls share one run until what its value waits for has ended', async () => {
  const kept = Promise.withResolvers<void>();
  const fly = createSingleFlight<{ run: number; kept: Promise<void> }>((made) => made.kept);
  let runs = 0;
  const call = () => fly('key', async () => ({ run: ++runs, kept: kept.promise }));
  assert.deepEqual(
    (await Promise.all([call(), call()])).map(({ run }) => run),
    [1, 1],
  );
  assert.equal((await call()).run, 1);
  kept.resolve();
  await new Promise(setImmediate);
  assert.equal((await call()).run, 2);
});

test('a run that failed is not shared any longer', async () => {
  const fly = createSingleFlight<number>();
  const fail = () => fly('key', () => Promise.reject(new Error('once')));
  await Promise.all([assert.rejects(fail, /once/), assert.rejects(fail, /once/)]);
  await new Promise(setImmediate);
  assert.equal(await fly('key', async () => 7), 7);
});
