import { createHash, randomBytes } from 'node:crypto';
import type { App } from '../../app.ts';

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

/**
 * Sessions, one-time links and the count of failed sign-ins, in memory: a restart signs everybody out. A server behind a
 * balancer with several processes needs sticky sessions for the console.
 */
export function createSessions(clock: () => number) {
  const sessions = new Map<string, ConsoleSession>();
  const links = new Map<string, { session: Omit<ConsoleSession, 'csrf' | 'expiresAt'>; expiresAt: number }>();
  const failures = new Map<string, { count: number; since: number }>();

  const dropExpired = <T extends { expiresAt: number }>(map: Map<string, T>): void => {
    for (const [id, { expiresAt }] of map) if (expiresAt <= clock()) map.delete(id);
  };

  const start = (who: Omit<ConsoleSession, 'csrf' | 'expiresAt'>): { id: string; session: ConsoleSession } => {
    dropExpired(sessions);
    const oldest = sessions.size >= MOST_SESSIONS ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    const id = random();
    const session = { ...who, csrf: random(), expiresAt: clock() + SESSION_LIFE };
    sessions.set(digest(id), session);
    return { id, session };
  };

  return {
    start,

    find(id: string | undefined): ConsoleSession | undefined {
      const session = id === undefined ? undefined : sessions.get(digest(id));
      return session !== undefined && session.expiresAt > clock() ? session : undefined;
    },

    end(id: string): void {
      sessions.delete(digest(id));
    },

    /** A token that signs in once, within the hour. */
    createLink(who: { cloud: string; apiKey: string }): string {
      dropExpired(links);
      const token = random();
      links.set(digest(token), { session: { ...who, operator: true }, expiresAt: clock() + LINK_LIFE });
      return token;
    },

    useLink(token: string): { id: string; session: ConsoleSession } | undefined {
      const link = links.get(digest(token));
      links.delete(digest(token));
      return link !== undefined && link.expiresAt > clock() ? start(link.session) : undefined;
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
    store = createSessions(app.clock);
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
