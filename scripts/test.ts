/**
 * `npm test`: everything, with node:test. Unit tests stand beside the source, black-box tests in test/.
 * Arguments are passed on as filters: `npm test -- signing` runs the files whose path contains `signing`.
 * With `SIGNET_TEST_CATALOG=postgres` all servers of the black-box tests have their catalog in PostgreSQL; without it
 * those that ask it most run a second time with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** These run a second time, with the catalog in PostgreSQL: what asks it most. */
const ON_POSTGRES = [
  'test/admin/',
  'test/upload-api/',
  '/http/search/',
  '/answer-hot.',
  '/jobs/sweeps.',
  '/assets/upload.',
  '/admin-api.',
];
const again = files.filter((file) => ON_POSTGRES.some((part) => file.includes(part)));
const everything = process.env.SIGNET_TEST_CATALOG === 'postgres';

/** One PostgreSQL for all; without it the tests that need it say why they skip. */
const wanted =
  everything ||
  again.length > 0 ||
  files.some((file) => /BACK_ENDS|SIGNET_TEST_POSTGRES/.test(readFileSync(file, 'utf8')));
const postgres = wanted && process.env.SIGNET_TEST_POSTGRES === undefined ? await startPostgres() : undefined;
if (postgres && 'missing' in postgres) console.error(`${postgres.missing}: its tests will say that they skip`);
/** The temporary folder of this run, so that what tests leave behind is seen, and gone. */
const temporary = mkdtempSync(join(tmpdir(), 'signet-tests-'));

async function cleanUp(): Promise<void> {
  if (postgres && 'stop' in postgres) await postgres.stop();
  rmSync(temporary, { recursive: true, force: true });
}

// Whoever ends the tests early leaves nothing behind either.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    await cleanUp();
    process.exit(1);
  });
const environment = {
  ...process.env,
  TMPDIR: temporary,
  ...(postgres && 'url' in postgres && { SIGNET_TEST_POSTGRES: postgres.url }),
};

async function run(list: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=600000', ...list], {
    stdio: 'inherit',
    env,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

let code = await run(files, environment);
if (!everything && again.length > 0 && environment.SIGNET_TEST_POSTGRES !== undefined) {
  console.log('\nWith the catalog in PostgreSQL:');
  code = (await run(again, { ...environment, SIGNET_TEST_CATALOG: 'postgres' })) || code;
}
const left = readdirSync(temporary).filter((name) => !name.includes('compile-cache'));
if (left.length > 0) console.error(`Tests left in the temporary folder: ${left.join(', ')}`);
await cleanUp();
process.exit(code);
