/** The page of the command line, from what the program itself parses and prints. */
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { COMMANDS } from '../packages/cli/src/commands/index.ts';
import type { Context } from '../packages/cli/src/context.ts';
import { EXIT, EXIT_MEANING } from '../packages/cli/src/errors.ts';
import { examplesOf } from '../packages/cli/src/options.ts';
import { table } from './table.ts';

const context: Context = {
  env: {},
  cwd: '/',
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  exitCode: 0,
};

async function section({ name, summary, load }: (typeof COMMANDS)[number]): Promise<string> {
  const command = new Command(name).summary(summary).description(summary);
  (await load()).define(command, context);
  const given = command.registeredArguments.map(
    (argument) =>
      `${argument.required ? '<' : '['}${argument.name()}${argument.variadic ? '...' : ''}${argument.required ? '>' : ']'}`,
  );
  const shown = (value: unknown): string =>
    value === undefined || value === '' || value === false ? '' : `\`${JSON.stringify(value)}\``;
  const options = command.options.map(({ flags, description, defaultValue }) => [
    `\`${flags}\``,
    description,
    shown(defaultValue),
  ]);
  const examples = examplesOf(command).map(([line, what]) => `# ${what}\n${line}`);
  return [
    `## ${name}`,
    `\`signet ${[name, ...given].join(' ')}\``,
    command.description(),
    // The settings of the server have a page of their own.
    name === 'serve'
      ? 'Options: every one of the [settings](settings.md).'
      : table(['Option', 'Meaning', 'Default'], options),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

export const cliPage = async (): Promise<string> => `# Command line

\`npm run signet -- COMMAND\` in the checkout, or \`node packages/cli/bin/signet.js\`. The commands that talk to a server work against Signet and, by the same code, against the cloud. Results go to standard output and nothing else does, so they can be piped; remarks and progress bars (on a terminal only) go to standard error. \`--json\` prints results as JSON.

Which account a command uses, the first that is there: \`--account\` (a \`cloudinary://\` address, or the name of a saved account), \`CLOUDINARY_URL\`, the saved default (\`signet config\`), the server whose data folder is \`./data\`.

${table(
  ['Exit code', 'Meaning'],
  Object.entries(EXIT).map(([name, code]) => [code, EXIT_MEANING[name as keyof typeof EXIT]]),
)}

Completion: \`source <(signet completion bash)\`, or zsh, or fish.

## Coming from cld

The verbs, options and argument forms of \`cld\` work: \`cld -c URL admin resources max_results=10 -A -ff public_id\` is \`signet -c URL admin resources max_results=10 -A -ff public_id\`. What differs:

- \`signet upload\` takes many files at once and prints one line for each; \`signet uploader upload\` prints the answer as \`cld upload\` does.
- Nothing is asked on the way, so \`-F\` changes nothing. In return nothing is deleted unless the command says so: \`sync\` deletes only with \`--delete\` (\`cld\` deletes unless \`-K\`).
- \`-a\` is the account everywhere; the aggregation of a search is \`-g\` or \`--aggregate\`.
- \`url\` builds addresses of the account's own server; \`--open\` opens them (\`-o\` is an option of the SDK here).
- \`login\`, \`logout\` and \`agent\` have nothing to do: keys are kept with \`signet config\`.

${(await Promise.all(COMMANDS.map(section))).join('\n\n')}
`;
