import { createHash, randomBytes } from 'node:crypto';
import type { App } from '../../app.ts';
import type { Catalog } from '../../catalog/catalog.ts';

/** Who is signed in to the console. The API secret stays on the server: every call looks the key up again. */
export interface ConsoleSession {
  readonly cloud: string;
  readonly apiKey: string;
  /** Sent by the page in `X-CSRF-Token` with everything that changes something. */
  readonly csrf: string;
  /** Signed in by the link the server printed: may see and add environments. */
  readonly operator: boolean;
  readonly expiresAt: number;
}

type Who = Pick<ConsoleSession, 'cloud' | 'apiKey' | 'operator'>;

const HOUR = 3_600_000;
const SESSION_LIFE = 12 * HOUR;
const LINK_LIFE = HOUR;
const MOST_SESSIONS = 10_000;
const WINDOW = 15 * 60_000;
const MOST_FAILURES = 10;
const MOST_WATCHED = 50_000;

/** Only digests are kept, and looking one up by its digest tells nothing about its letters by time. */
const digest = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const random = (): string => randomBytes(32).toString('base64url');

/** Made from the session's ID, which only the browser's cookie holds, so it need not be kept. */
const csrfOf = (id: string): string => digest(`csrf:${id}`);

/**
 * Sessions in the catalog, so that a restart signs nobody out; one-time links and the count of failed sign-ins in
 * memory. The catalog itself ends the sessions of a key that is disabled, deleted or given another secret.
 */
export function createSessions({ db }: Pick<Catalog, 'db'>, clock: () => number) {
  const links = new Map<string, { who: Who; expiresAt: number }>();
  const failures = new Map<string, { count: number; since: number }>();

  const start = async (who: Who): Promise<{ id: string; session: ConsoleSession }> => {
    const now = clock();
    await db.deleteFrom('console_sessions').where('expires_at', '<=', now).execute();
    // All live equally long: the first to expire are the oldest.
    const kept = db.selectFrom('console_sessions').select('id_hash').orderBy('expires_at', 'desc');
    await db
      .deleteFrom('console_sessions')
      .where('id_hash', 'in', kept.limit(-1).offset(MOST_SESSIONS - 1))
      .execute();
    const id = random();
    const expiresAt = now + SESSION_LIFE;
    await db
      .insertInto('console_sessions')
      .values({
        id_hash: digest(id),
        cloud: who.cloud,
        api_key: who.apiKey,
        operator: Number(who.operator),
        expires_at: expiresAt,
      })
      .execute();
    return { id, session: { ...who, csrf: csrfOf(id), expiresAt } };
  };

  return {
    start,

    async find(id: string | undefined): Promise<ConsoleSession | undefined> {
      if (id === undefined) return undefined;
      const row = await db
        .selectFrom('console_sessions')
        .selectAll()
        .where('id_hash', '=', digest(id))
        .where('expires_at', '>', clock())
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { cloud, api_key: apiKey, operator, expires_at: expiresAt } = row;
      return { cloud, apiKey, operator: operator === 1, expiresAt, csrf: csrfOf(id) };
    },

    async end(id: string): Promise<void> {
      await db.deleteFrom('console_sessions').where('id_hash', '=', digest(id)).execute();
    },

    /** A token that signs in once, within the hour. */
    createLink(who: { cloud: string; apiKey: string }): string {
      for (const [token, { expiresAt }] of links) if (expiresAt <= clock()) links.delete(token);
      const token = random();
      links.set(digest(token), { who: { ...who, operator: true }, expiresAt: clock() + LINK_LIFE });
      return token;
    },

    async useLink(token: string): Promise<{ id: string; session: ConsoleSession } | undefined> {
      const link = links.get(digest(token));
      links.delete(digest(token));
      return link !== undefined && link.expiresAt > clock() ? start(link.who) : undefined;
    },

    /** Ten failures in a quarter of an hour are what one address may have. @returns seconds to wait, 0 when it may try */
    waitFor(address: string): number {
      const failed = failures.get(address);
      if (failed === undefined || failed.count < MOST_FAILURES) return 0;
      return Math.max(0, Math.ceil((failed.since + WINDOW - clock()) / 1000));
    },

    failed(address: string): void {
      const now = clock();
      if (failures.size >= MOST_WATCHED)
        for (const [key, { since }] of failures) if (since + WINDOW <= now) failures.delete(key);
      const known = failures.get(address);
      if (known !== undefined && known.since + WINDOW > now) known.count += 1;
      else if (failures.size < MOST_WATCHED) failures.set(address, { count: 1, since: now });
    },

    succeeded(address: string): void {
      failures.delete(address);
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

const stores = new WeakMap<App, Sessions>();

/** The sessions of this server. */
export function sessionsOf(app: App): Sessions {
  let store = stores.get(app);
  if (store === undefined) {
    store = createSessions(app.catalog, app.clock);
    stores.set(app, store);
  }
  return store;
}

/**
 * An address that opens the console without typing the secret: works once, for an hour. Meant for the terminal of
 * whoever started the server, so it is to be printed on loopback only.
 *
 * @param origin `http://HOST:PORT`
 * @param who default: the first environment and its oldest key
 */
export async function createLoginLink(
  app: App,
  origin: string,
  who?: { cloud: string; apiKey: string },
): Promise<string> {
  if (who !== undefined) return loginAddress(app, origin, who);
  const { cloud, key } = await app.accounts.ensure('', app.config['folder-mode']);
  return loginAddress(app, origin, { cloud: cloud.name, apiKey: key.api_key });
}

const loginAddress = (app: App, origin: string, who: { cloud: string; apiKey: string }): string =>
  `${origin}/console/login?token=${sessionsOf(app).createLink(who)}`;
