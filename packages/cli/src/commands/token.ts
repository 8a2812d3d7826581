import { appendAuthToken, createAuthToken } from '@signet/signing';
import type { Command } from 'commander';
import { accountOption, findAccount } from '../account/resolve.ts';
import { type Context, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly key?: string;
  readonly duration?: number;
  readonly expiration?: number;
  readonly start?: number;
  readonly acl?: readonly string[];
  readonly url?: string;
  readonly ip?: string;
  readonly name?: string;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Makes a token for authenticated delivery (__cld_token__), for paths (--acl) or for one address (--url).',
    )
    .option('--key <hex>', 'the encryption key (default: auth_token[key] of the account’s URL)')
    .option('--duration <seconds>', 'good for so long', integerOption(1))
    .option('--expiration <time>', 'good until, Unix seconds', integerOption(1))
    .option('--start <time>', 'good from, Unix seconds', integerOption(1))
    .option(
      '--acl <path>',
      'paths it is good for, with * for anything (repeatable)',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--url <address>', 'print this address with a token for it alone')
    .option('--ip <address>', 'only for this client')
    .option('--name <name>', 'name of the cookie or parameter', '__cld_token__')
    .option('--json', 'print JSON');
  examples(command, [
    ['signet token --key 00112233ff99 --duration 300 --acl "/image/authenticated/*"', 'for a cookie'],
    [
      'signet token --key 00112233ff99 --duration 300 --url https://media.example.com/demo/image/authenticated/a.jpg',
      'an address',
    ],
  ]).action(async (options: Options) => {
    const key = options.key ?? (await findAccount(context, options.account))?.options['auth_token[key]'];
    if (key === undefined) throw new UsageError('Expected --key.', 'Or add ?auth_token[key]=… to the account’s URL.');
    if (!/^([0-9a-f]{2})+$/i.test(key)) throw new UsageError('Expected hexadecimal digits for --key.');
    if (options.duration === undefined && options.expiration === undefined)
      throw new UsageError('Expected --duration or --expiration.');
    if (options.acl === undefined && options.url === undefined) throw new UsageError('Expected --acl or --url.');
    const given = {
      key,
      duration: options.duration,
      expiration: options.expiration,
      startTime: options.start,
      ip: options.ip,
      tokenName: options.name,
    };
    const token =
      options.url !== undefined && options.acl === undefined
        ? appendAuthToken(options.url, given)
        : createAuthToken({ ...given, acl: options.acl });
    if (options.json) printJson(context, options.url === undefined ? { token } : { url: token });
    else print(context, token);
  });
}
