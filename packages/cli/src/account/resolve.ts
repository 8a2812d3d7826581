import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError, UsageError } from '../errors.ts';
import { type Account, parseAccountUrl } from './account.ts';
import { localAccount } from './local.ts';
import { readSaved, savedFile } from './saved.ts';

export interface AccountOptions {
  readonly account?: string;
}

export const accountOption = (command: Command): Command =>
  command.option(
    '-a, --account <url|name>',
    'cloudinary://KEY:SECRET@CLOUD[?upload_prefix=URL], or the name of a saved account',
  );

/** The account of a call, from the first place that has one; the help of `signet` lists the places. */
export async function resolveAccount(context: Context, { account }: AccountOptions): Promise<Account> {
  const found = await findAccount(context, account);
  if (found !== undefined) return found;
  throw new CliError(
    'There is no account to work with.',
    'Start a server here (`signet serve`), set CLOUDINARY_URL, give --account, or save one: `signet config add NAME URL`.',
  );
}

export async function findAccount(context: Context, wanted?: string): Promise<Account | undefined> {
  if (wanted !== undefined) {
    if (wanted.includes('://')) return parseAccountUrl(wanted, '--account');
    const saved = readSaved(context).accounts[wanted];
    if (saved === undefined)
      throw new UsageError(`There is no saved account ${wanted}.`, '`signet config list` shows the saved ones.');
    return parseAccountUrl(saved, `the saved account ${wanted}`);
  }
  if (context.env.CLOUDINARY_URL) return parseAccountUrl(context.env.CLOUDINARY_URL, 'CLOUDINARY_URL');
  const saved = readSaved(context);
  if (saved.default !== undefined && saved.accounts[saved.default] !== undefined)
    return parseAccountUrl(
      saved.accounts[saved.default]!,
      `the saved account ${saved.default} (${savedFile(context)})`,
    );
  return localAccount(context);
}

/** The algorithm and version the account's SDK options ask for; flags come first. */
export function signingOptions(
  account: Account,
  flags: { readonly algorithm?: string; readonly signatureVersion?: string },
): { algorithm: 'sha1' | 'sha256'; version: 1 | 2 } {
  const algorithm = flags.algorithm ?? account.options.signature_algorithm ?? 'sha1';
  const version = flags.signatureVersion ?? account.options.signature_version ?? '2';
  if (algorithm !== 'sha1' && algorithm !== 'sha256')
    throw new UsageError(`Expected sha1 or sha256 as algorithm but received ${algorithm}`);
  if (version !== '1' && version !== '2')
    throw new UsageError(`Expected 1 or 2 as signature version but received ${version}`);
  return { algorithm, version: version === '1' ? 1 : 2 };
}

export const signingFlags = (command: Command): Command =>
  command
    .option('--algorithm <sha1|sha256>', 'digest (default: the account’s signature_algorithm, else sha1)')
    .option('--signature-version <1|2>', 'version 2 writes & in values as %26 (default: the account’s, else 2)');
