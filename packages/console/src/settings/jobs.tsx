import { useCallback, useState } from 'react';
import { api } from '../api.ts';
import { timeText } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Button, Link, SelectField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { History, StatePill } from './history.tsx';

interface Job {
  readonly id: number;
  readonly kind: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly attempts: number;
  readonly max_attempts: number;
  readonly next_run_at: string | null;
  readonly last_error: string | null;
  readonly asset_id?: string;
  /** 0–1, of running jobs that tell it. */
  readonly progress?: number;
  readonly created_at: string;
}

const STATES = [
  ['', 'All'],
  ['waiting', 'Waiting'],
  ['running', 'Running'],
  ['failed', 'Failed'],
  ['done', 'Done'],
  ['cancelled', 'Cancelled'],
] as const;

const words = (text: string): string => text.replaceAll(/[_.:-]/g, ' ');

function act(job: Job, what: 'retry' | 'cancel', reload: () => void): void {
  api.post(`/admin/jobs/${job.id}/${what}`).then(
    () => {
      toast.show(what === 'retry' ? 'It runs again' : 'Cancelled');
      reload();
    },
    (error) => {
      toast.problem(error);
      reload();
    },
  );
}

/** Work for later, as its operator sees it. */
export default function Jobs() {
  const [state, setState] = useState('');
  const load = useCallback(
    async (cursor: string | undefined) => {
      const found = await api.get<{ jobs: Job[]; next_cursor?: string }>('/admin/jobs', {
        max_results: 50,
        state: state || undefined,
        next_cursor: cursor,
      });
      return { items: found.jobs, next: found.next_cursor };
    },
    [state],
  );
  return (
    <section className="settings-section" aria-labelledby="jobs-title">
      <div className="row wrap">
        <div className="grow">
          <h2 id="jobs-title">Jobs</h2>
          <p className="hint">Work that is done later: eager results, webhooks, archives, analyses.</p>
        </div>
        <SelectField label="State" value={state} options={STATES} onValue={setState} />
      </div>
      <History
        label="Jobs"
        empty="No jobs here"
        head={['Job', 'State', 'Attempts', 'Added', 'What happened', '']}
        load={load}
        isMoving={(job) => job.state === 'waiting' || job.state === 'running'}
        row={(job, reload) => (
          <tr key={job.id}>
            <th scope="row">
              {words(job.kind)} <span className="soft">{job.id}</span>
            </th>
            <td>
              <StatePill state={job.state} />
            </td>
            <td>
              {job.attempts} of {job.max_attempts}
            </td>
            <td>{timeText(job.created_at)}</td>
            <td className="break">
              {job.progress !== undefined && <div className="hint">{Math.floor(job.progress * 100)} % done</div>}
              {job.last_error !== null && <div className="hint problem">{job.last_error}</div>}
              {job.next_run_at !== null && <div className="hint">Next attempt {timeText(job.next_run_at)}</div>}
              {job.asset_id !== undefined && <Link href={hrefOf(['library', job.asset_id])}>Show the asset</Link>}
            </td>
            <td className="actions">
              {job.state === 'waiting' && (
                <Button look="quiet" icon="close" onClick={() => act(job, 'cancel', reload)}>
                  Cancel<span className="hidden"> job {job.id}</span>
                </Button>
              )}
              {(job.state === 'failed' || job.state === 'cancelled') && (
                <Button look="quiet" icon="retry" onClick={() => act(job, 'retry', reload)}>
                  Try again<span className="hidden"> job {job.id}</span>
                </Button>
              )}
            </td>
          </tr>
        )}
      />
    </section>
  );
}
