import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Which packages a package may import. Arrows point one way only. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  signing: [],
  transformation: [],
  server: ['signing', 'transformation'],
  cli: ['signing', 'transformation', 'server'],
  testkit: ['signing', 'server'],
  // The console speaks HTTP only; the two pure packages run in browsers too.
  console: ['signing', 'transformation'],
};
const NAMES: Readonly<Record<string, string>> = {
  '@signet/signing': 'signing',
  '@signet/transformation': 'transformation',
  '@signet/server': 'server',
  signet: 'cli',
  '@signet/testkit': 'testkit',
  '@signet/console': 'console',
};

/** Machinery of the server: knows neither HTTP nor the operations on assets. */
const MACHINERY = ['blobs', 'catalog', 'ingest', 'render', 'observe'];
const ABOVE_MACHINERY = ['http', 'assets', 'delivery', 'search', 'metadata', 'folders', 'presets', 'transformations'];

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\()'([^']+)'/g)].map(
    (match) => match[1]!,
  );

const sources = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root }).filter(
  (file) => !file.includes('.test.') && !file.includes('.fixture.'),
);

test('packages import only in the allowed direction', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const own = file.split('/')[1]!;
    for (const specifier of importsOf(file)) {
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]!;
      const target = specifier.startsWith('.')
        ? relative(root, resolve(root, dirname(file), specifier)).split('/')[1]
        : NAMES[name];
      if (target !== undefined && target in PACKAGES && target !== own && !PACKAGES[own]?.includes(target))
        wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(sources.length > 100, 'the sources were found');
});

test('inside the server, machinery imports nothing from above it', () => {
  const wrong: string[] = [];
  for (const file of sources.filter((path) => path.startsWith('packages/server/src/'))) {
    const area = file.split('/')[3]!;
    for (const specifier of importsOf(file).filter((path) => path.startsWith('.'))) {
      const target = relative(join(root, 'packages/server/src'), resolve(root, dirname(file), specifier)).split(
        '/',
      )[0]!;
      if (MACHINERY.includes(area) && ABOVE_MACHINERY.includes(target)) wrong.push(`${file} imports ${specifier}`);
      if (area !== 'http' && target === 'http' && !['start.ts', 'compose.ts', 'index.ts'].includes(area))
        wrong.push(`${file} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('tests in test/ speak HTTP or run the command: they import nothing from packages/', () => {
  const files = globSync('test/**/*.ts', { cwd: root });
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter(
        (specifier) =>
          (specifier.startsWith('.') && resolve(root, dirname(file), specifier).includes('/packages/')) ||
          (specifier.startsWith('@signet/') &&
            !file.includes('testkit') &&
            !specifier.startsWith('@signet/signing') &&
            !specifier.startsWith('@signet/testkit')),
      )
      .map((specifier) => `${file} imports ${specifier}`),
  );
  assert.deepEqual(wrong, []);
});

/** Why a file outside the command may name the environment. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  'packages/server/src/render/image/fonts.ts': 'tells fontconfig, which listens to nothing else, where its file is',
  'packages/server/src/render/workers/process-pool.ts': 'passes it on to worker processes',
  'packages/server/src/render/workers/serve-worker.ts': 'is the program of a worker process',
  'packages/signing/src/doctor/secret-mistakes.ts': 'speaks of it in a sentence',
};

test('no module but the command reads the environment', () => {
  const readers = sources.filter(
    (file) => !file.startsWith('packages/cli/src/') && /process\.env\b/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(
    readers.filter((file) => !(file in ENVIRONMENT)),
    [],
  );
});
