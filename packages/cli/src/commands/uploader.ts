import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { defineMethods } from '../sdk/command.ts';
import { UPLOADER } from '../sdk/methods.ts';

export function define(command: Command, context: Context): void {
  command.description(
    'Calls a method of the upload API through the official SDK, with the arguments of `cld uploader`.',
  );
  defineMethods(command, context, {
    methods: UPLOADER,
    target: (sdk) => sdk.uploader,
    defaults: (method) => (/^(unsigned_)?upload/.test(method) ? { resource_type: 'auto' } : {}),
  });
  examples(command, [
    ['signet uploader upload a.jpg public_id=a tags=x,y', 'any parameter of the SDK'],
    ['signet uploader rename a b overwrite=true', 'a to b'],
    ['signet uploader add_tag sea one two three', 'a tag for several public IDs'],
    [`signet uploader explicit a type=upload -O eager '[{"width":100,"crop":"scale"}]'`, 'an option as JSON'],
  ]);
}
