/** Command lines as they are written for `cld`, and what it has that the Node SDK has not. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let folder: string;
let server: SignetServer;
let other: SignetServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-cld-'));
  [server, other] = await Promise.all([startSignet(), startSignet()]);
  await mkdir(join(folder, 'dir/sub'), { recursive: true });
  await writeFile(join(folder, 'dir/a.txt'), 'a');
  await writeFile(join(folder, 'dir/sub/b.txt'), 'b');
});
after(async () => {
  await Promise.all([server?.stop(), other?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  signet(args, { env: { CLOUDINARY_URL: server.cloudinaryUrl, XDG_CONFIG_HOME: folder }, cwd: folder });
const answer = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
};
const said = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout + stderr;
};

test('the account may stand before the command, as -c and -C', async () => {
  assert.deepEqual(await answer('-c', other.cloudinaryUrl, 'admin', 'ping'), { status: 'ok' });
  await said('config', '-n', 'second', other.cloudinaryUrl);
  assert.deepEqual(await answer('-C', 'second', 'admin', 'ping'), { status: 'ok' });
});

test('config takes the options of cld config', async () => {
  await said('config', '-n', 'one', 'cloudinary://1:2@first');
  await said('config', '-url', 'cloudinary://3:4@third', '--set-default');
  assert.match(await said('config', '-ls'), /^\* third {2}third/m);
  await said('config', '-d', 'one');
  assert.match(await said('config', '-ls'), /^\* one {2}first/m);
  assert.match(await said('config', '-s', 'third'), /cloud_name +third/);
  await said('config', '-ud');
  assert.doesNotMatch(await said('config', '-ls'), /^\*/m);
  await said('config', '-rm', 'third');
  assert.doesNotMatch(await said('config', '-ls'), /third/);
});

test('methods answer to the names and argument forms of the Python SDK', async () => {
  await said('upload', 'dir/a.txt', 'public_id=a.txt', 'resource_type=raw');
  assert.deepEqual((await answer('uploader', 'add_context', 'alt=hello', 'a.txt', 'resource_type=raw')).public_ids, [
    'a.txt',
  ]);
  await said('admin', 'create_folder', 'x/y');
  assert.equal(((await answer('admin', 'subfolders', 'x')).folders as unknown[]).length, 1);
  assert.match(
    await said('utils', 'api_sign_request', '{"a":"b"}', 'secret'),
    /^73fa57afb4fbc8dbd327f8fa0045942a2d085d5c\n$/,
  );
  assert.ok(!('rate_limit_allowed' in (await answer('admin', 'usage'))));
});

test('triggers and analysis are called though the Node SDK has no method for them', async () => {
  const made = await answer('admin', 'create_trigger', 'https://hooks.example.com/a', 'upload');
  const { triggers } = (await answer('admin', 'triggers')) as { triggers: { id: string; uri: string }[] };
  assert.deepEqual(
    triggers.map(({ uri }) => uri),
    ['https://hooks.example.com/a'],
  );
  await answer('admin', 'update_trigger', String(made.id), 'https://hooks.example.com/b');
  await answer('admin', 'delete_trigger', String(made.id));
  assert.deepEqual((await answer('admin', 'triggers')).triggers, []);
  assert.ok(Array.isArray((await answer('admin', 'notifications', 'channel=c', 'wait_seconds=0')).messages));
});

test('upload_dir tells the name with its extension, sync deletes in batches when asked', async () => {
  assert.match(
    await said('upload_dir', 'dir', '-f', 'up', '-e', '--concurrent_workers', '2'),
    /as up\/sub\/b\.txt with public_id/,
  );
  await said('sync', 'dir', 'synced', '--push');
  await rm(join(folder, 'dir/sub/b.txt'));
  await rm(join(folder, 'dir/a.txt'));
  await writeFile(join(folder, 'dir/c.txt'), 'c');
  assert.match(
    await said('sync', 'dir', 'synced', '--push', '--delete', '-D', '2', '-st', 'active'),
    /In Sync 0 · Synced 3 · Failed 0/,
  );
  assert.match(await said('sync', 'dir', 'synced', '--push'), /In Sync 1 · Synced 0/);
});

test('clone copies what the target has not, with the fields that are asked for', async () => {
  await said(
    'upload',
    'data:text/plain;base64,eA==',
    'public_id=cloned',
    'resource_type=raw',
    'tags=launch',
    'context=alt=x',
  );
  const dry = await run('clone', other.cloudinaryUrl, '-se', 'tags=launch', '--dry-run');
  assert.equal(dry.stdout, 'raw/upload/cloned\n1 would be copied, 0 are there already, 0 failed\n');
  const first = await answer('clone', other.cloudinaryUrl, '-fi', 'tags,context', '--json');
  assert.deepEqual(first.failed, []);
  assert.ok((first.copied as string[]).includes('raw/upload/cloned'));
  const there = await answer('-c', other.cloudinaryUrl, 'admin', 'resource', 'cloned', 'resource_type=raw');
  assert.deepEqual([there.tags, there.context], [['launch'], { custom: { alt: 'x' } }]);
  assert.deepEqual((await answer('clone', other.cloudinaryUrl, '--json')).copied, []);
  assert.equal((await run('clone', server.cloudinaryUrl)).code, 2);
  const searched = await answer('clone', other.cloudinaryUrl, '-se', 'tags=launch', '-fi', 'context', '-ow', '--json');
  assert.deepEqual(searched.copied, ['raw/upload/cloned']);
});

test('commands that have nothing to do here say what to do, unknown ones what was meant', async () => {
  const login = await run('login');
  assert.equal(login.code, 2);
  assert.match(login.stderr, /signet config add/);
  const wrong = await run('uplaod', 'x');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Did you mean upload\?/);
  assert.match((await run('admin', 'resourcs')).stderr, /There is no method resourcs/);
});
