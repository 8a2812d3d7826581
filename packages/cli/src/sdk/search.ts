import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isCloudApi } from '../account/account.ts';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { loadSdk, type Sdk } from '../client/sdk.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { integerOption } from '../options.ts';
import { allPages, collectNames, keepFields, withoutRateLimit } from './command.ts';

interface Options {
  readonly account?: string;
  readonly withField?: readonly string[];
  readonly fields?: readonly string[];
  readonly sortBy?: string;
  readonly aggregate?: string;
  readonly maxResults: number;
  readonly nextCursor?: string;
  readonly autoPaginate?: true;
  readonly filterFields?: readonly string[];
  readonly ttl: number;
  readonly url?: true;
  readonly searchQuery?: true;
  readonly json?: string | true;
  readonly csv?: string;
}

/** What both kinds of search of the SDK offer (`lib/v2/search.js`). */
interface Search {
  expression(text: string): Search;
  with_field(name: string): Search;
  fields(name: string): Search;
  sort_by(field: string, direction: string): Search;
  aggregate(name: string): Search;
  max_results(n: number): Search;
  next_cursor(cursor: string): Search;
  ttl(seconds: number): Search;
  to_url(): string;
  to_query(): Record<string, unknown>;
  execute(): Promise<Record<string, unknown>>;
}

/** The options of `cld search` and `cld search_folders`. */
export function defineSearch(command: Command, context: Context, make: (sdk: Sdk) => unknown): Command {
  return accountOption(command)
    .argument('[expression...]', 'in the search language; without it everything')
    .option('-f, --with-field <name>', 'also this attribute: tags, context, metadata, … (repeatable)', collectNames)
    .option('--fields <names>', 'only these attributes (comma-separated, repeatable; also -fi)', collectNames)
    .option('-s, --sort-by <field direction>', 'order, for instance -s created_at desc')
    .option('-g, --aggregate <name>', 'count by this attribute')
    .option('-n, --max-results <n>', 'results of a page', integerOption(0, 500), 10)
    .option('-c, --next-cursor <cursor>', 'go on behind an earlier page')
    .option('-A, --auto-paginate', 'all pages')
    .option('-F, --force', 'accepted for the sake of scripts; nothing is asked')
    .option('--filter-fields <names>', 'show only these fields (also -ff)', collectNames)
    .option('-t, --ttl <seconds>', 'with --url: how long the answer may be cached', integerOption(1), 300)
    .option('-u, --url', 'print a signed search URL')
    .option('--search-query', 'print the query and do not send it (also -sq)')
    .option('--json [file]', 'the answer is JSON in any case; with a name the results are also written there')
    .option('--csv <file>', 'also write the results as comma-separated values')
    .action(async (words: string[], options: Options) => {
      const account = await resolveAccount(context, options);
      const sdk = await loadSdk(account);
      const search = build((make(sdk) as { instance(): Search }).instance(), words, options);
      if (options.searchQuery) return printJson(context, search.to_query());
      if (options.url) {
        const url = search.ttl(options.ttl).to_url();
        // The SDK always writes https here; a server of one's own may speak http.
        return print(
          context,
          isCloudApi(account.api) ? url : url.replace(/^https?:\/\/[^/]+\/[^/]+/, account.delivery),
        );
      }
      const page = (more: { next_cursor?: string }) =>
        (more.next_cursor === undefined ? search : search.next_cursor(more.next_cursor)).execute();
      const answer = withoutRateLimit(await (options.autoPaginate ? allPages(page) : page({})));
      const shown = (
        options.filterFields === undefined
          ? answer
          : keepFields(answer, [...options.filterFields, ...(options.withField ?? [])])
      ) as Record<string, unknown>;
      printJson(context, shown);
      const rows = (shown.resources ?? shown.folders ?? []) as Record<string, unknown>[];
      if (typeof options.json === 'string') await save(context, options.json, JSON.stringify(rows, null, 2));
      if (options.csv !== undefined) await save(context, options.csv, csv(rows));
    });
}

function build(search: Search, words: readonly string[], options: Options): Search {
  if (words.length > 0) search.expression(words.join(' '));
  for (const name of options.withField ?? []) search.with_field(name);
  for (const name of options.fields ?? []) search.fields(name);
  if (options.sortBy !== undefined) {
    const [field = '', direction = 'desc'] = options.sortBy.split(/[=,:\s]/);
    if (direction !== 'asc' && direction !== 'desc')
      throw new UsageError(`Expected asc or desc but received ${direction}`);
    search.sort_by(field, direction);
  }
  if (options.aggregate !== undefined) search.aggregate(options.aggregate);
  if (options.nextCursor !== undefined) search.next_cursor(options.nextCursor);
  return search.max_results(options.autoPaginate ? 500 : options.maxResults);
}

async function save(context: Context, file: string, text: string): Promise<void> {
  await writeFile(resolve(context.cwd, file), text);
  note(context, `Saved ${file}.`);
}

/** RFC 4180; nested values as JSON. */
export function csv(rows: readonly Record<string, unknown>[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    const text =
      value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names.map(cell), ...rows.map((row) => names.map((name) => cell(row[name])))]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
}
