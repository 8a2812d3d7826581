import type { Command } from 'commander';
import { dataFolder } from '../account/local.ts';
import { accountOption, findAccount } from '../account/resolve.ts';
import { type Context, print, printJson } from '../context.ts';
import { CHECKS, type Finding } from '../doctor/checks.ts';
import { EXIT, messageOf } from '../errors.ts';
import { examples } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly json?: true;
}

const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Checks this installation: Node, decoders, fonts, the data folder and its disk, the clock against the server’s, limits. For a refused signature use `signet explain`.',
    )
    .option('--json', 'print [{name, level, text, repair}]');
  examples(command, [
    ['signet doctor', 'exit code 1 when something is broken'],
    ['SIGNET_DATA=/srv/media signet doctor --json', 'of another data folder'],
  ]).action(async (options: Options) => {
    const account = await findAccount(context, options.account);
    const input = { data: dataFolder(context), env: context.env, api: account?.api };
    const rows: ({ name: string } & Finding)[] = [];
    for (const { name, run } of CHECKS) {
      const finding = await run(input).catch(
        (error: unknown): Finding => ({ level: 'fail', text: `the check itself failed: ${messageOf(error)}` }),
      );
      rows.push({ name, ...finding });
      if (options.json) continue;
      print(context, `${MARKS[finding.level]}  ${name.padEnd(16)} ${finding.text}`);
      if (finding.repair !== undefined) print(context, `      ${' '.repeat(16)} ${finding.repair}`);
    }
    const count = (level: Finding['level']): number => rows.filter((row) => row.level === level).length;
    if (options.json) printJson(context, rows);
    else print(context, `\n${count('ok')} well, ${count('warn')} to look at, ${count('fail')} broken`);
    if (rows.some(({ level }) => level === 'fail')) context.exitCode = EXIT.failed;
  });
}
