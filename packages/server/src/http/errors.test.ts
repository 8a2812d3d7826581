import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { BlobStoreFailure } from '../blobs/store.ts';
import { createLog } from '../observe/log.ts';
import { asSignetError } from './errors.ts';

const log = createLog('silent', 'json');
const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Expected an error but received none');
};
const answer = (work: () => unknown) => {
  const { code, status, message, detail } = asSignetError(thrownBy(work), log);
  return { code, status, message, detail };
};
const full = { code: 'DiskFull', status: 500, message: 'The disk of this server is full' };
const failed = { code: 'StoreFailed', status: 500, message: 'The store of this server cannot be used at the moment' };

test('a full disk', { skip: !existsSync('/dev/full') && 'no /dev/full, which is always full' }, () => {
  const detail = 'ENOSPC: no space left on device, write';
  assert.deepEqual(
    answer(() => writeFileSync('/dev/full', 'x')),
    { ...full, detail },
  );
});

test('a full disk below the catalog', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 2');
  const fill = () => database.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000));
  assert.deepEqual(answer(fill), { ...full, detail: 'database or disk is full' });
});

test('a catalog that may only be read', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA query_only = ON');
  const detail = 'attempt to write a readonly database';
  assert.deepEqual(
    answer(() => database.exec('INSERT INTO t VALUES (1)')),
    { ...failed, detail },
  );
});

test('a bucket that does not answer', () => {
  const detail = 'Expected the bucket to answer';
  assert.deepEqual(
    answer(() => {
      throw new BlobStoreFailure(detail);
    }),
    { ...failed, detail },
  );
});

test('anything else is not for the client', () => {
  const { code, status, message, detail } = answer(() => new DatabaseSync(':memory:').exec('SELECT * FROM nowhere'));
  assert.deepEqual([code, status, message, detail], ['Internal', 500, 'Internal server error', undefined]);
});
