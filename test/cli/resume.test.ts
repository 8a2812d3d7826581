import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { cleanEnvironment, MAIN, type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-resume-'));
  server = await startSignet();
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('an upload in chunks goes on where Ctrl-C stopped it', async () => {
  const bytes = randomBytes(16_000_000);
  await writeFile(join(folder, 'large.bin'), bytes);
  const ranges: string[] = [];
  const stuck = Promise.withResolvers<void>();
  let blocked = true;
  // Passes two chunks on and lets the third hang.
  const proxy = createServer((incoming, outgoing) => {
    ranges.push(String(incoming.headers['content-range']));
    if (blocked && ranges.length > 2) {
      incoming.resume();
      stuck.resolve();
      return;
    }
    const onward = request(
      server.url + incoming.url,
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const front = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = {
    CLOUDINARY_URL: server.cloudinaryUrl.replace(server.url, front),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  const words = [
    'upload',
    'large.bin',
    'resource_type=raw',
    'public_id=large.bin',
    '--chunk-size',
    '5000000',
    '--json',
  ];
  try {
    const child = spawn(process.execPath, [MAIN, ...words], {
      cwd: folder,
      env: cleanEnvironment(env),
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await stuck.promise;
    child.kill('SIGINT');
    assert.deepEqual(await ended, [130, null]);
    assert.deepEqual(
      ranges.map((range) => range.split('-')[0]),
      ['bytes 0', 'bytes 5000000', 'bytes 10000000'],
    );

    blocked = false;
    ranges.length = 0;
    const { code, stdout, stderr } = await signet(words, { env, cwd: folder });
    assert.equal(code, 0, stderr);
    assert.deepEqual(ranges, ['bytes 10000000-14999999/16000000', 'bytes 15000000-15999999/16000000']);
    const [{ result }] = JSON.parse(stdout) as [{ result: { etag: string } }];
    assert.equal(result.etag, createHash('md5').update(bytes).digest('hex'));
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
