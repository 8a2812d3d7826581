import type { App } from '../app.ts';
import { bookkeepDerived } from '../assets/eager.ts';
import type { Delivered } from './deliver.ts';

const PAUSE = 500;

/**
 * Keeps the list of derived results and of used transformations up to date with what delivery renders. Written in
 * batches behind the answers: a picture must not wait for a transaction that only lists need.
 */
export function createDerivedLog(app: Pick<App, 'catalog' | 'clock' | 'log'>) {
  let waiting: Delivered[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    await app.catalog.transaction(async (tx) => {
      for (const { row, derived, transformation, extension } of batch) {
        const alive = await tx.selectFrom('assets').select('seq').where('seq', '=', row.seq).executeTakeFirst();
        if (alive !== undefined)
          await bookkeepDerived(tx, app, row, [{ transformation, extension: extension ?? '', derived }]);
      }
    });
  };
  const run = (): Promise<void> =>
    flush().catch((error: Error) => app.log.warn({ err: error }, 'the list of derived results could not be written'));

  return {
    add(delivered: Delivered): void {
      waiting.push(delivered);
      timer ??= setTimeout(() => void run(), PAUSE);
    },
    async close(): Promise<void> {
      clearTimeout(timer);
      await run();
    },
  };
}

export type DerivedLog = ReturnType<typeof createDerivedLog>;
