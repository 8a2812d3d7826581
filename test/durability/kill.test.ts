import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { globSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { givenS3, startS3 } from '../support/s3.ts';
import { type SignetServer, type StartOptions, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const ROUNDS = Number(process.env.SIGNET_TEST_KILLS ?? 50);
const UPLOADERS = 6;

interface Attempt {
  readonly id: string;
  readonly bytes: Buffer;
  answered: boolean;
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Uploads without pause until the server is gone. */
async function load(server: SignetServer, round: number, attempts: Attempt[], stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    const attempt: Attempt = {
      id: `r${round}-${randomBytes(6).toString('hex')}`,
      bytes: randomBytes(randomInt(1, 300_000)),
      answered: false,
    };
    attempts.push(attempt);
    try {
      const response = await fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, {
        method: 'POST',
        body: signedForm(server, { public_id: attempt.id }, attempt.bytes),
      });
      attempt.answered =
        response.status === 200 && ((await response.json()) as { bytes: number }).bytes === attempt.bytes.length;
    } catch {
      return;
    }
  }
}

/** What was answered is there byte for byte; what was not is there whole or not at all. */
async function check(server: SignetServer, attempts: readonly Attempt[]): Promise<void> {
  for (const { id, bytes, answered } of attempts) {
    const response = await fetch(`${server.url}/${server.cloud}/raw/upload/${id}`);
    if (response.status !== 200) {
      assert.equal(answered, false, `${id} was answered with 200 and is gone: ${response.headers.get('x-cld-error')}`);
      await response.arrayBuffer();
      continue;
    }
    assert.equal(hash(new Uint8Array(await response.arrayBuffer())), hash(bytes), `${id} has other bytes`);
  }
}

function survives(name: string, rounds: number, options: Pick<StartOptions, 'flags' | 'env'>, temporary: string): void {
  test(`an answered upload survives SIGKILL (${name}: ${rounds} kills at random moments under load)`, async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'signet-kill-'));
    t.after(() => rm(data, { recursive: true, force: true }));
    const all: Attempt[] = [];
    let last: Attempt[] = [];
    for (let round = 0; round <= rounds; round++) {
      const flags = ['--log-level', 'error', ...(options.flags ?? [])];
      const server = await startSignet({ ...options, data, flags });
      t.after(() => server.kill());
      await check(server, last);
      if (round === rounds) {
        const sample = all.filter(() => randomInt(10) === 0);
        await check(server, sample);
        await server.stop();
        break;
      }
      last = [];
      let stopped = false;
      const uploaders = Array.from({ length: UPLOADERS }, () => load(server, round, last, () => stopped));
      await new Promise((resolve) => setTimeout(resolve, randomInt(30, 400)));
      await server.kill();
      stopped = true;
      await Promise.all(uploaders);
      all.push(...last);
    }
    const answered = all.filter((attempt) => attempt.answered).length;
    assert.ok(answered > rounds, `the load was real: ${answered} answered of ${all.length}`);
    const left = globSync(temporary, { cwd: data }).filter((path) => statSync(join(data, path)).isFile());
    assert.deepEqual(left, [], 'temporary files were swept');
  });
}

const s3 = givenS3() ?? (await startS3());
after(async () => 'remove' in s3 && s3.remove());

survives('disk', ROUNDS, {}, 'blobs/tmp/**');
survives('bucket', Math.ceil(ROUNDS / 5), { flags: ['--blobs', s3.address()], env: s3.env }, 'blobs-s3/tmp/**');
