import type { Token } from '../../accounts/tokens.ts';
import { isoTime } from '../../assets/view.ts';
import type { Operation } from '../operation.ts';

const view = (token: Token) => ({
  ...token,
  expires_at: isoTime(token.expires_at),
  created_at: isoTime(token.created_at),
});

/** Bearer tokens; not part of the cloud's API, whose tokens come from its own sign-in. `signet token` calls these. */
export const accessTokenOperations: readonly Operation[] = [
  {
    name: 'create_access_token',
    method: 'POST',
    path: '/access_tokens',
    async handle({ app, cloud, params }) {
      const { access_token, ...token } = await app.tokens.issue(cloud.name, {
        name: params.text('name') ?? 'token',
        role: params.text('role') ?? 'admin',
        scopes: params.list('scopes', { commas: true }) ?? ['upload', 'asset_management'],
        expiresIn: params.integer('expires_in', { min: 1 }) ?? 3600,
      });
      return { access_token, token_type: 'Bearer', ...view(token) };
    },
  },
  {
    name: 'list_access_tokens',
    method: 'GET',
    path: '/access_tokens',
    handle: async ({ app, cloud }) => ({ access_tokens: (await app.tokens.list(cloud.name)).map(view) }),
  },
  {
    name: 'revoke_access_token',
    method: 'DELETE',
    path: '/access_tokens/:id',
    async handle({ app, cloud, path }) {
      await app.tokens.revoke(cloud.name, path.id!);
      return { message: 'ok' };
    },
  },
];
