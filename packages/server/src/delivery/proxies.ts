import { existsSync } from 'node:fs';
import type { Plan, SourceFacts } from '@signet/transformation';
import type { App } from '../app.ts';
import type { Cache } from '../blobs/cache.ts';
import { proxySide } from '../render/proxy.ts';
import { createSingleFlight } from '../single-flight.ts';
import { derivedKey } from './derived-key.ts';

/** Milliseconds after which the cache is asked again, which renews the time of use. */
const LOOK_AGAIN = 3_600_000;
const MOST_SEEN = 10_000;

/**
 * Proxies of large originals (render/proxy.ts), kept like derived results in a folder of their own with its own budget,
 * because one is as large as a hundred thumbnails. The first result that fits makes it, and every result that fits is
 * rendered from it, so that a result has the same bytes whenever it is made again.
 */
export function createProxies(cache: Cache, { blobs, images, clock }: Pick<App, 'blobs' | 'images' | 'clock'>) {
  const flights = createSingleFlight<string>();
  /** Where proxies were found whole, and when: they need not be opened again just to look. */
  const seen = new Map<string, { path: string; at: number }>();

  const make = async (key: string, hash: string, side: number, density: number | undefined): Promise<string> => {
    const original = await blobs.local(hash);
    try {
      const write = (to: string) => images.proxy(original.path, { to, side, density });
      return await cache.putMade(key, write, {});
    } finally {
      await original.release();
    }
  };

  return {
    /**
     * The path to render from in place of the original. `undefined`: this plan needs the original.
     *
     * @throws 400 when the original cannot be read, 503 when too many pictures wait
     */
    async find(plan: Plan, hash: string, facts: SourceFacts): Promise<string | undefined> {
      const side = proxySide(plan, facts);
      if (side === undefined) return undefined;
      const name = `${hash} ${side}`;
      const known = seen.get(name);
      if (known !== undefined && clock() - known.at < LOOK_AGAIN && existsSync(known.path)) return known.path;
      const key = derivedKey(hash, `proxy ${side}`);
      const path = (await cache.get(key))?.path ?? (await flights(key, () => make(key, hash, side, facts.dpi)));
      if (seen.size >= MOST_SEEN) seen.clear();
      seen.set(name, { path, at: clock() });
      return path;
    },
  };
}

export type Proxies = ReturnType<typeof createProxies>;
