import { readOriginFacts, takeOver } from '../../assets/admin/take-over.ts';
import { ERRORS } from '../../errors.ts';
import { relationPairs } from '../../relations/relations.ts';
import type { Operation } from '../operation.ts';

const MOST = 500;

/**
 * What `signet import` needs and the cloud's Admin API does not have: a server that has never heard of these paths
 * answers 404, and the import says what cannot be kept there.
 */
export const takeOverOperations: readonly Operation[] = [
  {
    name: 'take_over_assets',
    method: 'POST',
    path: '/taken_over_assets',
    access: 'settings',
    async handle({ app, cloud, params }) {
      const given = params.json('assets');
      const items = given === undefined ? [] : Array.isArray(given) ? (given as unknown[]) : [given];
      if (items.length > MOST) throw ERRORS.BadRequest(`Expected up to ${MOST} assets but received ${items.length}`);
      const facts = items.map(readOriginFacts);
      const missing: string[] = [];
      for (const one of facts)
        if (!(await takeOver(app, cloud, one))) missing.push(`${one.resource_type}/${one.type}/${one.public_id}`);
      return { taken_over: facts.length - missing.length, missing };
    },
  },
  {
    name: 'relations',
    method: 'GET',
    path: '/related_assets',
    async handle({ app, cloud, params }) {
      const { items, nextCursor } = await relationPairs(app, cloud, params.text('next_cursor'));
      return { relations: items, ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }) };
    },
  },
];
