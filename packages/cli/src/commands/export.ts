import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { folderTarget } from '../transfer/folder-side.ts';
import { type TransferFlags, transferFlags } from '../transfer/options.ts';
import { transfer } from '../transfer/run.ts';
import { serverSource } from '../transfer/server-side.ts';
import { openState } from '../transfer/state.ts';

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Writes a whole environment into a folder: the originals as files, everything else as JSON (environment.json, assets.jsonl). `signet import FOLDER` reads it. Run it again to add what is new or was changed.',
    )
    .argument('<folder>', 'made when it is missing');
  examples(transferFlags(command), [
    ['signet export ./backup', 'all originals and settings'],
    ['signet export ./backup --verify', 'are all files there and unchanged?'],
    ['signet export ./backup -a live --dry-run', 'count first'],
  ]).action(async (to: string, options: TransferFlags) => {
    const account = await resolveAccount(context, options);
    const folder = resolve(context.cwd, to);
    const state = openState(
      options.state !== undefined ? resolve(context.cwd, options.state) : join(folder, 'export.state.jsonl'),
    );
    await transfer(context, serverSource(account), folderTarget(folder), state, options);
  });
}
