import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import type { Operation } from '../operation.ts';
import { registerOperations } from '../register.ts';
import { search } from './search.ts';
import { foldersSearch } from './search-folders.ts';
import { registerSearchUrl } from './search-url.ts';
import { visual } from './visual-search.ts';

const SEARCH_OPERATIONS: readonly Operation[] = [search, foldersSearch, visual];

/** The Search API, and signed search URLs on the delivery side. */
export function registerSearch(server: FastifyInstance, app: App): void {
  registerOperations(server, app, SEARCH_OPERATIONS);
  registerSearchUrl(server, app);
}
