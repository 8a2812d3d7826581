import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { accountOption, findAccount, resolveAccount } from '../account/resolve.ts';
import type { Context } from '../context.ts';
import { CliError, UsageError } from '../errors.ts';
import { examples } from '../options.ts';
import { folderSource, requireExport } from '../transfer/folder-side.ts';
import { type TransferFlags, transferFlags } from '../transfer/options.ts';
import { transfer } from '../transfer/run.ts';
import { serverSource, serverTarget } from '../transfer/server-side.ts';
import { defaultStateFile, openState } from '../transfer/state.ts';
import type { Source } from '../transfer/types.ts';

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Takes over a whole environment from another server with the cloud’s API, or from a folder made by `signet export`: metadata fields and rules, folders, named transformations, streaming profiles, presets, mappings, and every original with its public ID, tags, context, metadata, folder, display name, access control and related assets. What exists in the target under the same name is left as it is; assets with the same public ID are replaced. Version numbers and times of creation are kept when the target is Signet; the cloud’s API has no way to set them.',
    )
    .argument(
      '<source>',
      'cloudinary://KEY:SECRET@CLOUD[?upload_prefix=URL], the name of a saved account, or a folder',
    );
  examples(transferFlags(command), [
    ['signet import cloudinary://123:abc@mine --dry-run', 'count what the cloud’s environment has'],
    ['signet import live -a test', 'from one saved account to another; again after Ctrl-C to go on'],
    ['signet import live --verify', 'is everything here, byte for byte?'],
    ['signet import ./backup', 'from files'],
  ]).action(async (from: string, options: TransferFlags) => {
    const target = await resolveAccount(context, options);
    const source = await sourceOf(context, from);
    if (source.name === `${target.cloud} at ${target.api}`)
      throw new UsageError('Source and target are the same environment.', 'Choose the target with --account.');
    const state = openState(
      options.state !== undefined
        ? resolve(context.cwd, options.state)
        : defaultStateFile(context, source.name, `${target.cloud} at ${target.api}`),
    );
    await transfer(context, source, serverTarget(context, target), state, options);
  });
}

async function sourceOf(context: Context, from: string): Promise<Source> {
  const folder = resolve(context.cwd, from);
  if (!from.includes('://') && existsSync(folder)) {
    await requireExport(folder);
    return folderSource(folder);
  }
  const account = await findAccount(context, from);
  if (account === undefined) throw new CliError(`There is no source ${from}.`);
  return serverSource(account);
}
