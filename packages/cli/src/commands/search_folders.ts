import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { defineSearch } from '../sdk/search.ts';

export function define(command: Command, context: Context): void {
  command.description('Searches folders, with the options of `cld search_folders`.');
  defineSearch(command, context, (sdk) => (sdk as unknown as { search_folders: unknown }).search_folders);
  examples(command, [
    ['signet search_folders "path:trips/*" -A', 'everything below a folder'],
    ['signet search_folders "name=2026"', 'by name'],
  ]);
}
