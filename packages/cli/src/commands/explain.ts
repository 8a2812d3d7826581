import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CandidateSecret, explainSignature, parseFailedRequest } from '@signet/signing';
import type { Command } from 'commander';
import { localKeys } from '../account/local.ts';
import { accountOption, findAccount } from '../account/resolve.ts';
import { type Context, print, printJson } from '../context.ts';
import { CliError, EXIT, UsageError } from '../errors.ts';
import { examples } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly secret?: string;
  readonly signature?: string;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Says which mistake made a refused signature: paste the cURL command or fetch (browsers copy both), the form or its multipart body, the address, JSON, or the server’s error text. The secret comes from the account and never leaves this machine.',
    )
    .argument('[text...]', 'the failed request, or a file that holds it; without it standard input is read')
    .option('--secret <secret>', 'compare with this secret (default: those of the account and of the data folder here)')
    .option('--signature <hex>', 'the signature, when it does not stand in the text')
    .option('--json', 'print the whole diagnosis as JSON');
  examples(command, [
    [
      `signet explain "Invalid Signature b4ad… String to sign - 'public_id=a&timestamp=1315060510'."`,
      'the error text alone is often enough',
    ],
    ['signet explain failed-request.txt', 'a file with a cURL command, a form or JSON'],
    ['pbpaste | signet explain --json', 'from the clipboard; exit code 0 means that the signature is right'],
  ]).action(async (words: string[], options: Options) => {
    const text = await readText(context, words);
    const request = parseFailedRequest(text);
    if (request === undefined && words.length === 1 && /^[\w./\\-]+\.\w+$/.test(text))
      throw new UsageError(`There is no file ${text} here.`, 'Paste the failed request itself, or the error text.');
    if (request === undefined)
      throw new UsageError(
        'The text is neither a cURL command, fetch, a form, JSON, nor an error about a signature.',
        'Paste what was sent, or the error with its "String to sign".',
      );
    const account = await findAccount(context, options.account);
    const secrets: CandidateSecret[] =
      options.secret !== undefined
        ? [{ secret: options.secret, apiKey: request.apiKey }]
        : [
            ...(account === undefined ? [] : [{ apiKey: account.apiKey, secret: account.apiSecret }]),
            ...(await localSecrets(context, options)),
          ];
    if (secrets.length === 0)
      throw new CliError('There is no secret to compare with.', 'Give --secret or --account, or set CLOUDINARY_URL.');
    const diagnosis = explainSignature(
      { ...request, ...(options.signature !== undefined && { signature: options.signature }) },
      { secrets, ...(account !== undefined && { cloudName: account.cloud }) },
    );
    if (options.json) printJson(context, { read_as: request.kind, ...diagnosis });
    else {
      print(context, diagnosis.text);
      print(context, `  string to sign       ${diagnosis.stringToSign}`);
      if (diagnosis.signedString !== undefined && diagnosis.signedString !== diagnosis.stringToSign)
        print(context, `  what was signed      ${diagnosis.signedString}`);
    }
    if (diagnosis.verdict !== 'valid') context.exitCode = EXIT.failed;
  });
}

/** Further keys of the data folder here: the wrong one of them may have been used. */
async function localSecrets(context: Context, { account }: Options): Promise<CandidateSecret[]> {
  if (account !== undefined) return [];
  const rows = await localKeys(context).catch(() => []);
  return rows.map(({ api_key: apiKey, api_secret: secret }) => ({ apiKey, secret }));
}

async function readText(context: Context, words: readonly string[]): Promise<string> {
  const [first] = words;
  if (first === undefined || (first === '-' && words.length === 1)) return readAll(context);
  if (words.length === 1 && !first.includes('\n') && first.length < 1000) {
    const file = await readFile(resolve(context.cwd, first), 'utf8').catch(() => undefined);
    if (file !== undefined) return file;
  }
  return words.join(' ');
}

async function readAll({ stdin, stderr }: Context): Promise<string> {
  if (stdin.isTTY) stderr.write('Paste the failed request, then press Ctrl-D:\n');
  let text = '';
  for await (const chunk of stdin) text += String(chunk);
  return text;
}
