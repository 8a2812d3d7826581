/**
 * What was answered survives a power cut: a copy of the disk, taken in one step while uploads come in, holds what had
 * reached the disk at that moment and nothing of what the kernel still kept in memory. A second server starts from it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { installed } from '../../scripts/installed.ts';
import { startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const CUTS = Number(process.env.SIGNET_TEST_CUTS ?? 5);
const UPLOADERS = 8;

const missing = ['mkfs.xfs', 'mkfs.ext4', 'losetup', 'mount'].filter((program) => !installed(program));
const skip =
  process.getuid?.() !== 0
    ? 'mounting a disk needs root'
    : missing.length > 0 && `needs ${missing.join(', ')}: only a file system with reflinks copies a disk in one step`;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const run = (program: string, ...args: string[]): Buffer => execFileSync(program, args);

interface Attempt {
  readonly id: string;
  readonly hash: string;
  answered: boolean;
}

let folder: string;
const mounted: string[] = [];
const at = (...names: string[]): string => join(folder, ...names);
function mount(image: string, name: string): void {
  mkdirSync(at(name), { recursive: true });
  run('mount', '-o', 'loop', image, at(name));
  mounted.push(name);
}
const unmount = (name: string): void => {
  run('umount', at(name));
  mounted.splice(mounted.indexOf(name), 1);
};

before(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'signet-power-'));
  run('truncate', '-s', '3G', at('host.img'));
  run('mkfs.xfs', '-q', '-m', 'reflink=1', at('host.img'));
  mount(at('host.img'), 'host');
  run('truncate', '-s', '1G', at('host', 'disk.img'));
  run('mkfs.ext4', '-q', '-F', at('host', 'disk.img'));
  mount(at('host', 'disk.img'), 'disk');
});
after(() => {
  for (const name of mounted.toReversed()) run('umount', at(name));
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test(`an answered upload survives a power cut (${CUTS} cuts under load)`, { skip }, async (t) => {
  mkdirSync(at('disk', 'data'));
  const flags = ['--log-level', 'error'];
  const server = await startSignet({ data: at('disk', 'data'), flags });
  t.after(() => server.kill());
  const all: Attempt[] = [];
  let stopped = false;
  const uploader = async (): Promise<void> => {
    while (!stopped) {
      const bytes = randomBytes(randomInt(1, randomInt(10) === 0 ? 2_500_000 : 50_000));
      const attempt: Attempt = { id: randomBytes(8).toString('hex'), hash: sha256(bytes), answered: false };
      all.push(attempt);
      const response = await fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, {
        method: 'POST',
        body: signedForm(server, { public_id: attempt.id }, bytes),
      });
      assert.equal(((await response.json()) as { bytes: number }).bytes, bytes.length);
      attempt.answered = true;
    }
  };
  const uploaders = Promise.all(Array.from({ length: UPLOADERS }, uploader));
  uploaders.catch(() => undefined);

  let checked = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    await pause(randomInt(300, 1500));
    const known = all.map((attempt) => ({ ...attempt }));
    run('cp', '--reflink=always', at('host', 'disk.img'), at('host', 'cut.img'));
    mount(at('host', 'cut.img'), 'cut');
    const data = at('cut', 'data');
    // The server it names is alive, unlike after a power cut.
    rmSync(join(data, 'server.json'), { force: true });
    const catalog = new DatabaseSync(join(data, 'catalog.sqlite'));
    assert.equal(catalog.prepare('PRAGMA integrity_check').get()!.integrity_check, 'ok');
    catalog.close();
    const again = await startSignet({ data, flags });
    try {
      for (const { id, hash, answered } of known) {
        const response = await fetch(`${again.url}/${again.cloud}/raw/upload/${id}`);
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (response.status === 404)
          assert.equal(answered, false, `cut ${cut}: ${id} was answered with 200 and is gone`);
        else assert.equal(sha256(bytes), hash, `cut ${cut}: ${id} has other bytes (${response.status})`);
        checked++;
      }
    } finally {
      await again.stop();
      unmount('cut');
    }
  }
  stopped = true;
  await uploaders;
  await server.stop();
  assert.ok(checked > CUTS * UPLOADERS, `the load was real: ${checked} checked`);
});
