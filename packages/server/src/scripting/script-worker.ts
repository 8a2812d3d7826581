import { serveWorker } from '../render/workers/serve-worker.ts';
import type { ScriptRequest } from './run-script.ts';

/** The program of the process in which users' scripts run. */
serveWorker({
  run: async (request: ScriptRequest) => (await import('./run-script.ts')).runScript(request),
});
