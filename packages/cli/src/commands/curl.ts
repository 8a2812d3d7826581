import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildCurl } from '@signet/signing';
import type { Command } from 'commander';
import { accountOption, resolveAccount, signingFlags, signingOptions } from '../account/resolve.ts';
import { signedFields, unsignedFields, uploadUrl } from '../client/signed.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { CliError, EXIT } from '../errors.ts';
import { examples } from '../options.ts';
import { parsePairs } from '../params.ts';

interface Options {
  readonly account?: string;
  readonly algorithm?: string;
  readonly signatureVersion?: string;
  readonly unsigned?: true;
  readonly run?: true;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Prints a curl command that uploads a file with these parameters, signed now and good for an hour.')
    .argument('<file>', 'a path, an http(s) address, or a data URI')
    .argument('[key=value...]', 'parameters; resource_type goes into the address (default: auto)');
  signingFlags(command)
    .option('--unsigned', 'without signature; needs upload_preset=…')
    .option('--run', 'run it with curl: prints the answer, exit code 1 when the server refused')
    .option('--json', 'print the address, the fields and the command as JSON');
  examples(command, [
    ['signet curl holiday.jpg public_id=holiday tags=sea,sun', 'print the command'],
    ['signet curl https://example.com/a.png --run', 'let the server load it, now'],
    ['signet curl a.mp4 resource_type=video eager=w_300', 'parameters of the upload API'],
  ]).action(async (source: string, words: string[], options: Options) => {
    const account = await resolveAccount(context, options);
    const { resource_type: resourceType = 'auto', ...given } = parsePairs(words);
    const url = uploadUrl(account, resourceType);
    const params = options.unsigned
      ? unsignedFields(given)
      : signedFields(account, given, signingOptions(account, options));
    const command = buildCurl(params, { uploadUrl: url, file: source });
    if (!/^(data:|\w+:\/\/)/.test(source) && !existsSync(resolve(context.cwd, source)))
      note(context, `There is no file ${source} here: run the command where it is.`);
    if (options.run) await runCurl(context, command);
    else if (options.json) printJson(context, { url, params, file: source, command });
    else print(context, command);
  });
}

async function runCurl(context: Context, command: string): Promise<void> {
  // The status goes behind curl's own messages, so that the answer on standard output stays as it came.
  const quiet = command.replace(/^curl/, String.raw`curl --silent --show-error --write-out '%{stderr}\n%{http_code}'`);
  const child = spawn('sh', ['-c', quiet], {
    cwd: context.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let messages = '';
  child.stdout.pipe(context.stdout, { end: false });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  const code = await new Promise<number | null>((done, reject) => {
    child.on('close', done);
    child.on('error', ({ message }) =>
      reject(new CliError(`The shell could not be started: ${message}`, 'Use `signet upload`.')),
    );
  });
  if (code === 127) throw new CliError('There is no curl on this machine.', 'Install it, or use `signet upload`.');
  const lines = messages.trimEnd().split('\n');
  const status = lines.pop() ?? '';
  if (lines.join('').trim() !== '') note(context, lines.join('\n').trim());
  print(context, '');
  if (code !== 0 || !status.startsWith('2')) context.exitCode = EXIT.failed;
}
