import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { examples } from '../options.ts';
import { defineMethods } from '../sdk/command.ts';
import { PROVISIONING } from '../sdk/methods.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Calls a method of the provisioning API through the official SDK: environments, users, groups, access keys.',
    )
    .option('--account-url <url>', 'account://KEY:SECRET@ACCOUNT_ID (default: CLOUDINARY_ACCOUNT_URL)');
  defineMethods(command, context, {
    methods: PROVISIONING,
    target: (sdk) => sdk.provisioning.account,
    accountUrl({ env }) {
      const url = (command.opts().accountUrl as string | undefined) ?? env.CLOUDINARY_ACCOUNT_URL;
      if (url?.startsWith('account://')) return url;
      throw new CliError(
        'The provisioning API needs the credentials of the account.',
        'Set CLOUDINARY_ACCOUNT_URL=account://KEY:SECRET@ACCOUNT_ID or give --account-url.',
      );
    },
  });
  examples(command, [
    ['signet provisioning sub_accounts', 'the environments of the account'],
    ['signet provisioning create_sub_account Staging staging', 'a new one'],
    ['signet provisioning generate_access_key ID name=ci enabled=true', 'a further key of an environment'],
  ]);
}
