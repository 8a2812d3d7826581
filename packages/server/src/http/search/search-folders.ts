import { readSearchQuery } from '../../search/query.ts';
import { searchFolders } from '../../search/search-folders.ts';
import type { Operation } from '../operation.ts';

export const foldersSearch: Operation = {
  name: 'search_folders',
  access: 'read',
  method: ['POST', 'GET'],
  path: '/folders/search',
  handle: ({ app, cloud, params }) => {
    // The SDK's builder lets one write aggregations and fields here too; folders have none.
    const { expression, sort_by, max_results, next_cursor } = params.raw();
    return searchFolders(app, cloud, readSearchQuery({ expression, sort_by, max_results, next_cursor }));
  },
};
