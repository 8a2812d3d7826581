import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';

/** Accounts by name, kept for this user alone. */
export interface SavedAccounts {
  readonly default?: string;
  readonly accounts: Readonly<Record<string, string>>;
}

/** `$XDG_CONFIG_HOME/signet/accounts.json`, else `~/.config/signet/accounts.json`. */
export const savedFile = ({ env }: Context): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'signet', 'accounts.json');

export function readSaved(context: Context): SavedAccounts {
  const file = savedFile(context);
  try {
    const { default: standard, accounts = {} } = JSON.parse(readFileSync(file, 'utf8')) as Partial<SavedAccounts>;
    return { ...(standard !== undefined && { default: standard }), accounts };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { accounts: {} };
    throw new CliError(`Cannot read the saved accounts ${file}: ${(error as Error).message}`, 'Repair or remove it.');
  }
}

/** Written beside and renamed, readable by this user alone: it holds secrets. */
export function writeSaved(context: Context, saved: SavedAccounts): void {
  const file = savedFile(context);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
