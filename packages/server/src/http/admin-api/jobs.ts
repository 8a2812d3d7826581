import type { App } from '../../app.ts';
import { isoTime } from '../../assets/view.ts';
import type { JobRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import { JOB_STATES, type JobState } from '../../jobs/job-table.ts';
import type { Call, Operation } from '../operation.ts';

/** The payload stays inside: it may hold addresses with credentials. Only what the job is about is shown. */
const viewOf =
  ({ jobs }: App) =>
  ({ id, kind, status, attempts, max_attempts, run_at, last_error, created_at, updated_at, payload }: JobRow) => {
    const share = status === 'running' ? jobs.progress(id) : undefined;
    const { assetId, delivery } = (JSON.parse(payload) ?? {}) as { assetId?: string; delivery?: number };
    return {
      id,
      kind,
      state: status,
      attempts,
      max_attempts,
      next_run_at: status === 'waiting' ? isoTime(run_at) : null,
      last_error,
      // Share that is done, of what tells it: films.
      ...(share === undefined ? {} : { progress: Number(share.toFixed(3)) }),
      ...(assetId === undefined ? {} : { asset_id: assetId }),
      ...(delivery === undefined ? {} : { webhook_delivery: delivery }),
      created_at: isoTime(created_at),
      updated_at: isoTime(updated_at),
    };
  };

const idOf = ({ path }: Call): number => (/^\d{1,15}$/.test(path.id ?? '') ? Number(path.id) : 0);

/** @throws 404 for an unknown job, 409 when it is in another state than those expected */
async function refuse(call: Call, expected: string): Promise<never> {
  const job = await call.app.jobs.find(call.cloud.name, idOf(call));
  if (job === undefined) throw ERRORS.NoSuchItem(`Job ${call.path.id} was not found`);
  throw ERRORS.Conflict(`Expected a job that is ${expected} but job ${job.id} is ${job.status}`);
}

/** Work for later, as its operator sees it; not part of the cloud's Admin API. */
export const jobOperations: readonly Operation[] = [
  {
    name: 'jobs',
    method: 'GET',
    path: '/jobs',
    async handle({ app, cloud, params }) {
      const limit = params.integer('max_results', { min: 1, max: 500 }) ?? 50;
      const state = params.text('state');
      if (state !== undefined && !JOB_STATES.includes(state as JobState)) throw ERRORS.InvalidParameter('state', state);
      const rows = await app.jobs.list(cloud.name, {
        limit,
        before: params.integer('next_cursor', { min: 1 }),
        state: state as JobState | undefined,
        kind: params.text('kind'),
      });
      return {
        jobs: rows.map(viewOf(app)),
        ...(rows.length === limit ? { next_cursor: String(rows.at(-1)!.id) } : {}),
      };
    },
  },
  {
    name: 'job',
    method: 'GET',
    path: '/jobs/:id',
    async handle(call) {
      const job = await call.app.jobs.find(call.cloud.name, idOf(call));
      return job === undefined ? refuse(call, '') : viewOf(call.app)(job);
    },
  },
  {
    name: 'retry_job',
    method: 'POST',
    path: '/jobs/:id/retry',
    async handle(call) {
      if (!(await call.app.jobs.retry(call.cloud.name, idOf(call)))) await refuse(call, 'waiting, failed or cancelled');
      return { message: 'ok' };
    },
  },
  {
    name: 'cancel_job',
    method: 'POST',
    path: '/jobs/:id/cancel',
    async handle(call) {
      if (!(await call.app.jobs.cancel(call.cloud.name, idOf(call)))) await refuse(call, 'waiting');
      return { message: 'ok' };
    },
  },
];
