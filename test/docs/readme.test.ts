import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { startSignet } from '../support/server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

test('the five lines of the README upload a picture', async (t) => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const server = await startSignet();
  t.after(() => server.stop());
  const folder = await mkdtemp(join(tmpdir(), 'signet-readme-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } })
    .jpeg()
    .toFile(join(folder, 'photo.jpg'));
  await writeFile(join(folder, 'five-lines.mjs'), /```js\n([\s\S]*?)```/.exec(readme)![1]!);
  const { stdout } = await run(process.execPath, ['five-lines.mjs'], {
    cwd: folder,
    env: { ...process.env, CLOUDINARY_URL: server.cloudinaryUrl },
  });
  assert.equal((await fetch(stdout.trim())).headers.get('content-type'), 'image/jpeg');
});

test('links between pages lead somewhere', async () => {
  const broken: string[] = [];
  for (const page of ['README.md', ...globSync('docs/**/*.md', { cwd: root })])
    for (const [, target] of (await readFile(join(root, page), 'utf8')).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
      if (!existsSync(resolve(root, dirname(page), target!))) broken.push(`${page}: ${target}`);
  assert.deepEqual(broken, []);
});

test('reference pages say what the code says', async () => {
  for (const script of ['reference.ts', 'transformation-reference.ts'])
    await run(process.execPath, [join(root, 'scripts', script), '--check']);
});
