import type { Command } from 'commander';
import { Command as Program } from 'commander';
import { type Context, print } from '../context.ts';
import { UsageError } from '../errors.ts';
import { examples } from '../options.ts';
import { COMMANDS } from './index.ts';

interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
}

const SHELLS: Readonly<Record<string, (commands: readonly Words[]) => string>> = {
  bash: (commands) => `_signet() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[1]}" in
${commands.map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`).join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')} help"; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _signet signet`,
  zsh: (commands) => `#compdef signet
_signet() {
  local -a commands=(
${commands.map(({ name, summary }) => `    '${name}:${summary.replaceAll("'", "'\\''")}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${commands.map(({ name, options }) => `    ${name}) compadd -- ${options.join(' ')} ;;`).join('\n')}
  esac
  _files
}
compdef _signet signet`,
  fish: (commands) =>
    [
      'complete -c signet -n __fish_use_subcommand -f',
      ...commands.flatMap(({ name, summary, options }) => [
        `complete -c signet -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
        ...options.map((option) => `complete -c signet -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`),
      ]),
    ].join('\n'),
};

export function define(command: Command, context: Context): void {
  command
    .description('Prints the completion of commands and options for a shell.')
    .argument('<shell>', Object.keys(SHELLS).join(', '))
    .option('--json', 'print the script as {"shell", "script"}');
  examples(command, [
    ['source <(signet completion bash)', 'in ~/.bashrc'],
    ['signet completion zsh > ~/.zsh/_signet', 'in a folder of fpath'],
    ['signet completion fish > ~/.config/fish/completions/signet.fish', 'for fish'],
  ]).action(async (shell: string, options: { readonly json?: true }) => {
    const write = SHELLS[shell];
    if (write === undefined)
      throw new UsageError(`Expected one of ${Object.keys(SHELLS).join(', ')} but received ${shell}`);
    const commands = await Promise.all(
      COMMANDS.map(async ({ name, summary, load }) => {
        const one = new Program(name);
        (await load()).define(one, context);
        return { name, summary, options: [...one.options.flatMap(({ long }) => (long ? [long] : [])), '--help'] };
      }),
    );
    const script = write(commands);
    print(context, options.json ? JSON.stringify({ shell, script }) : script);
  });
}
