import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { deliveryOptions, loadSdk } from '../client/sdk.ts';
import { type Context, print, printJson } from '../context.ts';
import { examples, type PairOptions, pairOptions, pairsOf } from '../options.ts';
import { isPair, parsePairs, parseValue } from '../params.ts';

interface Options extends PairOptions {
  readonly account?: string;
  readonly resourceType: string;
  readonly type?: string;
  readonly format?: string;
  readonly sign?: true;
  readonly long?: true;
  readonly check?: true;
  readonly open?: true;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Prints the delivery URL of an asset, as the SDK builds it.')
    .argument('<public_id>', 'with or without extension; for --type fetch an address')
    .argument('[transformation...]', 'as in the URL (w_300,c_fill/e_grayscale), or SDK options as key=value');
  pairOptions(command)
    .option('-t, --type <type>', 'upload, private, authenticated, fetch, …')
    .option('--resource-type <type>', 'image, video or raw (also -rt)', 'image')
    .option('-f, --format <ext>', 'extension at the end')
    .option('-s, --sign', 'sign the URL (always for private and authenticated)')
    .option('--long', 'signature of 32 characters')
    .option('--open', 'also open it in the browser')
    .option('--check', 'ask for it: prints status, type and bytes, exit code 1 unless it is delivered')
    .option('--json', 'print JSON');
  examples(command, [
    ['signet url sample w_300,c_fill', 'raw transformation'],
    ['signet url sample width=300 crop=fill format=webp', 'options of the SDK'],
    ['signet url secret --type authenticated', 'signed'],
    ['signet url clip so_2,w_400 --resource-type video -f jpg --check', 'a frame, asked for at once'],
  ]).action(async (publicId: string, words: string[], options: Options) => {
    const account = await resolveAccount(context, options);
    const sdk = await loadSdk(account);
    const raw = words.filter((word) => !isPair(word));
    const given = Object.fromEntries(
      Object.entries(parsePairs(words.filter(isPair))).map(([key, value]) => [key, parseValue(value)]),
    );
    const sign = options.sign ?? options.long ?? ['private', 'authenticated'].includes(options.type ?? '');
    const url = sdk.url(publicId, {
      ...deliveryOptions(account),
      resource_type: options.resourceType,
      ...(options.type && { type: options.type }),
      ...(options.format && { format: options.format }),
      ...(raw.length > 0 && { raw_transformation: raw.join('/') }),
      ...(sign && { sign_url: true }),
      ...(options.long && { long_url_signature: true }),
      ...given,
      ...pairsOf(options),
      urlAnalytics: false,
    });
    const check = options.check ? await ask(url) : undefined;
    if (options.open) openInBrowser(url);
    if (options.json) printJson(context, { url, signed: sign, ...check });
    else print(context, check === undefined ? url : `${url}\n${describe(check)}`);
    if (check !== undefined && check.status !== 200) context.exitCode = 1;
  });
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Leaves the browser to itself; a machine without one says so. */
function openInBrowser(url: string): void {
  const [program = '', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', (error) => process.stderr.write(`signet: the browser cannot be opened: ${error.message}\n`));
  child.unref();
}

interface Check {
  readonly status: number;
  readonly content_type: string | null;
  readonly bytes: number;
  readonly error: string | null;
}

async function ask(url: string): Promise<Check> {
  const answer = await fetch(url);
  const bytes = (await answer.arrayBuffer()).byteLength;
  return {
    status: answer.status,
    content_type: answer.headers.get('content-type'),
    bytes,
    error: answer.headers.get('x-cld-error'),
  };
}

const describe = ({ status, content_type: type, bytes, error }: Check): string =>
  status === 200 ? `${status} ${type} ${bytes} bytes` : `${status} ${error ?? type}`;
