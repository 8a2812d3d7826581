import type { Command } from 'commander';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { adminItems, pathOf } from '../client/admin.ts';
import { uploadCall } from '../client/call.ts';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, sayFailure } from '../client/progress.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT, messageOf } from '../errors.ts';
import { examples, integerOption } from '../options.ts';

interface Options {
  readonly account?: string;
  readonly eagerAsync?: true;
  readonly eagerNotificationUrl?: string;
  readonly maxResults: number;
  readonly autoPaginate?: true;
  readonly workers: number;
  readonly json?: true;
}

interface Derived {
  readonly public_id: string;
  readonly resource_type: string;
  readonly type: string;
  readonly format?: string;
}

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Makes the derived results of a transformation anew (explicit with eager, overwrite and invalidate).')
    .argument('<transformation>', 'a named transformation (t_name) or a raw one')
    .option('--eager-async', 'in the background (also -ea)')
    .option('--eager-notification-url <url>', 'webhook when they are ready (also -en)')
    .option('-n, --max-results <n>', 'how many', integerOption(1, 500), 500)
    .option('-A, --auto-paginate', 'all of them')
    .option('-F, --force', 'accepted for the sake of scripts; nothing is asked')
    .option('-w, --workers <n>', 'at the same time', integerOption(1, 100), 4)
    .option('--json', 'print [{public_id, error?}]');
  examples(command, [
    ['signet regen_derived t_thumb -A', 'after the named transformation was changed'],
    ['signet regen_derived w_200,c_fill --eager-async', 'in the background'],
  ]).action(async (transformation: string, options: Options) => {
    const account = await resolveAccount(context, options);
    const rows: { public_id: string; error?: string }[] = [];
    const progress = await createProgress(context, 'items', options.json);
    try {
      await interruptible('Run it again to make them all.', async (signal) => {
        const listing = adminItems<Derived>(
          account,
          pathOf('transformations', transformation),
          'derived',
          { max_results: options.maxResults },
          signal,
        );
        const derived: Derived[] = [];
        for await (const one of listing) {
          if (!options.autoPaginate && derived.length >= options.maxResults) break;
          derived.push(one);
        }
        progress.expect(derived.length);
        await forEachConcurrently(
          derived,
          options.workers,
          async ({ public_id, resource_type, type, format }) => {
            try {
              await uploadCall(
                account,
                resource_type,
                'explicit',
                {
                  public_id,
                  type,
                  eager: format === undefined ? transformation : `${transformation}/${format}`,
                  overwrite: true,
                  invalidate: true,
                  ...(options.eagerAsync && { eager_async: true }),
                  ...(options.eagerNotificationUrl && { eager_notification_url: options.eagerNotificationUrl }),
                },
                signal,
              );
              rows.push({ public_id });
            } catch (error) {
              if (signal.aborted) throw error;
              rows.push({ public_id, error: messageOf(error) });
              sayFailure(progress, public_id, error);
            }
            progress.add(1);
          },
          signal,
        );
      });
    } finally {
      progress.end();
    }
    const failed = rows.filter(({ error }) => error !== undefined).length;
    if (options.json) printJson(context, rows);
    else print(context, `${rows.length - failed} made anew, ${failed} failed`);
    if (failed > 0) context.exitCode = EXIT.failed;
  });
}
