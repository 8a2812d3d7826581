import { type Command, Option } from 'commander';
import { accountOption, resolveAccount } from '../account/resolve.ts';
import { adminCall, adminItems, pathOf } from '../client/admin.ts';
import { type Context, note, print, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';

interface Job {
  readonly id: number;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly next_run_at: string | null;
  readonly last_error: string | null;
  /** 0–1, of running jobs that tell it. */
  readonly progress?: number;
  readonly created_at: string;
}

interface Options {
  readonly account?: string;
  readonly state?: string;
  readonly kind?: string;
  readonly maxResults: number;
  readonly json?: true;
}

const line = ({
  id,
  kind,
  state,
  attempts,
  max_attempts,
  next_run_at,
  last_error,
  created_at,
  progress,
}: Job): string =>
  [
    String(id).padStart(6),
    kind.padEnd(18),
    state.padEnd(9),
    `${attempts}/${max_attempts}`.padEnd(5),
    created_at,
    progress === undefined ? '' : `${Math.floor(progress * 100)} %`,
    next_run_at === null ? '' : `next ${next_run_at}`,
    last_error ?? '',
  ]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd();

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description('Lists the work for later (async uploads, eager results, webhooks, archives …), the newest first.')
    .argument('[action]', 'list, retry or cancel', 'list')
    .argument('[id]', 'of the job to retry or cancel')
    .addOption(
      new Option('--state <state>', 'only these').choices(['waiting', 'running', 'done', 'failed', 'cancelled']),
    )
    .option('--kind <kind>', 'only these, for instance webhook')
    .option('-n, --max-results <n>', 'how many', integerOption(1), 50)
    .option('--json', 'print them as JSON');
  examples(command, [
    ['signet jobs --state failed', 'what went wrong, and why'],
    ['signet jobs retry 12', 'run a waiting, failed or cancelled one now'],
    ['signet jobs cancel 12', 'take a waiting one away'],
  ]).action(async (action: string, id: string | undefined, options: Options) => {
    if (!['list', 'retry', 'cancel'].includes(action))
      throw new UsageError(`Expected list, retry or cancel but received ${action}`);
    if (action !== 'list' && id === undefined) throw new UsageError(`Expected the id of the job to ${action}`);
    const account = await resolveAccount(context, options);
    if (action !== 'list') {
      await adminCall(account, pathOf('jobs', id!, action), { method: 'POST' });
      print(context, 'ok');
      return;
    }
    const jobs: Job[] = [];
    const { state, kind, maxResults } = options;
    const query = { max_results: Math.min(maxResults, 500), state, kind };
    for await (const job of adminItems<Job>(account, '/jobs', 'jobs', query)) {
      jobs.push(job);
      if (jobs.length === maxResults) break;
    }
    if (options.json) return printJson(context, jobs);
    if (jobs.length === 0) note(context, 'There are no such jobs.');
    for (const job of jobs) print(context, line(job));
  });
}
