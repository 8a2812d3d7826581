import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

interface Job {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly progress?: number;
}

async function upload(server: SignetServer, resourceType: string, params: Record<string, string>, file: Buffer) {
  const body = signedForm(server, params, file);
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/${resourceType}/upload`, { method: 'POST', body });
  assert.equal(answer.status, 200, await answer.clone().text());
}

async function jobs(server: SignetServer): Promise<Job[]> {
  const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/jobs`, { headers: { authorization } });
  return ((await answer.json()) as { jobs: Job[] }).jobs;
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let left = 600; left > 0; left--) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await setTimeout(50);
  }
  throw new Error(`never seen: ${what}`);
}

test('long films leave pictures their way, tell how far they are, and nothing behind when the server is killed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'signet-films-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const data = join(folder, 'data');
  // What the processes would leave in the system's folder is seen here.
  const temporary = join(folder, 'tmp');
  await Promise.all([mkdir(data), mkdir(temporary)]);
  const start = () => startSignet({ data, env: { TMPDIR: temporary } });
  let server = await start();
  t.after(() => server.kill());
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="99" height="99"/></svg>',
  );
  await upload(server, 'image', { public_id: 'still' }, svg);
  const made = await fetch(
    `${server.url}/${server.cloud}/image/upload/e_zoompan:mode_ztr;maxzoom_2;du_4;fps_20/still.mp4`,
  );
  assert.equal(made.status, 200, made.headers.get('x-cld-error') ?? '');
  const film = Buffer.from(await made.arrayBuffer());
  const later = { eager_async: 'true' };
  for (const id of ['one', 'two'])
    await upload(server, 'video', { ...later, public_id: id, eager: `w_1600/e_loop:15/vc_h265/mp4` }, film);
  const first = await until('progress', async () =>
    (await jobs(server)).find(({ progress = 0, state }) => state === 'running' && progress > 0),
  );
  const after = await until('more progress', async () =>
    (await jobs(server)).find(({ id, progress = 0 }) => id === first.id && progress > first.progress!),
  );
  assert.ok(after.progress! < 1);
  await upload(server, 'image', { ...later, public_id: 'picture', eager: 'w_5/png' }, svg);
  await until('the picture', async () =>
    (await jobs(server)).some(({ kind, state }) => kind === 'eager' && state === 'done'),
  );
  const films = (await jobs(server)).filter(({ kind }) => kind === 'eager_video');
  assert.deepEqual(films.map(({ state }) => state).sort(), ['running', 'waiting'], 'one after the other');
  const env = { CLOUDINARY_URL: server.cloudinaryUrl };
  assert.match((await signet(['jobs', '--state', 'running'], { env })).stdout, /eager_video .* \d+ %/);

  const names = () => readdir(join(data, 'tmp'));
  const left = await until('a film on its way', async () => {
    const found = (await names()).filter((name) => name.startsWith('film-'));
    return found.length > 0 && found;
  });
  await server.kill();
  assert.deepEqual(
    (await names()).filter((name) => left.includes(name)),
    left,
    'there is something to remove',
  );
  await writeFile(join(data, 'tmp', 'other'), 'x');
  server = await start();
  const now = await names();
  assert.deepEqual(
    now.filter((name) => left.includes(name) || name === 'other'),
    [],
  );
  await until('the film again', async () =>
    (await jobs(server)).some(({ state, progress = 0 }) => state === 'running' && progress > 0),
  );
  const outside = (await readdir(temporary)).filter((name) => !name.startsWith('signet-compile-cache-'));
  assert.deepEqual(outside, [], 'nothing in the folder of the system');
});
