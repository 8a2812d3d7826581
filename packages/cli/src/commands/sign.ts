import { signableParams, signUpload, unixNow } from '@signet/signing';
import type { Command } from 'commander';
import { accountOption, resolveAccount, signingFlags, signingOptions } from '../account/resolve.ts';
import { type Context, print, printJson } from '../context.ts';
import { examples } from '../options.ts';
import { parsePairs } from '../params.ts';

interface Options {
  readonly account?: string;
  readonly algorithm?: string;
  readonly signatureVersion?: string;
  readonly timestamp: boolean;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Signs the parameters of an upload: prints the string to sign and the signature. The timestamp is added unless it is given; file, cloud_name, resource_type and api_key are never signed.',
    )
    .argument('[key=value...]', 'parameters as they are sent');
  signingFlags(command)
    .option('--no-timestamp', 'sign exactly what is given')
    .option('--json', 'print everything a form needs as JSON');
  examples(command, [
    ['signet sign public_id=sample eager=w_400,c_fill', 'string to sign and signature'],
    ['signet sign --json folder=2026', 'with timestamp, api_key, cloud_name and the address'],
    ['signet sign timestamp=1315060510 public_id=sample --algorithm sha256', 'the same every time'],
  ]).action(async (words: string[], options: Options) => {
    const account = await resolveAccount(context, options);
    const given = parsePairs(words);
    const params = signableParams(
      options.timestamp && given.timestamp === undefined ? { ...given, timestamp: String(unixNow()) } : given,
    );
    const signing = signingOptions(account, options);
    const { stringToSign, signature } = signUpload(params, account.apiSecret, signing);
    if (options.json) {
      printJson(context, {
        string_to_sign: stringToSign,
        signature,
        signature_algorithm: signing.algorithm,
        signature_version: signing.version,
        cloud_name: account.cloud,
        api_key: account.apiKey,
        params,
        url: `${account.api}/v1_1/${account.cloud}/${given.resource_type ?? 'auto'}/upload`,
      });
      return;
    }
    print(context, `string to sign  ${stringToSign}`);
    print(context, `signature       ${signature}`);
  });
}
