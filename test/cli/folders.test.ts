import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let folder: string;
const servers: Record<string, SignetServer> = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-folders-'));
  [servers.dynamic, servers.fixed] = (await Promise.all([
    startSignet({ flags: ['--allow-private-sources'] }),
    startSignet({ flags: ['--folder-mode', 'fixed'] }),
  ])) as [SignetServer, SignetServer];
  await mkdir(join(folder, 'site', 'sub'), { recursive: true });
  await writeFile(join(folder, 'site', 'one.png'), PIXEL);
  await writeFile(join(folder, 'site', 'sub', 'two.png'), PIXEL);
  await writeFile(join(folder, 'site', 'sub', 'notes.txt'), 'first');
  await writeFile(join(folder, 'site', '.hidden.png'), PIXEL);
});
after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

const run = async (mode: string, args: readonly string[], code = 0) => {
  const result = await signet(args, { env: { CLOUDINARY_URL: servers[mode]!.cloudinaryUrl }, cwd: folder });
  assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}${result.stdout}`);
  return result;
};
const json = async (mode: string, args: readonly string[], code = 0) =>
  JSON.parse((await run(mode, [...args, '--json'], code)).stdout) as Record<string, unknown>;
const files = async (path: string) =>
  (await readdir(join(folder, path), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, path).length + 1))
    .toSorted();

for (const mode of ['dynamic', 'fixed']) {
  test(`upload_dir keeps the structure (${mode} folders)`, async () => {
    const { stdout, stderr } = await run(mode, [
      'upload_dir',
      'site',
      '-f',
      'up',
      '-t',
      'c_scale,w_2',
      '-g',
      '**/*.png',
      'tags=dir',
    ]);
    assert.match(stdout, /Successfully uploaded one\.png as up\/site\/\S*one\S* with public_id: /);
    assert.match(stderr, /2 resources uploaded, 0 items skipped/);
    const expression = mode === 'fixed' ? 'folder:up/*' : 'asset_folder:up/*';
    const found = (await json(mode, ['search', expression])) as { resources: Record<string, unknown>[] };
    assert.deepEqual(found.resources.map((asset) => asset[mode === 'fixed' ? 'folder' : 'asset_folder']).toSorted(), [
      'up/site',
      'up/site/sub',
    ]);
    assert.deepEqual([...new Set(found.resources.map(({ width }) => width))], [2]);
  });

  test(`sync pushes and pulls by etag and deletes only when asked (${mode} folders)`, async () => {
    const site = join(folder, 'site');
    await writeFile(join(site, 'sub', 'notes.txt'), 'first');
    const dry = await json(mode, ['sync', 'site', 'www', '--push', '--dry-run']);
    assert.deepEqual((dry.copy as string[]).toSorted(), ['one.png', 'sub/notes.txt', 'sub/two.png']);
    const first = await json(mode, ['sync', 'site', 'www', '--push']);
    assert.deepEqual(first.failed, []);
    assert.deepEqual((await json(mode, ['sync', 'site', 'www', '--push'])).copy, [], 'nothing is left to do');

    await json(mode, ['sync', `copy-${mode}`, 'www', '--pull']);
    assert.deepEqual(await files(`copy-${mode}`), ['one.png', 'sub/notes.txt', 'sub/two.png']);
    assert.deepEqual(await readFile(join(folder, `copy-${mode}`, 'sub', 'two.png')), PIXEL);

    await writeFile(join(site, 'sub', 'notes.txt'), `second in ${mode}`);
    await rm(join(site, 'one.png'));
    const second = await json(mode, ['sync', 'site', 'www', '--push']);
    assert.deepEqual(
      [second.copy, second.kept, second.remove, second.failed],
      [['sub/notes.txt'], ['one.png'], [], []],
    );
    const pulled = await json(mode, ['sync', `copy-${mode}`, 'www', '--pull']);
    assert.deepEqual(pulled.copy, ['sub/notes.txt']);
    assert.equal(await readFile(join(folder, `copy-${mode}`, 'sub', 'notes.txt'), 'utf8'), `second in ${mode}`);

    assert.deepEqual((await json(mode, ['sync', 'site', 'www', '--push', '--delete'])).remove, ['one.png']);
    const last = await json(mode, ['sync', `copy-${mode}`, 'www', '--pull', '--delete']);
    assert.deepEqual([last.remove, last.failed], [['one.png'], []]);
    assert.deepEqual(await files(`copy-${mode}`), ['sub/notes.txt', 'sub/two.png']);
    await writeFile(join(site, 'one.png'), PIXEL);
  });
}

test('sync and upload_dir say what is wrong with the command line', async () => {
  assert.match((await run('fixed', ['sync', 'site', 'www'], 2)).stderr, /either --push or --pull/);
  assert.match((await run('fixed', ['sync', 'nowhere', 'www', '--push'], 2)).stderr, /There is no folder/);
  assert.match((await run('fixed', ['upload_dir', 'nowhere'], 2)).stderr, /There is no folder nowhere/);
});

test('migrate loads addresses through an upload mapping', async () => {
  const remote = createServer((request, response) => {
    response.writeHead(request.url === '/images/a.png' ? 200 : 404, { 'Content-Type': 'image/png' }).end(PIXEL);
  }).listen(0, '127.0.0.1');
  await once(remote, 'listening');
  try {
    const origin = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`;
    await run('dynamic', ['admin', 'create_upload_mapping', 'old', `template=${origin}/images/`]);
    await writeFile(
      join(folder, 'urls.txt'),
      `${origin}/images/a.png\n${origin}/images/missing.png\nhttps://else.where/b.png\n`,
    );
    const { stdout } = await run('dynamic', ['migrate', 'old', 'urls.txt', '--json'], 1);
    const rows = JSON.parse(stdout) as { status?: number; error?: string }[];
    assert.equal(rows[0]?.status, 200, String(rows[0]?.error));
    assert.match(String(rows[1]?.error), /^404/);
    assert.match(String(rows[2]?.error), /does not begin with/);
  } finally {
    remote.close();
  }
});

test('regen_derived makes the results of a named transformation anew', async () => {
  await run('dynamic', ['admin', 'create_transformation', 'tiny', '{"width":5,"crop":"scale"}']);
  await run('dynamic', [
    'uploader',
    'upload',
    'site/one.png',
    'public_id=regen',
    '-O',
    'eager',
    '[{"transformation":"tiny"}]',
  ]);
  const { stdout } = await run('dynamic', ['regen_derived', 't_tiny', '-A', '--json']);
  assert.deepEqual(JSON.parse(stdout), [{ public_id: 'regen' }]);
});

test('make prints samples that parse, filled with the account', async () => {
  const { stdout: list } = await run('dynamic', ['make', '-lt']);
  const names = list.trim().split('\n');
  assert.ok(names.includes('html upload_widget') && names.includes('python find_all_empty_folders'));
  const { url, apiSecret } = servers.dynamic!;
  const { stdout: code } = await run('dynamic', ['make', 'upload', 'node']);
  assert.match(code, new RegExp(`cname: '${new URL(url).host}'`));
  for (const name of names) {
    const { stdout } = await run('dynamic', ['make', ...name.split(' ')]);
    assert.ok(!stdout.includes(apiSecret), name);
    await writeFile(join(folder, `sample-${name.replace(' ', '-')}.mjs`), stdout);
    if (name.startsWith('node '))
      execFileSync(process.execPath, ['--check', join(folder, `sample-${name.replace(' ', '-')}.mjs`)]);
  }
  const { stdout: widget } = await run('dynamic', ['make', 'upload', 'widget']);
  assert.match(widget, new RegExp(`${url}/widget/upload\\.js`));
  assert.match((await run('dynamic', ['make', 'upload'], 2)).stderr, /say which/);
});

test('the curl sample of make uploads', async () => {
  const { stdout } = await run('dynamic', ['make', 'upload', 'curl']);
  await writeFile(join(folder, 'picture.jpg'), PIXEL);
  const answer = execFileSync('sh', ['-c', stdout], {
    cwd: folder,
    env: { ...process.env, SECRET: servers.dynamic!.apiSecret },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.equal((JSON.parse(answer.toString()) as { public_id: string }).public_id, 'sample');
});

test('token makes the documented vectors', async () => {
  const words = ['token', '--key', '00112233FF99', '--start', '1111111111', '--duration', '300'];
  const { stdout } = await run('fixed', [...words, '--acl', '/image/*']);
  assert.equal(
    stdout.trim(),
    '__cld_token__=st=1111111111~exp=1111111411~acl=%2fimage%2f*~hmac=1751370bcc6cfe9e03f30dd1a9722ba0f2cdca283fa3e6df3342a00a7528cc51',
  );
  const { stdout: two } = await run('fixed', [...words, '--acl', '/i/a/*', '--acl', '/i/b/*']);
  assert.match(two, /hmac=fe31216f52a2e6926e32eae2fb41beeb8660299e9794e3852cf14b3c25b91399$/m);
  assert.match((await run('fixed', ['token', '--key', '00', '--acl', '/a'], 2)).stderr, /--duration or --expiration/);
});

test('doctor checks the parts and the clock of the server', async () => {
  const rows = (await json('fixed', ['doctor'])) as unknown as { name: string; level: string; text: string }[];
  const clock = rows.find(({ name }) => name === 'Clock')!;
  assert.equal(clock.level, 'ok', clock.text);
  assert.deepEqual(
    rows.filter(({ level }) => level === 'fail'),
    [],
  );
  assert.match(rows.find(({ name }) => name === 'Video and audio')!.text, /FFmpeg \S+, a GPL build/);
  for (const name of ['Node.js', 'SQLite', 'Images', 'Fonts', 'Data folder', 'Durable writes', 'Settings', 'Machine'])
    assert.ok(
      rows.some((row) => row.name === name),
      name,
    );
});

test('completion is what its shell understands and knows every command', async () => {
  const { stdout } = await run('fixed', ['completion', 'bash']);
  await writeFile(join(folder, 'completion.bash'), stdout);
  const script = `source ./completion.bash; COMP_WORDS=(signet up); COMP_CWORD=1; _signet; echo "\${COMPREPLY[*]}"; COMP_WORDS=(signet sync --pu); COMP_CWORD=2; _signet; echo "\${COMPREPLY[*]}"`;
  const words = execFileSync('bash', ['-c', script], { cwd: folder }).toString();
  assert.deepEqual(words.split('\n')[0]!.split(' ').toSorted(), ['upload', 'upload_dir', 'uploader']);
  assert.equal(words.split('\n')[1], '--push --pull');
  assert.match((await run('fixed', ['completion', 'zsh'])).stdout, /^#compdef signet/);
  assert.match((await run('fixed', ['completion', 'fish'])).stdout, /complete -c signet/);
});
