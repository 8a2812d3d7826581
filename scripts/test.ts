/**
 * `npm test`: everything, with node:test. Unit tests stand beside the source, black-box tests in test/.
 * Arguments are passed on as filters: `npm test -- signing` runs the files whose path contains `signing`.
 * With `SIGNET_TEST_CATALOG=postgres` the servers of the black-box tests have their catalog in PostgreSQL.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { startPostgres } from './postgres.ts';

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

/** The files that run against PostgreSQL, too, share one; without it they say why they skip. */
const usesPostgres = files.some((file) => /BACK_ENDS|SIGNET_TEST_POSTGRES/.test(readFileSync(file, 'utf8')));
const { SIGNET_TEST_CATALOG, SIGNET_TEST_POSTGRES } = process.env;
const postgres =
  SIGNET_TEST_POSTGRES === undefined && (usesPostgres || SIGNET_TEST_CATALOG === 'postgres')
    ? await startPostgres()
    : undefined;
if (postgres && 'missing' in postgres) console.error(`${postgres.missing}: its tests will say that they skip`);
const url = postgres && 'url' in postgres ? postgres.url : undefined;

const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=600000', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...(url && { SIGNET_TEST_POSTGRES: url }) },
});
const [code] = (await once(child, 'exit')) as [number | null];
if (postgres && 'stop' in postgres) await postgres.stop();
process.exit(code ?? 1);
