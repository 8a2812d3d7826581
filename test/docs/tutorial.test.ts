import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { startSignet } from '../support/server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The fenced blocks of a language, in their order. */
const blocks = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/```(\w*)\n([\s\S]*?)```/g)].filter((match) => match[1] === language).map((match) => match[2]!);

test('the tutorial does what it says, step by step', async (t) => {
  const page = await readFile(join(root, 'docs/tutorials/generate-an-upload-signature.md'), 'utf8');
  const server = await startSignet();
  t.after(() => server.stop());
  const folder = await mkdtemp(join(tmpdir(), 'signet-tutorial-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  await sharp({ create: { width: 800, height: 600, channels: 3, background: '#888', noise } })
    .jpeg()
    .toFile(join(folder, 'sample.jpg'));

  // Steps 1 to 4 print the command.
  await writeFile(join(folder, 'sign.mjs'), blocks(page, 'js').join('\n'));
  const { stdout: command } = await run(process.execPath, ['sign.mjs'], {
    cwd: folder,
    env: { ...process.env, CLOUDINARY_URL: server.cloudinaryUrl },
  });
  assert.match(command, /^curl -sS http:\/\/127\.0\.0\.1:\d+\/v1_1\/demo\/image\/upload /);

  // Step 5: the command of the page is the one that was printed, with the values of this run.
  const names = (text: string) => [...text.matchAll(/-F '(\w+)=/g)].map((match) => match[1]).sort();
  assert.deepEqual(names(blocks(page, 'sh')[0]!), names(command));
  const { stdout: answer } = await run('sh', ['-c', command], { cwd: folder });
  const asset = JSON.parse(answer) as Record<string, unknown> & { secure_url: string };
  const expected = JSON.parse(blocks(page, 'json')[0]!) as Record<string, unknown>;
  const { eager, ...plain } = expected;
  for (const [name, value] of Object.entries(plain)) assert.deepEqual(asset[name], value, name);
  for (const [index, item] of (eager as Record<string, unknown>[]).entries())
    for (const [name, value] of Object.entries(item))
      assert.deepEqual((asset.eager as Record<string, unknown>[])[index]?.[name], value, `eager ${index} ${name}`);

  // Step 6.
  assert.equal((await fetch(asset.secure_url)).status, 200);
  const url = /http:\/\/127\.0\.0\.1:4080(\/demo\/image\/upload\/c_fill\S+)/.exec(page)?.[1];
  const picture = await fetch(server.url + url!);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  const { width, height, hasAlpha } = await sharp(Buffer.from(await picture.arrayBuffer())).metadata();
  assert.deepEqual({ width, height, hasAlpha }, { width: 200, height: 200, hasAlpha: true });

  // The last chapter: a parameter that was not signed is named.
  const wrong = await fetch(`${server.url}/v1_1/demo/image/upload`, {
    method: 'POST',
    body: new URLSearchParams({
      ...Object.fromEntries([...command.matchAll(/-F '(\w+)=([^']*)'/g)].map((match) => [match[1], match[2]])),
      tags: 'added',
      file: 'data:text/plain;base64,eA==',
    }),
  });
  assert.equal(wrong.status, 401);
  assert.match(
    ((await wrong.json()) as { error: { message: string } }).error.message,
    /^Invalid Signature [0-9a-f]{40}\. String to sign - 'eager=/,
  );
  assert.match(wrong.headers.get('x-signet-diagnosis') ?? '', /tags/);
});
