import { normalize, parse } from '@signet/transformation';
import type { App } from '../app.ts';
import { newHex } from '../assets/store.ts';
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
    const now = app.clock();
    await app.catalog.transaction(async (tx) => {
      for (const { row, derived, transformation, extension } of batch) {
        const normalized = normalize(parse(transformation));
        const asked = extension ?? '';
        const alive = await tx.selectFrom('assets').select('seq').where('seq', '=', row.seq).executeTakeFirst();
        if (alive === undefined) continue;
        await tx
          .insertInto('derived')
          .values({
            id: newHex(),
            cloud: row.cloud,
            seq: row.seq,
            transformation: normalized,
            format: derived.format,
            extension: asked,
            width: derived.width ?? null,
            height: derived.height ?? null,
            bytes: derived.bytes,
            cache_key: derived.key,
            created_at: now,
          })
          .onConflict((conflict) =>
            conflict
              .columns(['seq', 'transformation', 'extension', 'format'])
              .doUpdateSet({ bytes: derived.bytes, cache_key: derived.key }),
          )
          .execute();
        await tx
          .insertInto('transformations')
          .values({
            cloud: row.cloud,
            name: asked === '' ? normalized : `${normalized}/${asked}`,
            named: 0,
            definition: normalized,
            allowed_for_strict: 0,
            used: 1,
            created_at: now,
            updated_at: now,
          })
          .onConflict((conflict) => conflict.columns(['cloud', 'named', 'name']).doUpdateSet({ used: 1 }))
          .execute();
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
