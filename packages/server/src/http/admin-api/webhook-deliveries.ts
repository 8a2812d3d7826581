import { isoTime } from '../../assets/view.ts';
import type { WebhookDeliveryRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import type { Operation } from '../operation.ts';

const view = ({ cloud: _cloud, job_id: _job, payload, created_at, updated_at, ...row }: WebhookDeliveryRow) => ({
  ...row,
  payload: JSON.parse(payload) as unknown,
  created_at: isoTime(created_at),
  updated_at: isoTime(updated_at),
});

/** The delivery log of webhooks, and sending one again; not part of the cloud's Admin API. */
export const webhookDeliveryOperations: readonly Operation[] = [
  {
    name: 'webhook_deliveries',
    method: 'GET',
    path: '/webhook_deliveries',
    async handle({ app, cloud, params }) {
      const limit = params.integer('max_results', { min: 1, max: 500 }) ?? 50;
      const rows = await app.webhooks.list(cloud.name, { limit, before: params.integer('next_cursor', { min: 1 }) });
      return { deliveries: rows.map(view), ...(rows.length === limit ? { next_cursor: String(rows.at(-1)!.id) } : {}) };
    },
  },
  {
    name: 'replay_webhook',
    method: 'POST',
    path: '/webhook_deliveries/:id/replay',
    async handle({ app, cloud, path }) {
      const copy = await app.webhooks.replay(cloud.name, Number(path.id));
      if (copy === undefined) throw ERRORS.NoSuchItem(`Webhook delivery ${path.id} was not found`);
      return { message: 'ok', id: copy };
    },
  },
];
