import { verifySearchPath } from '@signet/signing';
import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { viewContext } from '../../assets/context.ts';
import { ERRORS } from '../../errors.ts';
import { readSearchQuery } from '../../search/query.ts';
import { searchAnswer } from '../../search/search-assets.ts';
import { searchFolders } from '../../search/search-folders.ts';
import { visualSearch } from '../../search/visual-search.ts';
import type { Call, Operation } from '../operation.ts';
import { originOf } from '../origin.ts';
import { registerOperations } from '../register.ts';

/** Header that says which figures of an answer are estimated; the cloud has none. */
const ESTIMATED = 'X-Signet-Estimated';

const queryOf = ({ params }: Call) => readSearchQuery(params.raw());

const search: Operation = {
  name: 'search',
  method: ['POST', 'GET'],
  path: '/resources/search',
  async handle(call) {
    const { body, estimated } = await searchAnswer(call.app, await viewContext(call.app, call), queryOf(call));
    if (estimated.length > 0) call.reply.header(ESTIMATED, estimated.join(', '));
    return body;
  },
};

const foldersSearch: Operation = {
  name: 'search_folders',
  method: ['POST', 'GET'],
  path: '/folders/search',
  handle: (call) => searchFolders(call.app, call.cloud, queryOf(call)),
};

const visual: Operation = {
  name: 'visual_search',
  method: ['POST', 'GET'],
  path: '/resources/visual_search',
  async handle(call) {
    const { app, params } = call;
    if (params.has('text'))
      throw ERRORS.BadRequest('Visual search by text needs an embedding model, and this server has none');
    const threshold = Number(params.text('threshold') ?? 0.85);
    if (!(threshold >= 0 && threshold <= 1)) throw ERRORS.InvalidParameter('threshold', params.text('threshold') ?? '');
    const [assetId, url] = [params.text('image_asset_id'), params.text('image_url') ?? params.text('image_file')];
    if (assetId === undefined && url === undefined) throw ERRORS.MissingParameter('image_url');
    return visualSearch(app, await viewContext(app, call), {
      assetId,
      url,
      threshold,
      maxResults: params.integer('max_results', { min: 1, max: 500 }) ?? 50,
    });
  },
};

export const SEARCH_OPERATIONS: readonly Operation[] = [search, foldersSearch, visual];

/** The Search API, and signed search URLs on the delivery side (`/<cloud>/search/<signature>/<ttl>/<query>`). */
export function registerSearch(server: FastifyInstance, app: App): void {
  registerOperations(server, app, SEARCH_OPERATIONS);
  server.get('/:cloud/search/*', { config: { operation: 'search_url' } }, async (request, reply) => {
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
    const { body } = await searchAnswer(app, context, query);
    return reply
      .header('Cache-Control', `public, max-age=${verified.ttl}`)
      .type('application/json; charset=utf-8')
      .send(body);
  });
}
