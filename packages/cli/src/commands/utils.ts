import type { Command } from 'commander';
import { deliveryOptions } from '../client/sdk.ts';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { defineMethods } from '../sdk/command.ts';
import { UTILS } from '../sdk/methods.ts';

export function define(command: Command, context: Context): void {
  command.description(
    'Calls a helper of the official SDK that needs no server: addresses for downloads, signatures, tokens.',
  );
  defineMethods(command, context, {
    methods: UTILS,
    target: (sdk) => sdk.utils,
    // The SDK would build an address of the cloud.
    defaults: (method, account) => (method === 'url' ? deliveryOptions(account) : {}),
  });
  examples(command, [
    ['signet utils private_download_url sample jpg', 'a signed address good for an hour'],
    ['signet utils download_zip_url tags=sea', 'an address that makes a ZIP'],
    [`signet utils api_sign_request '{"public_id":"a","timestamp":1}' secret`, 'the SDK’s own signature, to compare'],
  ]);
}
