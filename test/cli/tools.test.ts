import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signet } from '../support/cli.ts';
import { cleanEnvironment, MAIN, type SignetServer, startSignet } from '../support/server.ts';

const run = promisify(execFile);

const SECRET = 'abcd';
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const fixed = { CLOUDINARY_URL: `cloudinary://1234:${SECRET}@demo` };
let server: SignetServer;
let folder: string;
let env: Record<string, string>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-tools-'));
  server = await startSignet();
  env = { CLOUDINARY_URL: server.cloudinaryUrl, XDG_STATE_HOME: join(folder, 'state') };
  await writeFile(join(folder, 'pixel.png'), PIXEL);
  await writeFile(join(folder, 'odd, "name";.png'), PIXEL);
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const json = (text: string) => JSON.parse(text) as Record<string, unknown>;

test('sign prints the string to sign and the digest of the documentation’s example', async () => {
  const words = ['timestamp=1315060510', 'public_id=sample_image', 'eager=w_400,h_300,c_pad|w_260,h_200,c_crop'];
  const { stdout, code } = await signet(['sign', ...words], { env: fixed });
  assert.equal(code, 0);
  assert.match(stdout, /eager=w_400,h_300,c_pad\|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510$/m);
  assert.match(stdout, /bfd09f95f331f558cbd1320e67aa8d488770583e$/m);
});

test('sign --json adds the timestamp and leaves out what is never signed', async () => {
  const { stdout } = await signet(['sign', '--json', 'public_id=a', 'resource_type=video', 'api_key=9'], {
    env: fixed,
  });
  const answer = json(stdout);
  const { timestamp } = answer.params as { timestamp: string };
  assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
  assert.equal(answer.string_to_sign, `public_id=a&timestamp=${timestamp}`);
  assert.equal(answer.url, 'https://api.cloudinary.com/v1_1/demo/video/upload');
  const digest = createHash('sha1').update(`${answer.string_to_sign}${SECRET}`).digest('hex');
  assert.equal(answer.signature, digest);
});

test('sign takes algorithm and version', async () => {
  const words = ['sign', 'timestamp=1', 'context=a=1&b=2', '--algorithm', 'sha256', '--signature-version'];
  const one = await signet([...words, '1', '--json'], { env: fixed });
  const two = await signet([...words, '2', '--json'], { env: fixed });
  assert.equal(json(one.stdout).string_to_sign, 'context=a=1&b=2&timestamp=1');
  assert.equal(json(two.stdout).string_to_sign, 'context=a=1%26b=2&timestamp=1');
  assert.equal(String(json(two.stdout).signature).length, 64);
});

test('wrong command lines end with 2 and say what was expected', async () => {
  const cases: [string[], RegExp][] = [
    [['sign', 'novalue'], /Expected key=value but received novalue/],
    [['sign', '--algorithm', 'md5'], /Expected sha1 or sha256/],
    [['upload'], /^signet: Missing required argument 'file'\n {2}signet upload --help/],
    [['upload', 'missing.png'], /There is no file missing\.png/],
    [['upload', '.'], /is a folder\.[\s\S]*-r[\s\S]*upload_dir/],
    [['frobnicate'], /^signet: Unknown command 'frobnicate'\n {2}signet --help/],
    [['uplaod', 'a.png'], /^signet: Unknown command 'uplaod'\n\(Did you mean upload\?\)\n/],
    [['sign', '--account', 'nowhere'], /no saved account nowhere/],
    [['sign', '--account', 'https://example.com'], /Expected cloudinary:\/\//],
    [['explain', 'nothing.txt'], /There is no file nothing\.txt here/],
    [['curl', 'pixel.png', '--unsigned'], /needs a preset\.[\s\S]*upload_preset=/],
    [['upload', 'pixel.png', '--unsigned'], /needs a preset\.[\s\S]*upload_preset=/],
    [['explain', 'hello world'], /neither a cURL command/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await signet(args, { env: fixed, cwd: folder });
    assert.match(stderr, message);
    assert.equal(code, 2, args.join(' '));
  }
});

test('without any account the next step is said', async () => {
  const { code, stderr } = await signet(['sign', 'a=b'], { cwd: folder });
  assert.equal(code, 1);
  assert.match(stderr, /There is no account[\s\S]*signet serve[\s\S]*CLOUDINARY_URL/);
});

test('a server that does not answer is said so', async () => {
  const gone = { CLOUDINARY_URL: 'cloudinary://1:a@demo?upload_prefix=http://127.0.0.1:9' };
  const { code, stderr } = await signet(['upload', 'pixel.png'], { env: gone, cwd: folder });
  assert.equal(code, 1);
  assert.match(stderr, /ECONNREFUSED[\s\S]*Is the server running/);
});

test('curl --run uploads files with awkward names, and a refusal is exit code 1', async () => {
  const good = await signet(['curl', 'odd, "name";.png', "public_id=it's; odd", '--run'], { env, cwd: folder });
  assert.equal(good.code, 0, good.stderr);
  assert.equal(json(good.stdout).public_id, "it's; odd");
  const bad = await signet(['curl', 'pixel.png', 'public_id=#', '--run'], { env, cwd: folder });
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /"error"/);
});

test('upload sends files and data URIs with the same parameters and reports each', async () => {
  const uri = `data:image/png;base64,${PIXEL.toString('base64')}`;
  const words = ['pixel.png', uri, 'odd, "name";.png', 'tags=a,b', '-o', 'context', 'alt=x', '-O', 'overwrite', 'True'];
  const { code, stdout, stderr } = await signet(['upload', ...words, '--json'], { env, cwd: folder });
  assert.equal(code, 0, stderr);
  const outcomes = JSON.parse(stdout) as { file: string; result: Record<string, unknown> }[];
  assert.deepEqual(
    outcomes.map(({ file }) => file.slice(0, 10)),
    ['pixel.png', 'data:image', 'odd, "name'],
  );
  for (const { result } of outcomes) {
    assert.deepEqual(result.tags, ['a', 'b']);
    assert.deepEqual(result.context, { custom: { alt: 'x' } });
  }
  const delivered = await fetch(String(outcomes[0]!.result.secure_url));
  assert.deepEqual(Buffer.from(await delivered.arrayBuffer()), PIXEL);
});

test('upload fails in part with exit code 1 and goes on with the rest', async () => {
  await writeFile(join(folder, 'broken.png'), 'this is no picture');
  const words = ['pixel.png', 'broken.png', 'resource_type=image'];
  const { code, stdout, stderr } = await signet(['upload', ...words], { env, cwd: folder });
  assert.equal(code, 1);
  assert.match(stdout, /^pixel\.png -> \S+ {2}http/m);
  assert.match(stderr, /broken\.png: Invalid image file/);
  assert.match(stderr, /1 uploaded, 1 failed/);
});

test('upload with a wrong secret shows the doctor’s finding', async () => {
  const wrong = server.cloudinaryUrl.replace(/:[^:@]+@/, `:${server.apiKey}@`);
  const { code, stderr } = await signet(['upload', 'pixel.png', '--account', wrong], { env, cwd: folder });
  assert.equal(code, 1);
  assert.match(stderr, /Invalid Signature [0-9a-f]{40}\. String to sign - 'timestamp=\d+'/);
  assert.match(stderr, /API key/i);
});

test('upload sends large files in chunks that come back byte for byte', async () => {
  const bytes = randomBytes(12_000_003);
  await writeFile(join(folder, 'large.bin'), bytes);
  const words = ['large.bin', 'resource_type=raw', 'public_id=large.bin', '--chunk-size', '5000000', '--json'];
  const { code, stdout, stderr } = await signet(['upload', ...words], { env, cwd: folder });
  assert.equal(code, 0, stderr);
  const [{ result }] = JSON.parse(stdout) as [{ result: Record<string, unknown> }];
  assert.equal(result.etag, createHash('md5').update(bytes).digest('hex'));
  assert.equal(result.done, true, 'the answer of a chunked upload');
});

test('upload -r takes the files of folders, without hidden ones', async () => {
  await mkdir(join(folder, 'album', 'inner'), { recursive: true });
  await writeFile(join(folder, 'album', 'one.png'), PIXEL);
  await writeFile(join(folder, 'album', 'inner', 'two.png'), PIXEL);
  await writeFile(join(folder, 'album', '.hidden.png'), PIXEL);
  const { code, stdout } = await signet(['upload', 'album', '-r', '--json'], { env, cwd: folder });
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as unknown[]).length, 2);
});

test('explain names the mistake from an error text, a command on standard input and a file', async () => {
  const digest = createHash('sha1').update(`public_id=a&timestamp=1315060510${SECRET}`).digest('hex');
  const error = `Invalid Signature ${digest}. String to sign - 'public_id=a&tags=x&timestamp=1315060510'.`;
  const one = await signet(['explain', error], { env: fixed });
  assert.equal(one.code, 1);
  assert.match(one.stdout, /tags/);
  assert.doesNotMatch(one.stdout, new RegExp(SECRET));

  const command = `curl https://api.cloudinary.com/v1_1/demo/image/upload -F public_id=a -F tags=x -F timestamp=1315060510 -F api_key=1234 -F signature=${digest} -F file=@a.png`;
  const two = await signet(['explain', '--json'], { env: fixed, input: command });
  const diagnosis = json(two.stdout);
  assert.equal(diagnosis.verdict, 'mistake');
  assert.equal(diagnosis.read_as, 'curl');
  assert.equal(diagnosis.signedString, 'public_id=a&timestamp=1315060510');

  await writeFile(join(folder, 'failed.txt'), command);
  const three = await signet(['explain', 'failed.txt'], { env: fixed, cwd: folder });
  assert.match(three.stdout, /tags/);
});

test('explain says when a signature is right', async () => {
  const { stdout } = await signet(['curl', 'pixel.png', 'public_id=a'], { env, cwd: folder });
  const { code, stdout: text } = await signet(['explain'], { env, input: stdout });
  assert.equal(code, 0, text);
  assert.match(text, /The signature is right/);
});

test('url points at the delivery of the account, signed when asked', async () => {
  await signet(['upload', 'pixel.png', 'public_id=dot'], { env, cwd: folder });
  const plain = await signet(['url', 'dot', 'w_20,h_10,c_pad', '-f', 'png', '--check'], { env });
  assert.match(plain.stdout, new RegExp(`^${server.url}/demo/image/upload/w_20,h_10,c_pad/dot\\.png\n200 image/png`));
  assert.equal(plain.code, 0);
  const signed = await signet(['url', 'dot', 'width=20', 'crop=scale', '--sign', '--check'], { env });
  assert.match(signed.stdout, /\/image\/upload\/s--[\w-]{8}--\/c_scale,w_20\/dot\n200 /);
  const missing = await signet(['url', 'nothing', '--check', '--json'], { env });
  assert.equal(missing.code, 1);
  assert.equal(json(missing.stdout).status, 404);
  const helper = await signet(['utils', 'url', 'dot', 'width=20', 'crop=scale'], { env });
  assert.equal((await fetch(helper.stdout.trim())).status, 200, helper.stdout);
  const cloud = await signet(['url', 'a b'], { env: fixed });
  assert.equal(cloud.stdout, 'https://res.cloudinary.com/demo/image/upload/a%20b\n');
});

test('config shows where the account comes from and hides the secret', async () => {
  const { stdout } = await signet(['config'], { env });
  assert.match(stdout, new RegExp(`api_key +${server.apiKey}`));
  assert.match(stdout, /from +CLOUDINARY_URL/);
  assert.ok(!stdout.includes(server.apiSecret));
  assert.equal((await signet(['config', '--reveal'], { env })).stdout, `${server.cloudinaryUrl}\n`);
});

test('config finds the server of the data folder here', async () => {
  const { stdout } = await signet(['config', '--json'], { env: { SIGNET_DATA: server.data, ...server.catalogEnv } });
  const facts = json(stdout);
  assert.deepEqual([facts.api_key, facts.api, facts.api_secret], [server.apiKey, server.url, '***']);
});

test('config keeps accounts by name, readable by the user alone', async () => {
  const home = { XDG_CONFIG_HOME: join(folder, 'config') };
  assert.equal((await signet(['config', 'add', 'live', 'cloudinary://1:s3cret@mine'], { env: home })).code, 0);
  assert.equal((await signet(['config', 'add', 'test', server.cloudinaryUrl], { env: home })).code, 0);
  const file = join(folder, 'config', 'signet', 'accounts.json');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match((await signet(['config'], { env: home })).stdout, /cloud_name +mine/);
  assert.match((await signet(['config', 'use', 'test'], { env: home })).stderr, /test is the default/);
  assert.equal(json((await signet(['config', '--json'], { env: home })).stdout).cloud_name, server.cloud);
  assert.match((await signet(['sign', 'a=b', '--json', '-a', 'live'], { env: home })).stdout, /"cloud_name": "mine"/);
  const list = await signet(['config', 'list'], { env: home });
  assert.equal(list.stdout, `  live  mine at https://api.cloudinary.com\n* test  ${server.cloud} at ${server.url}\n`);
  await signet(['config', 'remove', 'live'], { env: home });
  assert.ok(!(await readFile(file, 'utf8')).includes('s3cret'));
});

test('config --server shows each setting with its origin', async () => {
  const { stdout } = await signet(['config', '--server', '--json'], { env: { SIGNET_PORT: '4999', ...fixed } });
  const settings = json(stdout) as Record<string, { value: unknown; from: string }>;
  assert.deepEqual(settings.port, { value: 4999, from: 'environment' });
  assert.equal(settings.host?.from, 'default');
  assert.equal(settings.account?.value, '***');
});

test('every command has a help with examples', async () => {
  const { stdout } = await signet(['--help']);
  const names = [...stdout.matchAll(/^ {2}([a-z_]+) .*$/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'help' && name !== 'signet');
  assert.ok(names.length >= 7);
  for (const name of names) {
    const help = await signet([name, '--help']);
    assert.equal(help.code, 0, name);
    assert.match(help.stdout, /Examples:\n {2}\S/, name);
  }
});

test('curl of a file that is not there says so and prints the command all the same', async () => {
  const missing = await signet(['curl', 'elsewhere.png'], { env, cwd: folder });
  assert.equal(missing.code, 0);
  assert.match(missing.stdout, /file=@elsewhere\.png/);
  assert.match(missing.stderr, /There is no file elsewhere\.png here/);
  for (const source of ['pixel.png', 'https://photos.example/a.png'])
    assert.equal((await signet(['curl', source], { env, cwd: folder })).stderr, '');
});

test('an older Node runs the command by the one beside the dependencies', async (t) => {
  const older = { ...cleanEnvironment(), PATH: (process.env.PATH ?? '').replace(/[^:]*node_modules[^:]*:/g, '') };
  const { stdout: version } = await run('node', ['--version'], { env: older });
  if (Number(version.slice(1).split('.')[0]) >= 24) return t.skip(`the system's Node is ${version.trim()}`);
  const beside = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(beside))
    return t.skip('the dependencies were installed under a newer Node, so none lies beside them');
  const { stdout } = await run('node', [MAIN, 'sign', '--no-timestamp', 'a=b', '--account', 'cloudinary://1:2@x'], {
    env: older,
  });
  assert.match(stdout, /^string to sign {2}a=b\nsignature {7}[0-9a-f]{40}\n$/);
});

test('credentials of another account are answered with where to look', async () => {
  const foreign = { ...env, CLOUDINARY_URL: server.cloudinaryUrl.replace(/\/\/\d+:/, '//42:') };
  for (const args of [
    ['upload', 'pixel.png'],
    ['admin', 'ping'],
    ['uploader', 'upload', 'pixel.png'],
  ]) {
    const { code, stderr } = await signet(args, { env: foreign, cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /Unknown API key 42|api_secret mismatch|Invalid credentials/i, args.join(' '));
    assert.match(stderr, /`signet config` shows which are used/, args.join(' '));
  }
});
