import { checkRole } from '../../accounts/roles.ts';
import { viewContext } from '../../assets/context.ts';
import { readSearchQuery } from '../../search/query.ts';
import { searchAnswer } from '../../search/search-assets.ts';
import { type ConsoleRoute, refuse } from './route.ts';

/**
 * A search whose page begins at any place of the list, given as `offset`: a person drags the bar of a long list to
 * where the cursor of the API would only come page by page. `estimated` says that `total_count` is.
 */
export const listAssets: ConsoleRoute = {
  name: 'console_assets',
  method: 'POST',
  path: '/assets',
  async handle({ app, account, origin, params }) {
    checkRole(account.key.role, 'read');
    const body = await params();
    const offset = Number(body.text('offset') ?? 0);
    if (!Number.isSafeInteger(offset) || offset < 0)
      throw refuse(400, `Expected offset as a whole number from 0 but received ${body.text('offset')}`);
    const context = await viewContext(app, { ...account, origin });
    const answer = await searchAnswer(app, context, readSearchQuery(body.raw()), offset);
    return { ...answer.body, estimated: answer.estimated.includes('total_count') };
  },
};
