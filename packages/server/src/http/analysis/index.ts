import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { SignetError } from '../../errors.ts';
import type { Operation } from '../operation.ts';
import { registerOperations } from '../register.ts';

/** The error object of the second version (OpenAPI of analysis-js): `category` and `code` beside `message`. */
const userError = (message: string, requestId: string): SignetError =>
  new SignetError('AnalysisNotAvailable', 400, message, {
    extra: { category: 'user_error', code: 'MA_00001', details: {}, request_id: requestId },
  });

const analyze = (name: string, path: string): Operation => ({
  name,
  method: 'POST',
  path,
  async handle({ params, path: { type }, request }) {
    const wanted = type ?? params.text('analysis_type');
    if (wanted === undefined) throw userError('Missing required parameter - analysis_type', request.id);
    throw userError(`Analysis of type ${wanted.slice(0, 100)} is not available on this server`, request.id);
  },
});

/** No analysis model is part of this server: authenticated calls hear so, and no task exists. */
const operations: readonly Operation[] = [
  analyze('analyze_uri', '/:cloud/analysis/analyze/uri'),
  analyze('analyze', '/analysis/:cloud/analyze/:type'),
  {
    name: 'analysis_task',
    method: 'GET',
    path: '/analysis/:cloud/tasks/:id',
    async handle({ path, request }) {
      throw new SignetError('NoSuchItem', 404, `Cannot find analysis task with id ${path.id}`, {
        extra: { category: 'user_error', code: 'MA_00001', details: {}, request_id: request.id },
      });
    },
  },
];

export function registerAnalysis(server: FastifyInstance, app: App): void {
  registerOperations(server, app, operations, '/v2');
}
