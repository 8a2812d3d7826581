import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Account } from '../account/account.ts';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { loadSdk, type Sdk } from '../client/sdk.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type PairOptions, pairOptions, pairsOf } from '../options.ts';
import { isPair, parsePairs, parseValue } from '../params.ts';
import { positional, usage } from './arguments.ts';
import { directCall } from './direct.ts';
import { ALIASES, type Methods, WITHOUT_OPTIONS } from './methods.ts';

export interface MethodOptions extends PairOptions {
  readonly account?: string;
  readonly list?: true;
  readonly save?: string;
  readonly autoPaginate?: true;
  readonly filterFields?: readonly string[];
  readonly json?: true;
}

export interface MethodGroup {
  readonly methods: Methods;
  readonly target: (sdk: Sdk) => unknown;
  /** Options of a method that the caller did not give. */
  readonly defaults?: (method: string, account: Account) => Readonly<Record<string, unknown>>;
  /** Credentials of the provisioning API. */
  readonly accountUrl?: (context: Context, account: Account) => string | undefined;
}

type Callable = (...values: unknown[]) => unknown;

/** A command that calls methods of the SDK: `signet admin resource sample colors=true`. */
export function defineMethods(command: Command, context: Context, group: MethodGroup): Command {
  accountOption(command)
    .argument('[method]', 'see --list')
    .argument('[words...]', 'arguments, then options as key=value');
  return pairOptions(command)
    .option('--list', 'list the methods with their arguments (also -ls)')
    .option('-A, --auto-paginate', 'follow next_cursor to the end and join the pages')
    .option('-F, --force', 'accepted for the sake of scripts; nothing is asked')
    .option(
      '--filter-fields <names>',
      'show only these fields of each item (comma-separated, repeatable)',
      collectNames,
    )
    .option('--save <file>', 'also write the answer to a file')
    .option('--json', 'the answer is JSON in any case')
    .action(async (called: string | undefined, words: string[], options: MethodOptions) => {
      const method = ALIASES[called ?? ''] ?? called;
      if (options.list || method === undefined) {
        for (const [name, spec] of Object.entries(group.methods)) print(context, usage(name, spec));
        if (!options.list) throw new UsageError('Expected a method.');
        return;
      }
      const spec = group.methods[method];
      if (spec === undefined)
        throw new UsageError(
          `There is no method ${method}.${similar(method, group.methods)}`,
          '--list shows all of them.',
        );
      const [plain, pairs] = splitWords(spec, words);
      const values = positional(method, spec, plain);
      const account = await resolveAccount(context, options);
      const accountUrl = group.accountUrl?.(context, account);
      const sdk = await loadSdk(account, accountUrl);
      const given = {
        ...group.defaults?.(method, account),
        ...Object.fromEntries(Object.entries(parsePairs(pairs)).map(([key, value]) => [key, parseValue(value)])),
        ...pairsOf(options),
      };
      const direct = directCall(account, method);
      const call = (group.target(sdk) as Record<string, Callable>)[method];
      if (direct === undefined && call === undefined)
        throw new UsageError(`The installed SDK has no method ${method}.`);
      const once = (more: object): unknown => {
        const all = { ...given, ...more };
        if (direct !== undefined) return direct(values, all);
        const bare = WITHOUT_OPTIONS.includes(method) && Object.keys(all).length === 0;
        return bare ? call!(...values) : call!(...values, all);
      };
      const answer = await (options.autoPaginate ? allPages(once) : once({}));
      const own = withoutRateLimit(answer);
      const shown = options.filterFields === undefined ? own : keepFields(own, options.filterFields);
      if (typeof shown === 'string') print(context, shown);
      else printJson(context, shown);
      if (options.save !== undefined) {
        await writeFile(resolve(context.cwd, options.save), JSON.stringify(shown, null, 2));
        note(context, `Saved ${options.save}.`);
      }
    });
}

/**
 * Words that are arguments, and those that are options. When there are fewer plain words than arguments wanted, the first
 * words are arguments though they look like options: `add_context alt=hello id` (as `cld` does).
 */
function splitWords(spec: string, words: readonly string[]): [plain: string[], pairs: string[]] {
  const wanted = spec.split(' ').filter((slot) => slot !== '' && !slot.startsWith('[')).length;
  const plain = words.filter((word) => !isPair(word));
  if (plain.length >= wanted) return [plain, words.filter(isPair)];
  const lead = words.slice(0, wanted);
  const rest = words.slice(wanted);
  return [[...lead, ...rest.filter((word) => !isPair(word))], rest.filter(isPair)];
}

/** The SDK puts the rate limit of the answer's headers beside the answer's own fields. */
export function withoutRateLimit(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !name.startsWith('rate_limit_')));
}

export const collectNames = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
];

function similar(method: string, methods: Methods): string {
  const near = Object.keys(methods).filter((name) => name.includes(method) || method.includes(name));
  return near.length > 0 ? ` Did you mean ${near.slice(0, 3).join(', ')}?` : '';
}

/** Joins the pages of a listing: arrays of all pages in one, without the cursor. */
export async function allPages(call: (more: object) => unknown): Promise<Record<string, unknown>> {
  const joined: Record<string, unknown> = {};
  let cursor: unknown;
  do {
    const page = (await call(cursor === undefined ? {} : { next_cursor: cursor })) as Record<string, unknown>;
    for (const [key, value] of Object.entries(page)) {
      const before = joined[key];
      joined[key] = Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value;
    }
    cursor = page.next_cursor;
  } while (cursor !== undefined && cursor !== null);
  delete joined.next_cursor;
  return joined;
}

/** Keeps the named fields of the items of every list in the answer. */
export function keepFields(answer: unknown, names: readonly string[]): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const keep = (item: unknown): unknown =>
    typeof item === 'object' && item !== null
      ? Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
      : item;
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [key, Array.isArray(value) ? value.map(keep) : value]),
  );
}
