import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../observe/log.ts';
import type { AssetIdentity } from './assets.ts';
import type { KeptTopic } from './catalog.ts';
import { CHANNEL } from './migrations/postgres/news.ts';

/** Milliseconds until a lost connection is tried again. */
const PAUSE = 1000;
/** Assets of which changes are told apart; when there are more, everything counts as changed. */
const MOST = 50_000;

/** How messages begin that only their sender waits for. */
const OWN = 'own ';

/** As the trigger `assets_tell` writes it. */
const messageOf = ({ cloud, resource_type, type, public_id }: AssetIdentity): string =>
  createHash('md5').update([cloud, resource_type, type, public_id].join('\n')).digest('hex');

/**
 * Hears by LISTEN what any process changed, its own included, and counts it. Whoever keeps something of the catalog
 * compares the count with the one from before it was read. While the connection is lost nothing is known: the count is
 * NaN, which is equal to nothing.
 */
export function createNews(connect: () => Promise<Client>, log: Log | undefined) {
  const counts = new Map<string, number>();
  let count = 0;
  /** Of everything that is not in `counts`. */
  let floor = 0;
  let client: Client | undefined;
  let closed = false;

  /** What this process said, and who waits until it is heard. */
  const own = new Map<string, () => void>();

  const everythingChanged = (): void => {
    counts.clear();
    floor = ++count;
  };
  const hear = (message: string): void => {
    if (message.startsWith(OWN)) own.get(message)?.();
    else {
      if (counts.size >= MOST) everythingChanged();
      counts.set(message, ++count);
    }
  };
  const countOf = (message: string): number => (client === undefined ? Number.NaN : (counts.get(message) ?? floor));

  const listen = async (): Promise<void> => {
    const fresh = await connect();
    const lost = (error?: Error): void => {
      if (client !== fresh) return;
      client = undefined;
      if (closed) return;
      log?.warn(
        { err: error?.message },
        'the connection that tells of changes is lost: nothing is kept in memory meanwhile',
      );
      void again();
    };
    fresh.on('error', lost);
    fresh.on('end', () => lost());
    fresh.on('notification', ({ payload = '' }) => hear(payload));
    await fresh.query(`LISTEN ${CHANNEL}`);
    everythingChanged();
    client = fresh;
  };
  const again = async (): Promise<void> => {
    while (!closed) {
      await pause(PAUSE, undefined, { ref: false });
      if (closed) return;
      try {
        await listen();
        return log?.info('changes are told again');
      } catch {}
    }
  };

  return {
    listen,
    /** A message of this process. Messages are heard in the order of commits. */
    ownMessage: (): string => `${OWN}${randomUUID()}`,
    /** Resolves when it is heard, and so whatever was committed before; at the latest after a second, or when deaf. */
    async heard(message: string): Promise<void> {
      if (client === undefined) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        own.set(message, () => {
          clearTimeout(timer);
          resolve();
        });
      });
      own.delete(message);
    },
    countOf: (topic: KeptTopic): number => countOf(topic),
    watch(identities: readonly AssetIdentity[]): () => number {
      const messages = identities.map(messageOf);
      return () => messages.reduce((sum, message) => sum + countOf(message), 0);
    },
    async close(): Promise<void> {
      closed = true;
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}
