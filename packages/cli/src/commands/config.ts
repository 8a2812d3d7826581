import { loadConfig, SETTINGS, type SettingName } from '@signet/server/config';
import type { Command } from 'commander';
import { type Account, isCloudApi, maskedUrl, parseAccountUrl } from '../account/account.ts';
import { accountOption, findAccount } from '../account/resolve.ts';
import { readSaved, savedFile, writeSaved } from '../account/saved.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { CliError, UsageError } from '../errors.ts';
import { examples } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly server?: true;
  readonly reveal?: true;
  readonly none?: true;
  readonly setDefault?: true;
  readonly json?: true;
}

type Action = (context: Context, words: readonly string[], options: Options) => void | Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  show: async (context, [name], options) =>
    showAccount(context, await found(context, name ?? options.account), options),
  list(context, _words, { json }) {
    const { default: standard, accounts } = readSaved(context);
    const rows = Object.entries(accounts).map(([name, url]) => {
      const account = parseAccountUrl(url, `the saved account ${name}`);
      return { name, default: name === standard, cloud_name: account.cloud, api: account.api };
    });
    if (json) return printJson(context, rows);
    for (const row of rows) print(context, `${row.default ? '*' : ' '} ${row.name}  ${row.cloud_name} at ${row.api}`);
    if (rows.length === 0) note(context, `No account is saved in ${savedFile(context)}.`);
  },
  add(context, [name, url], { setDefault }) {
    if (name === undefined || url === undefined) throw new UsageError('Expected config add NAME URL');
    if (!/^[\w.-]+$/.test(name)) throw new UsageError(`Expected a name of letters, digits, . _ - but received ${name}`);
    parseAccountUrl(url, 'config add');
    const { default: before = name, accounts } = readSaved(context);
    const standard = setDefault ? name : before;
    writeSaved(context, { default: standard, accounts: { ...accounts, [name]: url } });
    note(context, `Saved ${name}${standard === name ? ', the default' : ''}.`);
  },
  'add-url'(context, [url], options) {
    if (url === undefined) throw new UsageError('Expected config add-url URL');
    return ACTIONS.add!(context, [parseAccountUrl(url, 'config add-url').cloud, url], options);
  },
  use(context, [name], { none }) {
    if (none) {
      writeSaved(context, { accounts: readSaved(context).accounts });
      note(context, 'No saved account is the default now.');
      return;
    }
    writeSaved(context, { ...readSaved(context), default: known(context, name) });
    note(context, `${name} is the default now.`);
  },
  remove(context, [name]) {
    const { default: standard, accounts } = readSaved(context);
    const { [known(context, name)]: _gone, ...rest } = accounts;
    writeSaved(context, { ...(standard !== name && standard !== undefined && { default: standard }), accounts: rest });
    note(context, `Removed ${name}.`);
  },
};

function known(context: Context, name: string | undefined): string {
  if (name !== undefined && readSaved(context).accounts[name] !== undefined) return name;
  throw new UsageError(
    `There is no saved account ${name ?? '(no name given)'}.`,
    '`signet config list` shows the saved ones.',
  );
}

async function found(context: Context, wanted: string | undefined): Promise<Account> {
  const account = await findAccount(context, wanted);
  if (account !== undefined) return account;
  throw new CliError(
    'There is no account to work with.',
    'Start a server here (`signet serve`), set CLOUDINARY_URL, or save one: `signet config add NAME URL`.',
  );
}

function showAccount(context: Context, account: Account, { json, reveal }: Options): void {
  if (reveal && !json) {
    print(context, account.url);
    return;
  }
  const facts = {
    cloud_name: account.cloud,
    api_key: account.apiKey,
    api_secret: reveal ? account.apiSecret : '***',
    api: account.api,
    delivery: account.delivery,
    server: isCloudApi(account.api) ? 'the cloud' : 'own server',
    from: account.source,
    url: reveal ? account.url : maskedUrl(account),
  };
  if (json) printJson(context, facts);
  else for (const [name, value] of Object.entries(facts)) print(context, `${name.padEnd(11)} ${value}`);
}

/** The settings a server started here would have. */
function showServer(context: Context, json: boolean | undefined): void {
  const config = loadConfig({ env: context.env });
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const secret = 'secret' in SETTINGS[name] && config[name] !== '';
    return { name, value: secret ? '***' : config[name], from: config.sources[name] };
  });
  if (json) {
    printJson(context, Object.fromEntries(rows.map(({ name, ...row }) => [name, row])));
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, value, from } of rows)
    print(
      context,
      `${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value === '' ? '-' : value}  (${from})`,
    );
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Shows which account the commands use and where it comes from, and keeps accounts by name.')
    .argument('[action]', `one of ${Object.keys(ACTIONS).join(', ')}`, 'show')
    .argument('[words...]', 'add NAME URL · add-url URL · use NAME · remove NAME · show [NAME]')
    .option('--server', 'show the settings that `signet serve` would have here, and where each comes from')
    .option('--reveal', 'print the CLOUDINARY_URL with its secret')
    .option('--set-default', 'with add: make it the default')
    .option('--none', 'with use: no saved account is the default')
    .option('--json', 'print JSON');
  examples(command, [
    ['signet config', 'the account in use, its secret masked'],
    ['export CLOUDINARY_URL=$(signet config --reveal)', 'for other programs'],
    ['signet config add live cloudinary://123:abc@mine', 'kept in ~/.config/signet; `-a live` uses it'],
    ['signet config --server', 'settings of the server with their origin'],
  ]).action(async (action: string, words: string[], options: Options) => {
    if (options.server) return showServer(context, options.json);
    const run = ACTIONS[action];
    if (run === undefined)
      throw new UsageError(`Expected one of ${Object.keys(ACTIONS).join(', ')} but received ${action}`);
    await run(context, words, options);
  });
}
