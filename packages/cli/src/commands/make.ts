import type { Command } from 'commander';
import { isCloudApi } from '../account/account.ts';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { type Context, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { SAMPLES } from '../make/samples.ts';
import { examples } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly listLanguages?: true;
  readonly listTemplates?: true;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Prints a code sample for this account, with the words of `cld make`.')
    .argument('[words...]', 'what, and in which language: upload node')
    .option('--list-languages', 'list the languages (also -ll)')
    .option('--list-templates', 'list the samples (also -lt)')
    .option('--json', 'print {language, name, code}');
  examples(command, [
    ['signet make upload node > upload.mjs', 'a program'],
    ['signet make upload widget', 'html is meant when only it has the sample'],
    ['signet make --list-templates', 'what there is'],
  ]).action(async (words: string[], options: Options) => {
    if (options.listLanguages) return print(context, [...new Set(SAMPLES.map(({ language }) => language))].join('\n'));
    if (options.listTemplates)
      return print(context, SAMPLES.map(({ language, name }) => `${language} ${name}`).join('\n'));
    const language = words.find((word) => SAMPLES.some((sample) => sample.language === word.toLowerCase()));
    const name = words
      .filter((word) => word !== language)
      .join('_')
      .toLowerCase();
    const found = SAMPLES.filter(
      (sample) => sample.name === name && (language === undefined || sample.language === language.toLowerCase()),
    );
    if (found.length !== 1)
      throw new UsageError(
        found.length === 0
          ? `There is no sample ${words.join(' ') || '(nothing was given)'}.`
          : `${name} is there for ${found.map((sample) => sample.language).join(', ')}: say which.`,
        '--list-templates shows all.',
      );
    const account = await resolveAccount(context, options);
    const [sample] = found as [(typeof SAMPLES)[number]];
    const code = sample.write({ ...account, own: !isCloudApi(account.api) });
    if (options.json) printJson(context, { language: sample.language, name, code });
    else print(context, code);
  });
}
