import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { adminCall } from '../client/admin.ts';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress } from '../client/progress.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT, messageOf, UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly delimiter: string;
  readonly resourceType: string;
  readonly workers: number;
  readonly json?: true;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Loads listed remote addresses through an upload mapping: asks for each by its delivery URL, once.')
    .argument('<upload_mapping>', 'folder of the mapping')
    .argument('<file>', 'file with the addresses')
    .option('-v, --verbose', 'print each address (what happens anyway)')
    .option('-d, --delimiter <text>', 'what stands between the addresses', '\\n')
    .option('--resource-type <type>', 'image, video or raw (also -rt)', 'image')
    .option('-w, --workers <n>', 'at the same time', integerOption(1, 100), 8)
    .option('--json', 'print [{url, delivery, status | error}]');
  examples(command, [
    ['signet admin create_upload_mapping old template=https://old.example.com/images/', 'make the mapping first'],
    ['signet migrate old addresses.txt', 'one address a line'],
  ]).action(async (mapping: string, file: string, options: Options) => {
    const account = await resolveAccount(context, options);
    const text = await readFile(resolve(context.cwd, file), 'utf8').catch((error: Error) => {
      throw new UsageError(`Cannot read ${file}: ${error.message}`);
    });
    const { template } = await adminCall<{ template: string }>(account, '/upload_mappings', {
      query: { folder: mapping },
    });
    const urls = text
      .split(options.delimiter.replaceAll('\\n', '\n').replaceAll('\\t', '\t'))
      .map((line) => line.trim())
      .filter(Boolean);
    const rows: { url: string; delivery?: string; status?: number; error?: string }[] = new Array(urls.length);
    const progress = await createProgress(context, 'items', options.json);
    progress.expect(urls.length);
    try {
      await interruptible('Run it again: what is loaded already answers at once.', (signal) =>
        forEachConcurrently(
          urls,
          options.workers,
          async (url, index) => {
            const fail = (error: string): void => {
              rows[index] = { url, error };
              progress.say(`${url}: ${error}`);
            };
            if (!url.startsWith(template)) fail(`does not begin with the mapping’s ${template}`);
            else {
              const rest = url.slice(template.length).split('/').map(encodeURIComponent).join('/');
              const delivery = `${account.delivery}/${options.resourceType}/upload/${mapping}/${rest}`;
              try {
                const { status, headers } = await fetch(delivery, { method: 'HEAD', signal });
                rows[index] = { url, delivery, status };
                if (status !== 200) fail(`${status} ${headers.get('x-cld-error') ?? ''}`.trim());
              } catch (error) {
                if (signal.aborted) throw error;
                fail(messageOf(error));
              }
            }
            progress.add(1);
          },
          signal,
        ),
      );
    } finally {
      progress.end();
    }
    const failed = rows.filter(({ error }) => error !== undefined).length;
    if (options.json) printJson(context, rows);
    else print(context, `${rows.length - failed} loaded, ${failed} failed`);
    if (failed > 0) context.exitCode = EXIT.failed;
  });
}
