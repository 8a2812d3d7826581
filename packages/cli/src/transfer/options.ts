import type { Command } from 'commander';
import { integerOption } from '../options.ts';

export interface TransferFlags {
  readonly account?: string;
  readonly workers: number;
  readonly dryRun?: true;
  readonly verify?: true;
  readonly fresh?: true;
  readonly related?: true;
  readonly state?: string;
  readonly json?: true;
}

export const transferFlags = (command: Command): Command =>
  command
    .option('-w, --workers <n>', 'assets at the same time', integerOption(1, 100), 8)
    .option('--dry-run', 'count what there is and change nothing')
    .option(
      '--verify',
      'compare both sides by etag and change nothing; exit code 1 when something is missing or differs',
    )
    .option('--state <file>', 'where to remember what is over (default: in ~/.local/state/signet/transfers)')
    .option('--fresh', 'forget what an earlier run did')
    .option('--related', 'ask each asset for its related ones, where the source has no list of them (slow)')
    .option('--json', 'print JSON');
