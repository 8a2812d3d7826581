import { verifySearchPath } from '@signet/signing';
import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { viewContext } from '../../assets/context.ts';
import { ERRORS } from '../../errors.ts';
import { readSearchQuery } from '../../search/query.ts';
import { searchAnswer } from '../../search/search-assets.ts';
import { originOf } from '../origin.ts';
import { estimateHeader } from './search.ts';

/**
 * `GET|HEAD /<cloud>/search/<signature>/<ttl>/<query>[/<next_cursor>]`: a search anyone may make who has the signed
 * address (SDK `search.to_url`), cacheable for `ttl` seconds. Any enabled key of the environment may have signed it.
 */
export function registerSearchUrl(server: FastifyInstance, app: App): void {
  server.route({
    method: ['GET', 'HEAD'],
    url: '/:cloud/search/*',
    config: { operation: 'search_url' },
    handler: async (request, reply) => {
      const cloud = await app.accounts.cloud((request.params as { cloud: string }).cloud);
      const path = (request.raw.url ?? '').split('?')[0]!.replace(/^\/[^/]+\//, '');
      const keys = (await app.accounts.keysOf(cloud.name)).filter(({ enabled }) => enabled === 1);
      const verified = verifySearchPath(
        path,
        keys.map(({ api_secret }) => api_secret),
      );
      if (!verified.ok)
        throw ERRORS.Unauthorized(
          verified.reason === 'malformed' ? 'Malformed search URL' : 'Invalid signature in search URL',
        );
      const query = readSearchQuery({ ...verified.query, next_cursor: verified.nextCursor });
      const context = await viewContext(app, {
        cloud,
        key: undefined,
        origin: originOf(request, app.config['public-url']),
      });
      const answer = await searchAnswer(app, context, query);
      return reply
        .headers({ 'Cache-Control': `public, max-age=${verified.ttl}`, ...estimateHeader(answer) })
        .type('application/json; charset=utf-8')
        .send(answer.body);
    },
  });
}
