import { ERRORS } from '../../errors.ts';
import {
  createTrigger,
  deleteTrigger,
  listTriggers,
  requireTrigger,
  triggerView,
  updateTrigger,
} from '../../triggers/triggers.ts';
import type { Operation } from '../operation.ts';

export const triggers: Operation = {
  name: 'triggers',
  method: 'GET',
  path: '/triggers',
  async handle({ app, cloud, params }) {
    const rows = await listTriggers(app, cloud, params.text('event_type'));
    return { triggers: rows.map((row) => triggerView(row, cloud)), total: rows.length };
  },
};

/** The one operation whose success is 201 (config-js `triggersCreateTrigger`; no SDK but PY calls it). */
export const createTriggerOperation: Operation = {
  name: 'create_trigger',
  method: 'POST',
  path: '/triggers',
  async handle({ app, cloud, params, reply }) {
    const row = await createTrigger(app, cloud, {
      uri: params.required('uri'),
      event: params.required('event_type'),
      uriType: params.text('uri_type'),
    });
    reply.code(201);
    return triggerView(row, cloud);
  },
};

export const updateTriggerOperation: Operation = {
  name: 'update_trigger',
  method: 'PUT',
  path: '/triggers/:id',
  async handle({ app, cloud, params, path }) {
    await updateTrigger(app, cloud, path.id!, params.required('new_uri'));
    return { message: 'ok' };
  },
};

export const deleteTriggerOperation: Operation = {
  name: 'delete_trigger',
  method: 'DELETE',
  path: '/triggers/:id',
  async handle({ app, cloud, path }) {
    await deleteTrigger(app, cloud, path.id!);
    return { message: 'ok' };
  },
};

/** Triggers have no filter here, so every sample passes. */
export const testTrigger: Operation = {
  name: 'test_trigger',
  method: 'POST',
  path: '/triggers/:id/test',
  async handle({ app, cloud, params, path }) {
    const { id } = await requireTrigger(app, cloud, path.id!);
    const sample = params.raw().sample_data;
    if (typeof sample !== 'object' || sample === null) throw ERRORS.BadRequest('invalid_sample_data_json');
    return { trigger_id: id, filter_present: false, filter_result: true };
  },
};
