import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatorEnvironment } from './allocator.ts';

test('the allocator is told once, and never against somebody’s choice', () => {
  const environment = allocatorEnvironment('linux', { HOME: '/h', EMPTY: undefined });
  assert.deepEqual(environment, {
    HOME: '/h',
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
  });
  assert.equal(allocatorEnvironment('linux', environment!), undefined);
  assert.equal(allocatorEnvironment('linux', { MALLOC_ARENA_MAX: '8' }), undefined);
  assert.equal(allocatorEnvironment('linux', { LD_PRELOAD: 'libjemalloc.so.2' }), undefined);
  assert.equal(allocatorEnvironment('darwin', {}), undefined);
});
