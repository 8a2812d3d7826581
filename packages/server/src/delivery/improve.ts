import { setTimeout } from 'node:timers/promises';
import type { App } from '../app.ts';
import { type Delivered, originalOf } from './deliver.ts';
import { planDerived, renderAndKeep } from './derive.ts';

const MAX_WAITING = 1000;

/** Nobody has waited for a picture for so long: milliseconds, looked at in steps. */
const QUIET = 1000;
const STEP = 200;

/**
 * AVIF without the wait: the first answer came from the fast encoder, and the thorough one runs here, one at a time,
 * when the server has not rendered for others for a second. It replaces the bytes under the same key once; the ETag changes with it.
 * What is lost at a restart is found again with the next request.
 */
export function createImprovements(app: Pick<App, 'log'>) {
  const waiting = new Map<string, () => Promise<void>>();
  let running: Promise<void> | undefined;
  const closing = new AbortController();
  const pause = (): Promise<void> =>
    setTimeout(STEP, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);

  const quiet = async ({ images: { load } }: App): Promise<void> => {
    for (let calm = 0; calm < QUIET && !closing.signal.aborted; ) {
      await pause();
      calm = load.running + load.waiting === 0 ? calm + STEP : 0;
    }
  };

  const drain = async (): Promise<void> => {
    for (const [key, work] of waiting) {
      if (closing.signal.aborted) return;
      waiting.delete(key);
      await work().catch((error: Error) => app.log.warn({ err: error, key }, 'a better encoding could not be made'));
    }
  };

  return {
    add(full: App, { row, derived, transformation, extension }: Delivered): void {
      if (waiting.has(derived.key) || waiting.size >= MAX_WAITING || closing.signal.aborted) return;
      const { plan, key } = derived;
      waiting.set(key, async () => {
        await quiet(full);
        if (closing.signal.aborted) return;
        const original = originalOf(row);
        const { rows } = await planDerived(full, original, { transformation, extension });
        await renderAndKeep(full, original, plan, rows, key, { effort: 'best' });
      });
      running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain).finally(() => {
        running = undefined;
      });
    },
    async close(): Promise<void> {
      closing.abort();
      await running;
    },
  };
}
