import { isoTime } from '../../assets/view.ts';
import type { Operation } from '../operation.ts';

/** Who changed what; not part of the cloud's Admin API. `next_cursor` is the id of the last entry. */
export const audit: Operation = {
  name: 'audit',
  method: 'GET',
  path: '/audit',
  async handle({ app, cloud, params }) {
    const limit = params.integer('max_results', { min: 1, max: 500 }) ?? 50;
    const rows = await app.audit.list(cloud.name, {
      limit,
      before: params.integer('next_cursor', { min: 1 }),
      operation: params.text('operation'),
    });
    return {
      entries: rows.map(({ id: _id, cloud: _cloud, at, parameters, ...row }) => ({
        at: isoTime(at),
        ...row,
        parameters: JSON.parse(parameters) as string[],
      })),
      ...(rows.length === limit ? { next_cursor: String(rows.at(-1)!.id) } : {}),
    };
  },
};
