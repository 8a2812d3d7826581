import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { ERRORS } from '../../errors.ts';
import { acknowledge, type Queue, receiveMessages } from '../../notifications/polling.ts';
import type { Operation } from '../operation.ts';
import type { Parameters } from '../parameters.ts';
import { registerOperations } from '../register.ts';

function queueOf(params: Parameters): Queue {
  const [channel, batchId] = [params.text('channel'), params.text('batch_id')];
  if (channel !== undefined && batchId === undefined) return { channel };
  if (batchId !== undefined && channel === undefined) return { batchId };
  throw ERRORS.BadRequest('Expected exactly one of channel and batch_id');
}

/** Notifications for whoever cannot be reached by a webhook: triggers to `poll://<channel>` (`cloudinary/api.py`). */
const operations: readonly Operation[] = [
  {
    name: 'notifications',
    method: 'GET',
    path: '/messages',
    async handle({ app, cloud, params, reply }) {
      const queue = queueOf(params);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return {
        messages: await receiveMessages(app, cloud, queue, {
          max: params.integer('max_messages', { min: 1, max: 100 }) ?? 10,
          waitSeconds: params.integer('wait_seconds', { min: 0, max: 60 }) ?? 20,
          visibilityTimeout: params.integer('visibility_timeout', { min: 1, max: 600 }) ?? 30,
          signal: gone.signal,
        }),
      };
    },
  },
  {
    name: 'ack_notifications',
    method: 'POST',
    path: '/messages/ack',
    async handle({ app, cloud, params }) {
      const handles = params.list('receipt_handles');
      if (handles === undefined) throw ERRORS.MissingParameter('receipt_handles');
      if (handles.length > 100) throw ERRORS.BadRequest('Expected up to 100 receipt_handles');
      return { results: await acknowledge(app, cloud, handles) };
    },
  },
];

export function registerNotifications(server: FastifyInstance, app: App): void {
  registerOperations(server, app, operations, '/v2/notifications/:cloud');
}
