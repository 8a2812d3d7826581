import { createHash, randomBytes } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.ts';
import { ERRORS } from '../errors.ts';
import { ROLES } from './roles.ts';

/** What a token opens: the Upload API, the Admin API. */
const SCOPES = ['upload', 'asset_management'] as const;
export type Scope = (typeof SCOPES)[number];

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');
const MAX_SECONDS = 366 * 86_400;

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Milliseconds since 1970. */
  readonly expires_at: number;
  readonly created_at: number;
}

export interface NewToken {
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Seconds; at most a year. */
  readonly expiresIn: number;
}

/** Bearer tokens of an environment: scoped, expiring; only their hash is kept. */
export function createTokens(catalog: Catalog, clock: () => number) {
  const { db } = catalog;
  const view = ({
    id,
    name,
    role,
    scopes,
    expires_at,
    created_at,
  }: {
    id: string;
    name: string;
    role: string;
    scopes: string;
    expires_at: number;
    created_at: number;
  }): Token => ({
    id,
    name,
    role,
    scopes: JSON.parse(scopes) as string[],
    expires_at,
    created_at,
  });
  return {
    /** @returns the token itself, which is never shown again @throws 400 */
    async issue(
      cloud: string,
      { name, role, scopes, expiresIn }: NewToken,
    ): Promise<Token & { readonly access_token: string }> {
      if (!Object.hasOwn(ROLES, role)) throw ERRORS.InvalidParameter('role', role);
      const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
      if (unknown !== undefined || scopes.length === 0) throw ERRORS.InvalidParameter('scopes', scopes.join(','));
      if (!(expiresIn > 0 && expiresIn <= MAX_SECONDS)) throw ERRORS.InvalidParameter('expires_in', String(expiresIn));
      const now = clock();
      const access_token = `sgt_${randomBytes(32).toString('base64url')}`;
      const row = {
        token_hash: hash(access_token),
        cloud,
        id: randomBytes(8).toString('hex'),
        name,
        role,
        scopes: JSON.stringify(scopes),
        expires_at: now + expiresIn * 1000,
        created_at: now,
      };
      await db.insertInto('access_tokens').values(row).execute();
      return { ...view(row), access_token };
    },
    list: async (cloud: string): Promise<Token[]> =>
      (
        await db
          .selectFrom('access_tokens')
          .selectAll()
          .where('cloud', '=', cloud)
          .orderBy('created_at', 'desc')
          .execute()
      ).map(view),
    /** @throws 404 */
    async revoke(cloud: string, id: string): Promise<void> {
      const { numDeletedRows } = await db
        .deleteFrom('access_tokens')
        .where('cloud', '=', cloud)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw ERRORS.NoSuchItem(`Token ${id} was not found`);
    },
    /** @throws 401 `Invalid token` for one that is unknown, expired, of another environment or without the scope */
    async check(cloud: string, token: string, scope: Scope): Promise<Token> {
      const row = await db
        .selectFrom('access_tokens')
        .selectAll()
        .where('token_hash', '=', hash(token))
        .where('cloud', '=', cloud)
        .executeTakeFirst();
      if (row === undefined || row.expires_at <= clock()) throw ERRORS.InvalidToken();
      const found = view(row);
      if (!found.scopes.includes(scope)) throw ERRORS.InvalidToken();
      return found;
    },
  };
}

export type Tokens = ReturnType<typeof createTokens>;
