import { ERRORS } from '../errors.ts';
import { createProcessPool, WorkerError, workerProgram } from '../render/workers/process-pool.ts';
import type { ScriptRequest } from './run-script.ts';

const MAX_SCRIPT = 100_000;
/** Milliseconds until the process is killed, should the interpreter's own limit not hold. */
const DEADLINE = 3000;
const MEGABYTES = 256;

/** Runs users' scripts (`eval`, `on_success`) in a process of their own: one that loops keeps nobody else waiting. */
export interface Scripts {
  /** @throws 400 with the script's own error, 503 when too many wait */
  run(request: ScriptRequest): Promise<unknown>;
  close(): Promise<void>;
}

export function createScripts(): Scripts {
  const pool = createProcessPool({
    program: workerProgram(import.meta.url, 'script-worker'),
    memoryMegabytes: MEGABYTES,
    deadlineMs: DEADLINE,
    queueLimit: 64,
  });
  return {
    async run(request) {
      const { length } = request.script;
      if (length > MAX_SCRIPT)
        throw ERRORS.BadRequest(`Expected a script of at most ${MAX_SCRIPT} characters but received ${length}`);
      try {
        return await pool.run('run', request);
      } catch (error) {
        const { failure, message } = error as WorkerError;
        if (!(error instanceof WorkerError) || failure === 'missing') throw error;
        if (failure === 'busy' || failure === 'aborted') throw ERRORS.Unavailable('Too many scripts wait');
        throw ERRORS.BadRequest(`Error in evaluated script: ${failure === 'failed' ? message : 'interrupted'}`);
      }
    },
    close: () => pool.close(),
  };
}
