import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

interface Job {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly next_run_at: string | null;
  readonly last_error: string | null;
}

let data: string;
let server: SignetServer;
let status = 500;
const bodies: string[] = [];
const hook = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  bodies.push(body);
  response.writeHead(status).end();
});
let hookUrl: string;

before(async () => {
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  data = await mkdtemp(join(tmpdir(), 'signet-jobs-'));
  server = await startSignet({ data });
});
after(async () => {
  await server.stop();
  hook.close();
  await rm(data, { recursive: true, force: true });
});

const call = async (path: string, method = 'GET') => {
  const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}${path}`, { method, headers: { authorization } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const jobs = async (query: string) => (await call(`/jobs?${query}`)).body.jobs as Job[];
async function until<T>(look: () => Promise<T | undefined>, seconds = 10): Promise<T> {
  for (let left = seconds * 20; left > 0; left--) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Expected it within ${seconds} seconds`);
}
const upload = async (params: Record<string, string>) => {
  const form = signedForm(server, params, Buffer.from('hello'), 'hello.txt');
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, { method: 'POST', body: form });
  return (await answer.json()) as Record<string, unknown>;
};

test('a refused webhook waits for its next attempt, survives a restart, and can be run now', async () => {
  await upload({ public_id: 'one.txt', notification_url: hookUrl });
  const waiting = async () => (await jobs('kind=webhook&state=waiting')).find(({ attempts }) => attempts === 1);
  const job = await until(waiting);
  assert.deepEqual([job.max_attempts, job.last_error], [4, 'expected 2xx but received 500']);
  const pause = Date.parse(job.next_run_at!) - Date.now();
  assert.ok(pause > 170_000 && pause <= 180_000, `next attempt in ${pause} ms`);

  await server.kill();
  server = await startSignet({ data });
  assert.deepEqual(await waiting(), job);

  const list = await signet(['jobs', '--state', 'waiting'], { env: { CLOUDINARY_URL: server.cloudinaryUrl } });
  assert.match(list.stdout, new RegExp(`${job.id}  webhook +waiting +1/4 .*expected 2xx but received 500`));
  const none = await signet(['jobs', '--state', 'failed'], { env: { CLOUDINARY_URL: server.cloudinaryUrl } });
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'There are no such jobs.\n']);
  status = 200;
  const retry = await signet(['jobs', 'retry', String(job.id)], { env: { CLOUDINARY_URL: server.cloudinaryUrl } });
  assert.equal(retry.code, 0, retry.stderr);
  await until(async () => (await jobs('state=done')).find(({ id }) => id === job.id));
  assert.equal(bodies[0], bodies.at(-1));
  assert.deepEqual(await call(`/jobs/${job.id}/retry`, 'POST'), {
    status: 409,
    body: { error: { message: `Expected a job that is waiting, failed or cancelled but job ${job.id} is done` } },
  });
});

test('a waiting job can be cancelled, and what counts on it is told', async () => {
  status = 503;
  await upload({ public_id: 'two.txt', notification_url: hookUrl });
  const job = await until(async () => (await jobs('state=waiting')).find(({ attempts }) => attempts === 1));
  assert.deepEqual((await call(`/jobs/${job.id}/cancel`, 'POST')).body, { message: 'ok' });
  assert.equal((await call(`/jobs/${job.id}`)).body.state, 'cancelled');
  const { deliveries } = (await call('/webhook_deliveries')).body as { deliveries: { status: string }[] };
  assert.equal(deliveries[0]!.status, 'failed');
  assert.equal((await call(`/jobs/${job.id}/cancel`, 'POST')).status, 409);
  // Cancelled is not the end: its operator may think again.
  status = 200;
  await call(`/jobs/${job.id}/retry`, 'POST');
  assert.equal((await until(async () => (await jobs('state=done')).find(({ id }) => id === job.id))).attempts, 1);
});

test('async uploads that a killed process had answered are made by the next one', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `later/${index}.txt`);
  const answers = await Promise.all(names.map((public_id) => upload({ public_id, async: 'true' })));
  assert.ok(answers.every((answer) => answer.status === 'pending'));
  await server.kill();
  server = await startSignet({ data });
  // What a killed server held is its own again at once, or half a minute later where others share its database.
  const patience = process.env.SIGNET_TEST_CATALOG === 'postgres' ? 45 : 10;
  const done = async () =>
    (await jobs('state=waiting')).length + (await jobs('state=running')).length === 0 ? true : undefined;
  await until(done, patience);
  for (const name of names) assert.equal((await call(`/resources/raw/upload/${name}`)).status, 200, name);
});

test('a chunked upload goes on where a killed server had it', async () => {
  const bytes = randomBytes(11_000_000);
  const send = async (start: number, end: number) => {
    const form = signedForm(server, { public_id: 'chunked.bin' }, bytes.subarray(start, end), 'chunked.bin');
    const headers = {
      'x-unique-upload-id': 'survivor',
      'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
    };
    const url = `${server.url}/v1_1/${server.cloud}/raw/upload`;
    return (await (await fetch(url, { method: 'POST', body: form, headers })).json()) as Record<string, unknown>;
  };
  assert.deepEqual(await send(0, 6_000_000), {
    done: false,
    bytes: 6_000_000,
    kind: 'upload',
    public_id: 'chunked.bin',
  });
  await server.kill();
  server = await startSignet({ data });
  const asset = await send(6_000_000, bytes.length);
  assert.deepEqual(
    [asset.done, asset.bytes, asset.etag],
    [true, bytes.length, createHash('md5').update(bytes).digest('hex')],
  );
  // Whoever missed the answer asks again with the same part.
  assert.equal((await send(6_000_000, bytes.length)).asset_id, asset.asset_id);
});

test('wrong calls are refused', async () => {
  assert.equal((await call('/jobs/999999')).status, 404);
  assert.equal((await call('/jobs/999999/cancel', 'POST')).status, 404);
  assert.deepEqual((await call('/jobs?state=lost')).body, {
    error: { message: 'Invalid value lost for parameter state' },
  });
  assert.equal((await fetch(`${server.url}/v1_1/${server.cloud}/jobs`)).status, 401);
});
