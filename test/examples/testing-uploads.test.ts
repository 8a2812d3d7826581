import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cleanEnvironment } from '../support/server.ts';

const run = promisify(execFile);

test('testing uploads: the example’s own tests pass without a cloud', async () => {
  const file = fileURLToPath(new URL('../../examples/testing-uploads/avatars.test.mjs', import.meta.url));
  const { stdout } = await run(process.execPath, ['--test', file], { env: cleanEnvironment(), timeout: 60_000 });
  assert.match(stdout, /pass 3/);
});
