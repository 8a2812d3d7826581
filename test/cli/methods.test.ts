import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let server: SignetServer;
let folder: string;
let env: Record<string, string>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-methods-'));
  server = await startSignet();
  env = { CLOUDINARY_URL: server.cloudinaryUrl };
  await writeFile(join(folder, 'pixel.png'), Buffer.from(PIXEL, 'base64'));
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await signet(args, { env, cwd: folder });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
};
const ids = (answer: Record<string, unknown>): unknown[] =>
  (answer.resources as { public_id: unknown }[]).map(({ public_id: id }) => id);

const DIRECT = [
  'triggers',
  'create_trigger',
  'update_trigger',
  'delete_trigger',
  'test_trigger',
  'notifications',
  'ack_notifications',
  'analyze',
];

test('every method of the SDK that a command line can call is known, and no other', async () => {
  const sdk = (createRequire(import.meta.url)('cloudinary') as { v2: Record<string, Record<string, unknown>> }).v2;
  const streams = /_stream$|_part$|chunked|_tag_params|image_upload_tag|direct_upload/;
  for (const [group, target] of [
    ['uploader', sdk.uploader],
    ['admin', sdk.api],
    ['provisioning', sdk.provisioning?.account as Record<string, unknown>],
  ] as const) {
    const { stdout } = await signet([group, '-ls'], { env });
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]!);
    const known = Object.keys(target!).filter((name) => typeof target![name] === 'function' && !streams.test(name));
    // Methods of the Python SDK, called by their address (test/cli/cld.test.ts).
    const direct = group === 'admin' ? DIRECT : [];
    assert.deepEqual(listed.toSorted(), [...known, ...direct].toSorted(), group);
  }
});

test('uploader, admin and search work through the SDK with the option forms of cld', async () => {
  const asset = await run(
    'uploader',
    'upload',
    'pixel.png',
    'public_id=one',
    '-O',
    'tags',
    '["a","b"]',
    '-o',
    'context',
    'alt=x',
  );
  assert.deepEqual([asset.public_id, asset.tags], ['one', ['a', 'b']]);
  await run('uploader', 'upload', 'pixel.png', 'public_id=two', 'tags=b');
  assert.deepEqual((await run('uploader', 'add_tag', 'sea', 'one', 'two')).public_ids, ['one', 'two']);
  assert.equal((await run('uploader', 'rename', 'two', 'second')).public_id, 'second');
  assert.equal((await run('admin', 'resource', 'one', '--save', 'one.json')).public_id, 'one');
  assert.equal(
    (JSON.parse(await readFile(join(folder, 'one.json'), 'utf8')) as { public_id: string }).public_id,
    'one',
  );
  const pages = await run('admin', 'resources', 'max_results=1', 'type=upload', '-A', '-ff', 'public_id');
  assert.deepEqual(pages.resources, [{ public_id: 'second' }, { public_id: 'one' }]);
  assert.deepEqual((await run('admin', 'delete_resources', 'second', 'nothing')).deleted, {
    second: 'deleted',
    nothing: 'not_found',
  });
});

test('search takes the options of cld', async () => {
  await run('uploader', 'upload', 'pixel.png', 'public_id=s1', 'tags=find');
  await run('uploader', 'upload', 'pixel.png', 'public_id=s2', 'tags=find,other');
  assert.deepEqual(ids(await run('search', 'tags=find', 'AND', 'tags=other')), ['s2']);
  assert.deepEqual(ids(await run('search', 'tags=find', '-s', 'public_id', 'asc', '-n', '1')), ['s1']);
  const all = await run(
    'search',
    'tags=find',
    '-s',
    'public_id',
    'asc',
    '-A',
    '-f',
    'tags',
    '-ff',
    'public_id',
    '--csv',
    'found.csv',
  );
  assert.deepEqual(all.resources, [
    { public_id: 's1', tags: ['find'] },
    { public_id: 's2', tags: ['find', 'other'] },
  ]);
  assert.equal(
    await readFile(join(folder, 'found.csv'), 'utf8'),
    'public_id,tags\r\ns1,"[""find""]"\r\ns2,"[""find"",""other""]"\r\n',
  );
  const { stdout } = await signet(['search', '-u', 'tags=find'], { env });
  const answer = (await (await fetch(stdout.trim())).json()) as Record<string, unknown>;
  assert.equal(answer.total_count, 2);
  const folders = await run('search_folders', 'path=nowhere');
  assert.deepEqual(folders.folders, []);
});

test('refusals of the server and wrong calls are told apart by the exit code', async () => {
  const missing = await signet(['admin', 'resource', 'nothing'], { env });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /Resource not found - nothing \(404\)/);
  const cases: [string[], RegExp][] = [
    [['admin', 'resource'], /Expected resource <public_id>/],
    [['admin', 'resorce'], /There is no method resorce/],
    [['admin', 'add_metadata_field', '{oops'], /Expected JSON for field/],
    [['uploader', 'rename', 'a', 'b', 'c'], /takes rename <from_public_id> <to_public_id>/],
    [['search', 'a', '-s', 'public_id=up'], /Expected asc or desc/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await signet(args, { env });
    assert.match(stderr, message);
    assert.equal(code, 2, args.join(' '));
  }
});
