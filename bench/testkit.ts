/** How long `await startSignet()` takes in a test file: each time in a process of its own, as test runners start them. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { report } from './support.ts';

const program = fileURLToPath(new URL('../packages/testkit/src/leaks.fixture.ts', import.meta.url));
const times = Array.from({ length: 9 }, () => {
  const { ready } = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })) as { ready: number };
  return ready;
}).sort((a, b) => a - b);
report('startSignet() of the testkit, median of 9', times[4]!, 'ms', { atMost: 300 });
report('the slowest of them', times[8]!, 'ms');
