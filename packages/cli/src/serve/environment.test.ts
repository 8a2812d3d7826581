import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverStart } from './environment.ts';

const FLAGS = ['--max-semi-space-size=2', '--concurrent-marking-max-worker-num=1', '--expose-gc'];

test('memory and threads are chosen once, and never against somebody’s choice', () => {
  const start = serverStart({ platform: 'linux', env: { HOME: '/h', EMPTY: undefined }, execArgv: ['--inspect'] }, 8);
  assert.deepEqual(start, {
    env: {
      HOME: '/h',
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '131072',
      MALLOC_TRIM_THRESHOLD_: '131072',
      UV_THREADPOOL_SIZE: '12',
    },
    execArgv: [...FLAGS, '--inspect'],
  });
  assert.equal(serverStart({ platform: 'linux', ...start! }, 8), undefined);
  const chosen = { platform: 'linux', execArgv: FLAGS };
  assert.deepEqual(serverStart({ ...chosen, env: { MALLOC_ARENA_MAX: '8' } }, 2)?.env, {
    MALLOC_ARENA_MAX: '8',
    UV_THREADPOOL_SIZE: '6',
  });
  const own = { LD_PRELOAD: 'libjemalloc.so.2', UV_THREADPOOL_SIZE: '3' };
  assert.equal(serverStart({ ...chosen, env: own }, 2), undefined);
  assert.deepEqual(serverStart({ ...chosen, platform: 'darwin', env: {} }, 4)?.env, { UV_THREADPOOL_SIZE: '8' });
  const flagged = { ...own, NODE_OPTIONS: '--max_semi_space_size=16' };
  assert.deepEqual(serverStart({ platform: 'linux', env: flagged, execArgv: [] }, 2), {
    env: flagged,
    execArgv: ['--concurrent-marking-max-worker-num=1', '--expose-gc'],
  });
});
