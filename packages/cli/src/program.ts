import { readFileSync } from 'node:fs';
import { Command, CommanderError, Help } from 'commander';
import { Interrupted } from './client/interrupt.ts';
import { COMMANDS, ELSEWHERE } from './commands/index.ts';
import { type Context, note } from './context.ts';
import { CliError, EXIT, hintOf, messageOf, UsageError } from './errors.ts';
import { respell } from './options.ts';

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** Said at the end of the help, and on the reference page. */
const EPILOGUE = `
Account of the commands that talk to a server, the first that is there:
  --account cloudinary://KEY:SECRET@CLOUD[?upload_prefix=URL], or the name of a saved one (signet config --help)
  CLOUDINARY_URL of the environment
  the saved default account
  the server whose data folder is ./data

Exit codes: 0 done, 1 failed (in part or whole), 2 the command line is wrong,
130 stopped by Ctrl-C (run it again to go on).

Examples:
  signet serve --port 4080
  signet upload holiday.jpg folder=2026 tags=sea,sun
  signet sign public_id=sample
  signet explain "Invalid Signature abc… String to sign - 'timestamp=1315060510'."`;

/** Where the names are so long that too little room is left beside them, what they mean stands below. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80;
  if (width - termWidth >= 45) return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  const text = helper.boxWrap(description, Math.min(width, 100) - 6);
  return `  ${term}\n${text.replace(/^/gm, '      ')}`;
}

/** Only the module of the command that was asked for is loaded, so that each starts fast. */
async function createProgram(context: Context, wanted: string | undefined): Promise<Command> {
  const known = COMMANDS.some(({ name }) => name === wanted);
  const program = new Command('signet')
    .description('Signed uploads, transformations by URL and management of your own media server.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EPILOGUE)
    .configureHelp({ formatItem })
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError(`  signet ${known ? `${wanted} ` : ''}--help shows how it is used.`)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first) => `signet: ${first.toUpperCase()}`)),
    });
  for (const { name, summary, load } of COMMANDS) {
    const command = program
      .command(name)
      .summary(summary)
      .description(summary)
      .helpOption('-h, --help', 'print this help');
    command.copyInheritedSettings(program);
    if (name === wanted) (await load()).define(command, context);
  }
  return program;
}

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong command line. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const line = respell(args);
  const words = line.filter((argument) => !argument.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  const elsewhere = ELSEWHERE[wanted ?? ''];
  if (elsewhere !== undefined) {
    note(context, `signet: ${elsewhere}`);
    return EXIT.usage;
  }
  try {
    const program = await createProgram(context, wanted);
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync(line, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    note(context, `signet: ${messageOf(error)}`);
    const hint = hintOf(error);
    if (hint !== undefined) note(context, `  ${hint}`);
    if (!(error instanceof CliError) && context.env.SIGNET_DEBUG && error instanceof Error)
      note(context, String(error.stack));
    if (error instanceof Interrupted) return EXIT.interrupted;
    return error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError')
      ? EXIT.usage
      : EXIT.failed;
  }
}
