import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { defineMethods } from '../sdk/command.ts';
import { DIRECT_METHODS } from '../sdk/direct.ts';
import { ADMIN } from '../sdk/methods.ts';

export function define(command: Command, context: Context): void {
  command.description('Calls a method of the Admin API through the official SDK, with the arguments of `cld admin`.');
  defineMethods(command, context, { methods: { ...ADMIN, ...DIRECT_METHODS }, target: (sdk) => sdk.api });
  examples(command, [
    ['signet admin ping', 'is the account right?'],
    [
      'signet admin resources type=upload max_results=500 -A --filter-fields public_id,bytes',
      'every asset, two fields',
    ],
    ['signet admin resource sample colors=true', 'details of one'],
    ['signet admin delete_resources one two', 'a list'],
    [`signet admin create_transformation thumb '{"width":100,"crop":"thumb"}'`, 'an argument as JSON'],
  ]);
}
