import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { get, upload } from '../support/delivery.ts';
import { startSignet } from '../support/server.ts';

const backup = async (from: string, to: string) => {
  const { code, stdout, stderr } = await signet(['backup', from, to, '--json']);
  assert.equal(stderr, '');
  return { code, tally: JSON.parse(stdout) as Record<string, unknown> };
};

async function setUp(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'signet-backup-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const [data, copy] = [join(root, 'data'), join(root, 'copy')];
  await mkdir(data);
  const server = await startSignet({ data });
  t.after(() => server.kill());
  return { root, data, copy, server };
}

test('a server at work is backed up, the backup is a data folder, and later ones bring what is new', async (t) => {
  const { root, data, copy, server } = await setUp(t);
  const back = join(root, 'back');
  const files = new Map<string, Buffer>();
  const add = async (name: string, bytes = randomBytes(50_000)) => {
    await upload(server, name, bytes, {}, 'raw');
    files.set(name, bytes);
  };
  for (let n = 0; n < 20; n++) await add(`before-${n}`);
  await add('large', randomBytes(3_000_000));

  // Others upload meanwhile: each upload is in the backup as a whole, or not at all.
  let stop = false;
  const others = (async () => {
    for (let n = 0; !stop; n++) await upload(server, `meanwhile-${n}`, randomBytes(20_000), {}, 'raw');
  })();
  const first = await backup(data, copy);
  stop = true;
  await others;
  assert.equal(first.code, 0);
  assert.deepEqual([first.tally.present, first.tally.damaged, first.tally.missing], [0, [], []]);
  assert.equal(first.tally.assets, first.tally.copied);
  assert.ok(Number(first.tally.assets) >= files.size);
  assert.equal((await stat(join(copy, 'catalog.sqlite'))).mode & 0o077, 0, 'it holds secrets');

  await add('after');
  const second = await backup(data, copy);
  assert.equal(second.code, 0);
  assert.ok(Number(second.tally.copied) >= 1);
  assert.ok(Number(second.tally.present) >= files.size - 1);
  await server.stop();

  const restored = await backup(copy, back);
  assert.equal(restored.tally.copied, second.tally.assets);
  const again = await startSignet({ data: back });
  t.after(() => again.kill());
  assert.equal(again.cloudinaryUrl.split('?')[0], server.cloudinaryUrl.split('?')[0], 'with its keys');
  for (const [name, bytes] of files) assert.deepEqual((await get(again, name, {}, 'raw/upload')).bytes, bytes, name);
  const inUse = await signet(['backup', copy, back]);
  assert.deepEqual([inUse.code, /is in use by the server/.test(inUse.stderr)], [2, true]);
  await again.stop();
});

test('a backup that a killed server has left its log in is replaced as a whole', async (t) => {
  const { data, copy, server } = await setUp(t);
  await upload(server, 'first', randomBytes(1000), {}, 'raw');
  await backup(data, copy);
  const onBackup = await startSignet({ data: copy });
  await upload(onBackup, 'only-there', randomBytes(1000), {}, 'raw');
  await onBackup.kill();
  assert.ok((await readdir(copy)).includes('catalog.sqlite-wal'));
  const bytes = randomBytes(1000);
  await upload(server, 'second', bytes, {}, 'raw');
  assert.equal((await backup(data, copy)).tally.assets, 2);
  assert.ok(!(await readdir(copy)).some((name) => /-wal|-shm|next/.test(name)));
  const again = await startSignet({ data: copy });
  t.after(() => again.kill());
  assert.deepEqual((await get(again, 'second', {}, 'raw/upload')).bytes, bytes);
  assert.equal((await get(again, 'only-there', {}, 'raw/upload')).status, 404);
  await again.stop();
  await server.stop();
});

test('what is damaged or missing is named, and the rest is kept', async (t) => {
  const { data, copy, server } = await setUp(t);
  const whole = randomBytes(1000);
  await upload(server, 'whole', whole, {}, 'raw');
  const hashes = () => globSync('blobs/sha256/*/*', { cwd: data });
  const [kept] = hashes();
  await upload(server, 'damaged', randomBytes(1000), {}, 'raw');
  const damaged = hashes().find((path) => path !== kept)!;
  await upload(server, 'missing', randomBytes(1000), {}, 'raw');
  const missing = hashes().find((path) => path !== kept && path !== damaged)!;
  const handle = await open(join(data, damaged), 'r+');
  await handle.write(Buffer.from('!?!?'), 0, 4, 500);
  await handle.close();
  await rm(join(data, missing));
  const { code, stdout } = await signet(['backup', data, copy]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^3 assets of 1 environments; 1 originals copied \(.*\), 0 were there, 1 are damaged, 1 are missing/,
  );
  assert.match(stdout, new RegExp(`damaged: ${damaged.slice(-64)}\nmissing: ${missing.slice(-64)}`));
  assert.deepEqual(globSync('blobs/sha256/*/*', { cwd: copy }), [kept]);
  assert.deepEqual((await readdir(copy)).sort(), ['blobs', 'catalog.sqlite', 'server.lock']);
  await server.stop();
});

test('what cannot be a backup is refused and left as it is', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'signet-backup-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const [one, two] = [join(root, 'one'), join(root, 'two')];
  for (const data of [one, two]) {
    await mkdir(data);
    await (await startSignet({ data })).stop();
  }
  for (const [args, expected] of [
    [[join(root, 'none'), two], /has no catalog/],
    [[one, one], /another folder/],
    [[one, two], /has other environments/],
  ] as const) {
    const { code, stderr } = await signet(['backup', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, expected);
  }
});
