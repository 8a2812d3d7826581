import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { OpenedStorage } from '@signet/server/storage';
import type { Command } from 'commander';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, formatBytes, type Progress } from '../client/progress.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';
import { runningServer } from '../serve/place.ts';

interface Options {
  readonly workers: number;
  readonly json?: true;
}

const isBucket = (place: string): boolean => place.startsWith('s3://');

/** @param use as in `openStorage` */
async function open(context: Context, given: string, use: 'read' | 'write'): Promise<OpenedStorage> {
  const place = isBucket(given) ? given : resolve(context.cwd, given);
  if (!isBucket(place)) {
    if (use === 'read' && !existsSync(join(place, 'blobs')))
      throw new UsageError(`Expected the data folder of a server or s3://… but ${given} has no folder blobs`);
    const server = use === 'write' ? await runningServer(place) : undefined;
    if (server !== undefined)
      throw new UsageError(`The data folder ${given} is in use by the server at ${server.url}.`, 'Stop it first.');
  }
  const { openStorage } = await import('@signet/server/storage');
  return openStorage(place, use);
}

async function copy(context: Context, from: OpenedStorage, to: OpenedStorage, { workers, json }: Options) {
  const { copyBlob } = await import('@signet/server/storage');
  const tally = { copied: 0, present: 0, bytes: 0, damaged: [] as string[] };
  const progress: Progress = await createProgress(context, 'bytes', json);
  await interruptible('Run it again to go on: what is there is left out.', (signal) =>
    forEachConcurrently(
      from.blobs.list(),
      workers,
      async (hash) => {
        const { outcome, bytes } = await copyBlob(hash, from.blobs, to.blobs);
        if (outcome === 'damaged') tally.damaged.push(hash);
        else if (outcome !== 'gone') tally[outcome]++;
        if (outcome === 'copied') tally.bytes += bytes;
        progress.expect(bytes);
        progress.add(bytes);
      },
      signal,
    ),
  ).finally(() => progress.end());
  if (json) printJson(context, tally);
  else
    print(
      context,
      `${tally.copied} blobs copied (${formatBytes(tally.bytes)}), ${tally.present} were there, ${tally.damaged.length} are damaged`,
    );
  return tally.damaged;
}

async function verify(context: Context, at: OpenedStorage, { workers, json }: Options): Promise<string[]> {
  const tally = { whole: 0, damaged: [] as string[] };
  await interruptible('Run it again: it begins anew.', (signal) =>
    forEachConcurrently(
      at.blobs.list(),
      workers,
      async (hash) => {
        if (await at.blobs.verify(hash)) tally.whole++;
        else tally.damaged.push(hash);
      },
      signal,
    ),
  );
  if (json) printJson(context, tally);
  else print(context, `${tally.whole} blobs are whole, ${tally.damaged.length} are damaged`);
  return tally.damaged;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Copies the originals and backups of a data folder to a bucket or back, or reads every one again and compares it with its hash. A place is the data folder of a server or s3://… as for `signet serve --blobs`. The catalog stays where it is, and derived results are made anew. What is copied from may be in use by a server.',
    )
    .argument('<action>', 'copy or verify')
    .argument('<place>', 'to copy from, or to verify')
    .argument('[target]', 'to copy to')
    .option('-w, --workers <n>', 'blobs at the same time', integerOption(1, 64), 4)
    .option('--json', 'print {copied, present, bytes, damaged} or {whole, damaged}');
  examples(command, [
    ["signet storage copy ./data 's3://media/signet?region=eu-central-1'", 'run it again to go on, or for what is new'],
    ["signet storage copy 's3://media/signet?region=eu-central-1' ./data", 'and back'],
    ['signet storage verify ./data', 'exit code 1 when something is damaged'],
  ]).action(async (action: string, place: string, target: string | undefined, options: Options) => {
    if (!['copy', 'verify'].includes(action)) throw new UsageError(`Expected copy or verify but received ${action}`);
    if ((action === 'copy') !== (target !== undefined))
      throw new UsageError(action === 'copy' ? 'Expected a place to copy to' : 'Expected one place to verify');
    await using from = await open(context, place, 'read');
    await using to = target === undefined ? undefined : await open(context, target, 'write');
    const damaged = to ? await copy(context, from, to, options) : await verify(context, from, options);
    if (!options.json) for (const hash of damaged) print(context, `damaged: ${hash}`);
    if (damaged.length > 0) context.exitCode = EXIT.failed;
  });
}
