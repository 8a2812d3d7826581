import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, formatBytes } from '../client/progress.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';
import { runningServer } from '../serve/place.ts';

interface Options {
  readonly workers: number;
  readonly json?: true;
}

/** The paths of both catalogs. @throws {UsageError} for what cannot be a backup of the other */
async function check(context: Context, folder: string, target: string) {
  const [from, to] = [resolve(context.cwd, folder), resolve(context.cwd, target)];
  const catalogs = { from: join(from, 'catalog.sqlite'), to: join(to, 'catalog.sqlite') };
  if (!existsSync(catalogs.from))
    throw new UsageError(
      `Expected the data folder of a server but ${folder} has no catalog`,
      'A catalog in PostgreSQL is backed up by pg_dump.',
    );
  if (from === to) throw new UsageError('Expected another folder to copy to');
  const server = await runningServer(to);
  if (server !== undefined)
    throw new UsageError(`The data folder ${target} is in use by the server at ${server.url}.`, 'Stop it first.');
  const { sameCatalog } = await import('@signet/server/snapshot');
  if (!sameCatalog(catalogs.from, catalogs.to))
    throw new UsageError(
      `Expected an empty folder or an earlier backup but ${target} has other environments`,
      'It was left as it is.',
    );
  return { from, to, catalogs };
}

async function copy(context: Context, folder: string, target: string, { workers, json }: Options) {
  const { from, to, catalogs } = await check(context, folder, target);
  const [{ snapshotCatalog }, { copyBlob, openStorage }] = await Promise.all([
    import('@signet/server/snapshot'),
    import('@signet/server/storage'),
  ]);
  await mkdir(to, { recursive: true, mode: 0o750 });
  await using source = await openStorage(context.env.SIGNET_BLOBS || from, 'read');
  await using copies = await openStorage(to, 'write');
  const progress = await createProgress(context, 'bytes', json);
  const copied = new Map<string, number>();
  const damaged = new Set<string>();
  const copyAll = async (hashes: readonly string[], signal: AbortSignal): Promise<string[]> => {
    const missing: string[] = [];
    await forEachConcurrently(
      hashes,
      workers,
      async (hash) => {
        const { outcome, bytes } = await copyBlob(hash, source.blobs, copies.blobs);
        if (outcome === 'gone') missing.push(hash);
        if (outcome === 'damaged') damaged.add(hash);
        if (outcome === 'copied') copied.set(hash, bytes);
        progress.expect(bytes);
        progress.add(bytes);
      },
      signal,
    );
    return missing;
  };
  try {
    return await interruptible('Run it again to go on: what is there is left out.', async (signal) => {
      for (let before: readonly string[] = []; ; ) {
        const snapshot = await snapshotCatalog(catalogs.from, catalogs.to);
        const missing = await copyAll(snapshot.hashes, signal);
        signal.throwIfAborted();
        // Those that are gone may have been deleted since the snapshot: what a later one still asks for is missing.
        if (missing.some((hash) => !before.includes(hash))) {
          before = missing;
          continue;
        }
        await snapshot.keep();
        const { assets, environments, hashes } = snapshot;
        return {
          assets,
          environments,
          copied: copied.size,
          present: hashes.filter((hash) => !copied.has(hash)).length - damaged.size - missing.length,
          bytes: [...copied.values()].reduce((sum, bytes) => sum + bytes, 0),
          damaged: [...damaged],
          missing,
        };
      }
    });
  } finally {
    progress.end();
  }
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Copies a data folder, also while its server is at work: the catalog as it is at one moment, with every original and kept version that it refers to, each compared with its hash on the way. What an earlier backup has is left out. Derived results are made anew. The copy is a data folder itself: start a server with it, or copy it back in the same way. With a bucket, give its address in SIGNET_BLOBS.',
    )
    .argument('<folder>', 'data folder of the server')
    .argument('<target>', 'folder of the backup')
    .option('-w, --workers <n>', 'originals at the same time', integerOption(1, 64), 4)
    .option('--json', 'print {assets, environments, copied, present, bytes, damaged, missing}');
  examples(command, [
    [
      'signet backup ./data /mnt/backup/signet',
      'run it again for what is new; exit code 1 when an original is damaged',
    ],
    ['signet serve --data /mnt/backup/signet --port 4081', 'look into the backup'],
    ['signet backup /mnt/backup/signet ./data', 'and back, into an empty folder'],
    ['signet storage verify /mnt/backup/signet', 'read every original again and compare it with its hash'],
  ]).action(async (folder: string, target: string, options: Options) => {
    const tally = await copy(context, folder, target, options);
    const { assets, environments, copied, present, bytes, damaged, missing } = tally;
    if (options.json) printJson(context, tally);
    else {
      print(
        context,
        `${assets} assets of ${environments} environments; ${copied} originals copied (${formatBytes(bytes)}), ${present} were there, ${damaged.length} are damaged, ${missing.length} are missing`,
      );
      for (const hash of damaged) print(context, `damaged: ${hash}`);
      for (const hash of missing) print(context, `missing: ${hash}`);
    }
    if (damaged.length + missing.length > 0) context.exitCode = EXIT.failed;
  });
}
