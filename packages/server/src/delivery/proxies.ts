import type { Plan, SourceFacts } from '@signet/transformation';
import type { App } from '../app.ts';
import type { Cache } from '../blobs/cache.ts';
import type { Pixels } from '../render/image/source.ts';
import { proxySide } from '../render/proxy.ts';
import { createSingleFlight } from '../single-flight.ts';
import { derivedKey } from './derived-key.ts';

const MB = 1024 * 1024;

/** Any proxy is read whole; small ones stay, so that the results of a page full of sizes read no file. */
export const IN_MEMORY = { hotBytes: 32 * MB, hotEntry: 8 * MB } as const;

type Shape = Pick<Pixels, 'width' | 'height' | 'channels'>;

/**
 * Proxies of large originals (render/proxy.ts), kept like derived results in a folder of their own with its own budget,
 * because one is as large as a hundred thumbnails. They are kept as pixels: what every decoder adds to reading them is a
 * tenth of a small PNG. The first result that fits makes it, and every result that fits is rendered from it, so that a
 * result has the same bytes whenever it is made again.
 */
export function createProxies(cache: Cache, { blobs, images }: Pick<App, 'blobs' | 'images'>) {
  const flights = createSingleFlight<Pixels>();

  const make = async (key: string, hash: string, side: number): Promise<Pixels> => {
    const original = await blobs.local(hash);
    try {
      const { data, ...shape } = await images.proxy(original.path, { side });
      await cache.put(key, data, shape satisfies Shape);
      return { data, ...shape };
    } finally {
      await original.release();
    }
  };

  const kept = async (key: string): Promise<Pixels | undefined> => {
    const entry = await cache.get<Shape>(key);
    return entry?.data && { data: entry.data, ...entry.meta };
  };

  return {
    /**
     * The pixels to render from in place of the original. `undefined`: this plan needs the original.
     *
     * @throws 400 when the original cannot be read, 503 when too many pictures wait
     */
    async find(plan: Plan, hash: string, facts: SourceFacts): Promise<Pixels | undefined> {
      const side = proxySide(plan, facts);
      if (side === undefined) return undefined;
      const key = derivedKey(hash, `pixels ${side}`);
      const pixels = (await kept(key)) ?? (await flights(key, () => make(key, hash, side)));
      return { ...pixels, density: facts.dpi };
    },
  };
}

export type Proxies = ReturnType<typeof createProxies>;
