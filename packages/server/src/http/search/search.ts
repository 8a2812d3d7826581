import { viewContext } from '../../assets/context.ts';
import { readSearchQuery } from '../../search/query.ts';
import { type SearchAnswer, searchAnswer } from '../../search/search-assets.ts';
import type { Operation } from '../operation.ts';

/** Says which figures of the answer are estimates; absent when all are exact. Not part of the cloud's API. */
const ESTIMATED_HEADER = 'X-Signet-Estimated';

export const estimateHeader = ({ estimated }: SearchAnswer): Record<string, string> =>
  estimated.length === 0 ? {} : { [ESTIMATED_HEADER]: estimated.join(', ') };

export const search: Operation = {
  name: 'search',
  access: 'read',
  method: ['POST', 'GET'],
  path: '/resources/search',
  async handle(call) {
    const answer = await searchAnswer(call.app, await viewContext(call.app, call), readSearchQuery(call.params.raw()));
    call.reply.headers(estimateHeader(answer));
    return answer.body;
  },
};
