import { type Command, InvalidArgumentError } from 'commander';
import { type Params, parseValue } from './params.ts';

type Example = readonly [line: string, what: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();
/** The examples of a command, for the reference page. */
export const examplesOf = (command: Command): readonly Example[] => EXAMPLES.get(command) ?? [];

/** Adds examples to the end of the help: one command line each, with what it does. */
export function examples(command: Command, lines: readonly Example[]): Command {
  EXAMPLES.set(command, lines);
  const text = lines.map(([line, what]) => `  ${line}\n      ${what}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}

/** Reads an option as an integer within bounds. */
export const integerOption =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      `Expected an integer ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`}.`,
    );
  };

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `-o key value` and `-O key value` of `cld`; `joinPairs` makes one word of the two before they are parsed. */
export const pairOptions = (command: Command): Command =>
  command
    .option('-o, --option <key value>', 'a parameter as text (repeatable; also -o key=value)', collect)
    .option('-O, --option-parsed <key value>', 'a parameter as JSON, true or false (repeatable)', collect);

export interface PairOptions {
  readonly option?: readonly string[];
  readonly optionParsed?: readonly string[];
}

const split = (pair: string): [string, string] => {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
};

/** The parameters of `-o` (text) and `-O` (parsed). */
export const pairsOf = ({ option = [], optionParsed = [] }: PairOptions): Record<string, unknown> => ({
  ...(Object.fromEntries(option.map(split)) as Params),
  ...Object.fromEntries(optionParsed.map(split).map(([key, value]) => [key, parseValue(value)])),
});

/** Spellings of `cld` that commander does not know: short options of two letters, and `_` in long ones. */
const SPELLINGS: Readonly<Record<string, string>> = {
  '-rt': '--resource-type',
  '-ls': '--list',
  '-ll': '--list-languages',
  '-lt': '--list-templates',
  '-st': '--status',
  '-ff': '--filter-fields',
  '-ea': '--eager-async',
  '-en': '--eager-notification-url',
  '-enu': '--eager-notification-url',
  '-fi': '--fields',
  '-ow': '--overwrite',
  '-se': '--search-exp',
  '-nu': '--notification-url',
  '-ue': '--url-expiry',
  '--ls': '--list',
  '--concurrent-workers': '--workers',
  '-if': '--fields',
  '-sq': '--search-query',
  '--optional-parameter': '-o',
  '--optional-parameter-parsed': '-O',
};

/** Options of `cld config`, which are actions here. */
const CONFIG_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  '-n': ['add'],
  '--new': ['add'],
  '-url': ['add-url'],
  '--from-url': ['add-url'],
  '-ls': ['list'],
  '--ls': ['list'],
  '-s': ['show'],
  '--show': ['show'],
  '-rm': ['remove'],
  '--rm': ['remove'],
  '-d': ['use'],
  '--default': ['use'],
  '-ud': ['use', '--none'],
  '--unset-default': ['use', '--none'],
  '-j': ['--json'],
};

/** `cld -c URL command …` and `-C NAME`: the account may stand before the command. */
const ACCOUNT_FIRST = ['-c', '-C', '--config', '--config_saved', '-a', '--account'];

function accountBehind(args: readonly string[]): readonly string[] {
  const [option = '', value, ...rest] = args;
  if (!ACCOUNT_FIRST.includes(option) || value === undefined) return args;
  const [command, ...words] = accountBehind(rest);
  return command === undefined ? args : [command, '--account', value, ...words];
}

/** Rewrites a command line in the spelling of `cld` into ours. Words after `--` stay. */
export function respell(given: readonly string[]): string[] {
  const args = accountBehind(given);
  const out: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === '--') return [...out, ...args.slice(at)];
    const dashed = word.startsWith('--') ? word.replace(/^[^=]*/, (name) => name.replaceAll('_', '-')) : word;
    const action = args[0] === 'config' ? CONFIG_ACTIONS[dashed] : undefined;
    if (action !== undefined) {
      out.push(...action);
      continue;
    }
    const option = SPELLINGS[dashed] ?? dashed;
    const isPair = option === '-o' || option === '-O' || option === '--option' || option === '--option-parsed';
    const [key, value] = [args[at + 1], args[at + 2]];
    if (isPair && key !== undefined && !key.includes('=') && value !== undefined) {
      out.push(option, `${key}=${value}`);
      at += 2;
    } else if (isPair && key !== undefined) {
      out.push(option, key);
      at += 1;
    } else if ((option === '-s' || option === '--sort-by') && key !== undefined && /^(asc|desc)$/.test(value ?? '')) {
      out.push(option, `${key}=${value}`);
      at += 2;
    } else out.push(option);
  }
  return out;
}
