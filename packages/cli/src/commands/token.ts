import { appendAuthToken, createAuthToken } from '@signet/signing';
import type { Command } from 'commander';
import { accountOption, findAccount, resolveAccount } from '../account/resolve.ts';
import { createApiToken, listApiTokens, revokeApiToken } from '../client/api-tokens.ts';
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
  readonly role?: string;
  readonly scope?: readonly string[];
  readonly expiresIn?: number;
  readonly label?: string;
}

const ACTIONS = ['delivery', 'create', 'list', 'revoke'];

/** Bearer tokens, which the server makes and keeps. */
async function apiTokens(context: Context, action: string, id: string | undefined, options: Options): Promise<void> {
  const account = await resolveAccount(context, options);
  if (action === 'revoke') {
    if (id === undefined) throw new UsageError('Expected the id of the token to revoke.');
    await revokeApiToken(account, id);
    print(context, 'ok');
  } else if (action === 'list') {
    const tokens = await listApiTokens(account);
    if (options.json) printJson(context, tokens);
    else
      for (const token of tokens)
        print(context, [token.id, token.role, token.scopes.join(','), token.expires_at, token.name].join('  '));
  } else {
    const { role, scope: scopes, expiresIn, label: name } = options;
    const made = await createApiToken(account, { name, role, scopes, expiresIn });
    if (options.json) printJson(context, made);
    else print(context, made.access_token);
  }
}

const repeated = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Makes a token for authenticated delivery (__cld_token__), for paths (--acl) or for one address (--url); or makes, lists and revokes bearer tokens of the Upload and Admin API.',
    )
    .argument('[action]', 'delivery, create, list or revoke', 'delivery')
    .argument('[id]', 'of the bearer token to revoke')
    .option('--key <hex>', 'the encryption key (default: auth_token[key] of the account’s URL)')
    .option('--duration <seconds>', 'good for so long', integerOption(1))
    .option('--expiration <time>', 'good until, Unix seconds', integerOption(1))
    .option('--start <time>', 'good from, Unix seconds', integerOption(1))
    .option('--acl <path>', 'paths it is good for, with * for anything (repeatable)', repeated)
    .option('--url <address>', 'print this address with a token for it alone')
    .option('--ip <address>', 'only for this client')
    .option('--name <name>', 'name of the cookie or parameter', '__cld_token__')
    .option('--role <role>', 'create: what it may do, for instance read_only or media_library_user (default: admin)')
    .option('--scope <scope>', 'create: upload or asset_management (repeatable; default: both)', repeated)
    .option('--expires-in <seconds>', 'create: good for so long (default: an hour, at most a year)', integerOption(1))
    .option('--label <text>', 'create: what it is for')
    .option('--json', 'print JSON');
  examples(command, [
    ['signet token --key 00112233ff99 --duration 300 --acl "/image/authenticated/*"', 'for a cookie'],
    [
      'signet token --key 00112233ff99 --duration 300 --url https://media.example.com/demo/image/authenticated/a.jpg',
      'an address',
    ],
    ['signet token create --role media_library_user --scope upload --expires-in 86400', 'a bearer token for uploads'],
    ['signet token list', 'the bearer tokens'],
  ]).action(async (action: string, id: string | undefined, options: Options) => {
    if (!ACTIONS.includes(action)) throw new UsageError(`Expected ${ACTIONS.join(', ')} but received ${action}`);
    if (action !== 'delivery') return apiTokens(context, action, id, options);
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
