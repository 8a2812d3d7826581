import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASES, runCases } from './suite.ts';

test('the short conformance run: the calls that everything else rests on', async () => {
  const results = await runCases(CASES.filter(({ smoke }) => smoke));
  assert.deepEqual(
    results.filter(({ result }) => result === 'fails').map(({ case: { call }, error }) => `${call}: ${error}`),
    [],
  );
  assert.ok(results.length >= 10);
});
