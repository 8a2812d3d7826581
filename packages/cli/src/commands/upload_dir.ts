import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { accountOption, resolveAccount, signingOptions } from '../account/resolve.ts';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, sayFailure } from '../client/progress.ts';
import { upload } from '../client/upload.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { EXIT, messageOf, UsageError } from '../errors.ts';
import { localFiles } from '../folders/local.ts';
import { folderMode, joinFolders, placing } from '../folders/mode.ts';
import { namedAssets } from '../folders/names.ts';
import { examples, integerOption, type PairOptions, pairOptions, pairsOf } from '../options.ts';
import { isPair, parsePairs } from '../params.ts';
import type { Asset } from '../transfer/types.ts';

interface Options extends PairOptions {
  readonly account?: string;
  readonly globPattern: string;
  readonly includeHidden?: true;
  readonly folder: string;
  readonly preset?: string;
  readonly transformation?: string;
  readonly excludeDirName?: true;
  readonly workers: number;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Uploads the files of a folder and keeps its structure, with the options of `cld upload_dir`.')
    .argument('[dir]', 'the folder', '.')
    .argument('[key=value...]', 'parameters of the upload API');
  pairOptions(command)
    .option('-g, --glob-pattern <glob>', 'which files', '**/*')
    .option('-H, --include-hidden', 'also names that begin with a dot')
    .option('-f, --folder <folder>', 'put everything into this folder', '')
    .option('-p, --preset <name>', 'upload preset')
    .option('-t, --transformation <raw>', 'incoming transformation')
    .option('-e, --exclude-dir-name', 'leave out the name of the folder itself')
    .option('-w, --workers <n>', 'uploads at the same time', integerOption(1, 100), 8)
    .option('--json', 'print [{file, result | error}]');
  examples(command, [
    ['signet upload_dir photos', 'into the folder photos'],
    ['signet upload_dir photos -f archive/2026 -e -g "**/*.jpg"', 'only JPEGs, into archive/2026'],
    ['signet upload_dir . -p web tags=site', 'with a preset and tags'],
  ]).action(async (dir: string, words: string[], options: Options) => {
    const root = resolve(context.cwd, dir);
    const facts = await stat(root).catch(() => undefined);
    if (facts === undefined || !facts.isDirectory()) throw new UsageError(`There is no folder ${dir}.`);
    const account = await resolveAccount(context, options);
    const mode = await folderMode(account);
    const { resource_type: resourceType = 'auto', ...given } = {
      ...parsePairs(words.filter(isPair)),
      ...pairsOf(options),
    } as Record<string, string>;
    const files = await localFiles(root, { glob: options.globPattern, hidden: options.includeHidden });
    const own = options.excludeDirName ? '' : basename(root);
    const outcomes: { file: string; result?: unknown; error?: string }[] = [];
    const progress = await createProgress(context, 'bytes', options.json);
    for (const { size } of files) progress.expect(size);
    try {
      await interruptible('Run it again: with overwrite=false what is there stays.', (signal) =>
        forEachConcurrently(
          files,
          options.workers,
          async ({ path, name }) => {
            const folder = joinFolders(options.folder, own, dirname(name));
            try {
              const result = await upload(context, account, {
                file: path,
                resourceType,
                signing: signingOptions(account, {}),
                params: {
                  ...placing(mode, folder),
                  ...(options.preset !== undefined && { upload_preset: options.preset }),
                  ...(options.transformation !== undefined && { transformation: options.transformation }),
                  ...given,
                },
                onSent: (bytes) => progress.add(bytes),
                signal,
              });
              outcomes.push({ file: name, result });
              const [shown = name] = namedAssets([result as unknown as Asset], '', mode).keys();
              if (!options.json)
                print(context, `Successfully uploaded ${name} as ${shown} with public_id: ${result.public_id}`);
            } catch (error) {
              if (signal.aborted) throw error;
              outcomes.push({ file: name, error: messageOf(error) });
              sayFailure(progress, name, error);
            }
          },
          signal,
        ),
      );
    } finally {
      progress.end();
    }
    const failed = outcomes.filter(({ error }) => error !== undefined).length;
    if (options.json)
      printJson(
        context,
        outcomes.sort((a, b) => (a.file < b.file ? -1 : 1)),
      );
    else note(context, `${outcomes.length - failed} resources uploaded, ${failed} items skipped`);
    if (failed > 0) context.exitCode = EXIT.failed;
  });
}
