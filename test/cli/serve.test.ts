import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signet } from '../support/cli.ts';
import { cleanEnvironment, MAIN, type SignetServer, startSignet } from '../support/server.ts';

const run = promisify(execFile);
let folder: string;
let server: SignetServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-serve-'));
  server = await startSignet();
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the ready lines name the address, the account, the console and a first upload', async () => {
  assert.match(server.stdout, /^signet ready on http:\/\/127\.0\.0\.1:\d+ in \d+ ms$/m);
  assert.equal(new URL(server.cloudinaryUrl).searchParams.get('upload_prefix'), server.url);
  assert.match(server.stdout, new RegExp(`${server.url}/console`));
  assert.match(server.stdout, /^Data: \/\S+$/m);
  assert.match(server.stdout, new RegExp(`curl .*${server.url}/v1_1/${server.cloud}/image/upload`));
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
});

test('with --json the ready message is one line that programs read', async () => {
  const child = spawn(process.execPath, [MAIN, 'serve', '--json', '--port', '0', '--data', join(folder, 'json')], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const ready = JSON.parse(line) as Record<string, string>;
  assert.equal((await fetch(`${ready.url}/health`)).status, 200);
  assert.equal(new URL(ready.cloudinary_url!).searchParams.get('upload_prefix'), ready.url);
  assert.equal(ready.console, `${ready.url}/console`);
  child.kill();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('in production nothing that is printed is a secret; `config --reveal` tells it', async (t) => {
  const data = await mkdtemp(join(folder, 'live-'));
  const live = await startSignet({ data, flags: ['--mode', 'production'] });
  t.after(() => live.stop());
  const { stdout } = await signet(['config', '--reveal'], { env: { SIGNET_DATA: data } });
  const [, secret = ''] = /^cloudinary:\/\/\d+:([^@]{20,})@/m.exec(stdout) ?? [];
  assert.notEqual(secret, '', stdout);
  assert.ok(!`${live.stdout}${live.logs}`.includes(secret));
  assert.match(live.stdout, /CLOUDINARY_URL=cloudinary:\/\/\d+:\*{3}@demo\?/);
  assert.match(live.stdout, /config --reveal/);
  assert.doesNotMatch(live.stdout, /curl|login/);
});

test('the printed curl command uploads a picture when pasted', async () => {
  const [, command = ''] = /^(curl [\s\S]*)$/m.exec(server.stdout) ?? [];
  const { stdout } = await run('sh', ['-c', command.replace(/^curl /, 'curl -s ')]);
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(answer.public_id, 'hello', stdout);
  assert.deepEqual([answer.width, answer.height, answer.format], [64, 48, 'png']);
  assert.equal((await fetch(String(answer.url))).status, 200);
  const [, address = ''] = /then open (\S+)$/m.exec(server.stdout) ?? [];
  const circle = await fetch(address);
  assert.deepEqual([circle.status, circle.headers.get('content-type')], [200, 'image/png']);
});

test('SIGTERM and SIGINT end the server with exit code 0', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const one = await startSignet();
    one.process.kill(signal);
    const [code] = await once(one.process, 'exit');
    assert.equal(code, 0, one.logs);
    await one.stop();
  }
});

test('a request that comes in while the server stops is answered, and its connection ends', async (t) => {
  const server = await startSignet();
  t.after(() => server.kill());
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // Half of a request: this connection is not idle.
  socket.write('GET /health HTTP/1.1\r\nHost: signet\r\n');
  await pause(100);
  const ended = server.stop();
  while (!server.logs.includes('stopping')) await pause(10);
  await pause(100);
  socket.write('\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/i);
  assert.equal(await ended, 0);
});

test('the account survives a restart, and a killed server leaves its data folder usable', async () => {
  const data = await mkdtemp(join(folder, 'kept-'));
  const first = await startSignet({ data });
  await first.kill();
  const second = await startSignet({ data });
  assert.equal(second.apiSecret, first.apiSecret);
  await second.stop();
});

test('a data folder belongs to one server, also when the other is in another container and cannot be asked', async (t) => {
  const data = await mkdtemp(join(folder, 'one-'));
  const first = await startSignet({ data });
  t.after(() => first.kill());
  await writeFile(join(data, 'tmp', 'on-its-way'), '');
  await rm(join(data, 'server.json'));
  const { code, stderr } = await signet(['serve', '--port', '0', '--data', data]);
  assert.equal(code, 1);
  assert.match(stderr, /in use by another server[\s\S]*--data FOLDER/);
  await access(join(data, 'tmp', 'on-its-way'));
  // Nor does a command write there.
  const SIGNET_CATALOG = 'postgres://nobody@127.0.0.1:1/none';
  for (const [args, env] of [
    [['catalog', 'copy', data], { SIGNET_CATALOG }],
    [['storage', 'copy', server.data, data], {}],
  ] as const) {
    const refused = await signet(args, { env });
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /in use by another server/, args.join(' '));
  }
  await first.kill();
  await (await startSignet({ data })).stop();
});

test('--account makes the environment it names', async () => {
  const one = await startSignet({ flags: ['--account', 'cloudinary://123456789012345:s%2Fecret@mine'] });
  assert.deepEqual([one.cloud, one.apiKey, one.apiSecret], ['mine', '123456789012345', 's/ecret']);
  assert.equal(await one.stop(), 0);
});

test('what stops a start is said with the next step', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const port = (blocker.address() as { port: number }).port;
  await writeFile(join(folder, 'file'), '');
  const cases: [string[], RegExp, number][] = [
    [['--port', String(port)], /Port \d+ on 127\.0\.0\.1 is in use\.[\s\S]*--port \d+/, 1],
    [['--data', join(folder, 'file')], /is a file\.[\s\S]*--data/, 1],
    [['--data', join(folder, 'file', 'below')], /lies below a file\.[\s\S]*--data/, 1],
    ...(existsSync('/proc/self')
      ? ['/proc', '/proc/signet/data'].map((data): [string[], RegExp, number] => [
          ['--data', data],
          /cannot be made or written\.[\s\S]*--data/,
          1,
        ])
      : []),
    [['--data', server.data], /in use by the server at http/, 1],
    [['--account', 'https://example.com'], /Expected cloudinary:\/\/KEY:SECRET@CLOUD[\s\S]*--account/, 1],
    [['--port', 'many'], /Expected an integer for port but received "many" from --port/, 2],
    [['--mode', 'fast'], /Expected one of development, production for mode/, 2],
    [['--config', join(folder, 'missing.json')], /Cannot read the configuration file/, 2],
    [['--colour', 'red'], /Unknown option '--colour'/, 2],
  ];
  for (const [flags, message, code] of cases) {
    const result = await signet(['serve', '--port', '0', '--data', join(folder, 'own'), ...flags]);
    assert.match(result.stderr, message);
    assert.equal(result.code, code, flags.join(' '));
    assert.equal(result.stdout, '');
  }
  blocker.close();
});

test('the help of serve shows every setting with its default and its variable', async () => {
  const { stdout, code } = await signet(['serve', '--help']);
  assert.equal(code, 0);
  const flat = stdout.replace(/\s+/g, ' ');
  assert.match(flat, /--port <integer> .*?\(default: 4080; env: SIGNET_PORT, PORT\)/);
  assert.match(flat, /--data <folder> .*?\(default: \.\/data; env: SIGNET_DATA\)/);
  assert.match(flat, /Examples: signet serve/);
  assert.match(flat, /--max-image-bytes <bytes> .*?\(default: 100MB; env: SIGNET_MAX_IMAGE_BYTES\)/);
  const [, list = ''] = /Options:\n([\s\S]*?)\nExamples:/.exec(stdout) ?? [];
  for (const line of list.split('\n')) assert.ok(line.length <= 80, `too long for a terminal: ${line}`);
});

test('npm hands a signal on: a server started by `npm start` stops with it', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const npm = spawn('npm', ['start', '--silent', '--', '--json', '--port', '0', '--data', join(folder, 'by-npm')], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let url = '';
  for await (const line of createInterface({ input: npm.stdout })) {
    if (!line.startsWith('{')) continue;
    url = (JSON.parse(line) as { url: string }).url;
    break;
  }
  assert.equal((await fetch(`${url}/health`)).status, 200);
  npm.kill('SIGTERM');
  const gone = async (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      () => false,
      () => true,
    );
  const end = Date.now() + 10_000;
  while (!(await gone())) {
    assert.ok(Date.now() < end, `${url} still answers`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
});
