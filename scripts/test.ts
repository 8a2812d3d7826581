/**
 * `npm test`: everything, with node:test. Unit tests stand beside the source, black-box tests in test/.
 * Arguments are passed on as filters: `npm test -- signing` runs the files whose path contains `signing`.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const files = globSync(
  ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
  {
    exclude: (path) => path.includes('node_modules'),
  },
)
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .sort();
if (files.length === 0) {
  console.error(`No test file matches ${filters.join(', ')}`);
  process.exit(1);
}
const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=600000', ...files], {
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 1));
