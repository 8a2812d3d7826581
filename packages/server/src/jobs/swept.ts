import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import { ERRORS } from '../errors.ts';

/** How long it is remembered which bytes a sweep deleted: longer than any upload takes to its catalog entry. */
const REMEMBERED = 24 * 3_600_000;

/** Whether an asset or a kept version has these bytes. */
export async function isReferenced(db: Db, hash: string): Promise<boolean> {
  const asset = await db.selectFrom('assets').select('seq').where('blob', '=', hash).limit(1).executeTakeFirst();
  if (asset !== undefined) return true;
  const version = await db.selectFrom('versions').select('cloud').where('blob', '=', hash).limit(1).executeTakeFirst();
  return version !== undefined;
}

/**
 * Deletes bytes that nobody has, where other servers may be storing the same at this moment: in a transaction, which
 * stands behind or before that of the upload. The one before is seen here; the one behind sees what was deleted
 * ({@link expectKept}).
 *
 * @param storedBefore as of `BlobStore.delete`
 * @returns whether they are gone because of this call
 */
export const sweepShared = (app: App, hash: string, storedBefore: number): Promise<boolean> =>
  app.catalog.transaction(async (tx) => {
    if (await isReferenced(tx, hash)) return false;
    if (!(await app.blobs.delete(hash, { storedBefore }))) return false;
    const at = app.clock();
    await tx
      .insertInto('swept_blobs')
      .values({ hash, at })
      .onConflict((conflict) => conflict.column('hash').doUpdateSet({ at }))
      .execute();
    return true;
  });

/**
 * Called in the transaction that gives an asset these bytes.
 *
 * @throws 503 when a sweep of another server has deleted them since they were stored
 */
export async function expectKept({ catalog, blobs }: App, tx: Db, hash: string): Promise<void> {
  if (!catalog.shared) return;
  const swept = await tx.selectFrom('swept_blobs').select('at').where('hash', '=', hash).executeTakeFirst();
  if (swept !== undefined && (await blobs.stat(hash, { anew: true })) === undefined)
    throw ERRORS.Unavailable('The bytes were swept by another server while they came in. Please send them again');
}

export const forgetSwept = ({ catalog, clock }: App): Promise<unknown> =>
  catalog.db
    .deleteFrom('swept_blobs')
    .where('at', '<', clock() - REMEMBERED)
    .execute();
