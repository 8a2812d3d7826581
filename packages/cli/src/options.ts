import type { Command } from 'commander';

/** Adds examples to the end of the help: one command line each, with what it does. */
export function examples(command: Command, lines: readonly (readonly [line: string, what: string])[]): Command {
  const text = lines.map(([line, what]) => `  ${line}\n      ${what}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}
