import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm makes commands executable: they are so in the repository, or every checkout would show a change', (t) => {
  if (!existsSync(join(root, '.git'))) return t.skip('not a checkout of git');
  const [mode] = execFileSync('git', ['ls-files', '-s', 'packages/cli/bin/signet.js'], { cwd: root })
    .toString()
    .split(' ');
  assert.equal(mode, '100755');
});
