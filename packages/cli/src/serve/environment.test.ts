import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverEnvironment } from './environment.ts';

test('memory and threads are chosen once, and never against somebody’s choice', () => {
  const environment = serverEnvironment('linux', { HOME: '/h', EMPTY: undefined }, 8);
  assert.deepEqual(environment, {
    HOME: '/h',
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
    UV_THREADPOOL_SIZE: '12',
  });
  assert.equal(serverEnvironment('linux', environment!, 8), undefined);
  assert.deepEqual(serverEnvironment('linux', { MALLOC_ARENA_MAX: '8' }, 2), {
    MALLOC_ARENA_MAX: '8',
    UV_THREADPOOL_SIZE: '6',
  });
  assert.equal(serverEnvironment('linux', { LD_PRELOAD: 'libjemalloc.so.2', UV_THREADPOOL_SIZE: '3' }, 2), undefined);
  assert.deepEqual(serverEnvironment('darwin', {}, 4), { UV_THREADPOOL_SIZE: '8' });
});
