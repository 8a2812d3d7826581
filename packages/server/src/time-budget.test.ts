import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTimeBudget } from './time-budget.ts';

test('work goes on until the reserve is used up, and then takes its share of the time', () => {
  let time = 0;
  const budget = createTimeBudget({ reserve: 300, share: 0.05, now: () => time });
  const work = (): number => {
    time += 100;
    return time;
  };
  assert.deepEqual([budget.spend(work), budget.spend(work), budget.spend(work)], [100, 200, 300]);
  assert.equal(budget.spend(work), undefined);
  let done = 0;
  const start = time;
  while (time < start + 100_000) {
    if (budget.spend(work) !== undefined) done += 100;
    time += 1;
  }
  assert.ok(done > 4_000 && done < 5_500, `${done} ms of 100,000`);
});

test('the reserve never grows beyond itself, and work that fails is counted too', () => {
  let time = 0;
  const budget = createTimeBudget({ reserve: 100, share: 0.5, now: () => time });
  time = 1e9;
  assert.throws(() =>
    budget.spend(() => {
      time += 100;
      throw new Error('failed');
    }),
  );
  assert.equal(
    budget.spend(() => 1),
    undefined,
  );
});
