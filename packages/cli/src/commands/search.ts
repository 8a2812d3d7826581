import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { defineSearch } from '../sdk/search.ts';

export function define(command: Command, context: Context): void {
  command.description('Searches assets, with the options of `cld search`.');
  defineSearch(command, context, (sdk) => sdk.search);
  examples(command, [
    ['signet search "resource_type:image AND tags=sea" -s created_at desc -n 20', 'the newest twenty'],
    ['signet search "bytes>1mb" -A --filter-fields public_id,bytes --csv large.csv', 'all, as a table'],
    ['signet search folder:trip -f tags -f context', 'with more attributes'],
  ]);
}
