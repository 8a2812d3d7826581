import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { accountOption, resolveAccount, signingFlags, signingOptions } from '../account/resolve.ts';
import { CHUNK_BYTES } from '../client/chunked.ts';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, sayFailure } from '../client/progress.ts';
import { unsignedFields } from '../client/signed.ts';
import { isRemote } from '../client/source.ts';
import { type UploadedAsset, upload } from '../client/upload.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { EXIT, messageOf, UsageError } from '../errors.ts';
import { examples, integerOption, pairOptions, pairsOf } from '../options.ts';
import { isPair, parsePairs } from '../params.ts';

interface Options {
  readonly account?: string;
  readonly algorithm?: string;
  readonly signatureVersion?: string;
  readonly workers: number;
  readonly chunkSize: number;
  readonly recursive?: true;
  readonly hidden?: true;
  readonly unsigned?: true;
  readonly json?: true;
  readonly option?: readonly string[];
  readonly optionParsed?: readonly string[];
}

interface Outcome {
  readonly file: string;
  readonly result?: UploadedAsset;
  readonly error?: string;
}

const MIN_CHUNK = 5_000_000;

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Uploads files, addresses or data URIs. Files above 20 MB go in chunks, and the same command goes on where it was interrupted.',
    )
    .argument('<file...>', 'files, and parameters as key=value, in any order');
  pairOptions(command)
    .option('-w, --workers <n>', 'uploads at the same time', integerOption(1, 100), 4)
    .option('-r, --recursive', 'also the files of folders')
    .option('-H, --hidden', 'with -r: also names that begin with a dot')
    .option(
      '--chunk-size <bytes>',
      'size of a chunk, and limit above which there are chunks',
      integerOption(MIN_CHUNK),
      CHUNK_BYTES,
    )
    .option('--unsigned', 'without signature; needs upload_preset=…')
    .option('--json', 'print [{file, result | error}]');
  signingFlags(command);
  examples(command, [
    ['signet upload *.jpg folder=2026 tags=sea,sun', 'several files, the same parameters'],
    ['signet upload holiday.mp4 public_id=holiday resource_type=video', 'in chunks when it is large'],
    ['signet upload https://example.com/a.png eager=w_300,c_fill', 'loaded by the server'],
    ["signet upload a.png --json | jq -r '.[0].result.secure_url'", 'its address'],
  ]).action(async (words: string[], options: Options) => {
    const account = await resolveAccount(context, options);
    const { resource_type: resourceType, ...params } = {
      ...parsePairs(words.filter(isPair)),
      ...pairsOf(options),
    } as Record<string, string>;
    const signing = signingOptions(account, options);
    if (options.unsigned) unsignedFields(params);
    const files = await expand(
      context,
      words.filter((word) => !isPair(word)),
      options,
    );
    if (files.length > 1 && params.public_id !== undefined)
      throw new UsageError('One public_id cannot be given to several files.', 'Use folder= or public_id_prefix=.');

    const outcomes: Outcome[] = new Array(files.length);
    const progress = await createProgress(context, 'bytes', options.json);
    for (const { size } of files) progress.expect(size);
    try {
      await interruptible('Run the same command to go on: large files resume where they stopped.', (signal) =>
        forEachConcurrently(
          files,
          options.workers,
          async ({ file }, index) => {
            try {
              const result = await upload(context, account, {
                file,
                params,
                resourceType,
                unsigned: options.unsigned,
                signing,
                chunkBytes: options.chunkSize,
                onSent: (bytes) => progress.add(bytes),
                signal,
              });
              outcomes[index] = { file: short(file), result };
              if (!options.json) print(context, lineOf(short(file), result));
            } catch (error) {
              if (signal.aborted) throw error;
              outcomes[index] = { file: short(file), error: messageOf(error) };
              sayFailure(progress, short(file), error);
            }
          },
          signal,
        ),
      );
    } finally {
      progress.end();
    }
    const failed = outcomes.filter(({ error }) => error !== undefined).length;
    if (options.json) printJson(context, outcomes);
    else if (files.length > 1) note(context, `${files.length - failed} uploaded, ${failed} failed`);
    if (failed > 0) context.exitCode = EXIT.failed;
  });
}

const short = (file: string): string => (file.startsWith('data:') ? `${file.slice(0, 30)}…` : file);

const lineOf = (file: string, asset: UploadedAsset): string =>
  asset.public_id === undefined
    ? `${file} -> ${String(asset.status ?? 'accepted')}${asset.batch_id ? ` (batch ${String(asset.batch_id)})` : ''}`
    : `${file} -> ${asset.public_id}  ${asset.secure_url ?? asset.url ?? ''}`;

interface Found {
  readonly file: string;
  readonly size: number;
}

/** The files of the command line, folders opened when that is asked for, each with its size. */
async function expand(context: Context, words: readonly string[], options: Options): Promise<Found[]> {
  if (words.length === 0) throw new UsageError('Expected at least one file.');
  const found: Found[] = [];
  for (const word of words) {
    if (isRemote(word)) {
      found.push({ file: word, size: 0 });
      continue;
    }
    const facts = await stat(resolve(context.cwd, word)).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(
        error.code === 'ENOENT' ? `There is no file ${word}.` : `Cannot read ${word}: ${error.message}`,
      );
    });
    if (!facts.isDirectory()) {
      found.push({ file: word, size: facts.size });
      continue;
    }
    if (!options.recursive)
      throw new UsageError(
        `${word} is a folder.`,
        'Add -r for its files, or use `signet upload_dir` to keep its structure.',
      );
    for (const entry of await readdir(resolve(context.cwd, word), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const inside = path.slice(resolve(context.cwd, word).length);
      if (!entry.isFile() || (!options.hidden && /(^|[\\/])\./.test(inside))) continue;
      found.push({ file: path, size: (await stat(path)).size });
    }
  }
  return found;
}
