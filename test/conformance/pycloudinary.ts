import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, startSignet } from '../support/server.ts';

const run = promisify(execFile);

/** The live and patched tests of everything but uploads, text by text of the suite. */
const FILES = [
  ...['api', 'api_authorization', 'http_client', 'metadata', 'metadata_rules', 'notifications', 'provisioning_api'],
  ...['request_id', 'search', 'streaming_profiles', 'triggers'],
].map((name) => `test/test_${name}.py`);

export interface PythonSuite {
  readonly version: string;
  readonly passed: number;
  readonly skipped: number;
  /** Names of tests and their reasons. */
  readonly failed: readonly string[];
}

/**
 * Runs the official Python SDK's own tests of the Admin, Search and account APIs, unmodified, against a server started
 * here.
 *
 * @param checkout a checkout of `cloudinary/pycloudinary`
 * @param python an interpreter with `pytest`, `parameterized` and what the SDK needs
 */
export async function runPythonSuite(checkout: string, python: string): Promise<PythonSuite> {
  const server = await startSignet({
    flags: ['--folder-mode', 'fixed', '--provisioning-account', 'account://key:secret@account'],
  });
  try {
    const settings = `&cname=${new URL(server.url).host}`;
    const { stdout } = await run(python, ['-m', 'pytest', '-q', '--tb=line', '-rf', ...FILES], {
      cwd: checkout,
      timeout: 600_000,
      maxBuffer: 64 * 1024 * 1024,
      env: cleanEnvironment({
        RUN_SEARCH_TESTS: '1',
        CLOUDINARY_URL: server.cloudinaryUrl + settings,
        CLOUDINARY_ACCOUNT_URL: 'account://key:secret@account',
      }),
    }).catch((error: { stdout?: string; message: string }) => {
      // pytest ends with 1 when a test fails: its report is read all the same.
      if (!error.stdout?.includes(' in ')) throw new Error(`pytest could not run: ${error.message.slice(0, 300)}`);
      return { stdout: error.stdout };
    });
    const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(stdout)?.[1] ?? 0);
    const [, version = ''] =
      /^VERSION = "(.+)"/m.exec(await readFile(join(checkout, 'cloudinary/__init__.py'), 'utf8')) ?? [];
    const failed = [...stdout.matchAll(/^FAILED (.+)$/gm)].map(([, line]) => line!);
    return { version, passed: count('passed'), skipped: count('skipped'), failed };
  } finally {
    await server.stop();
  }
}
