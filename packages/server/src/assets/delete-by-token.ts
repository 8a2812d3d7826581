import { createHash, randomBytes } from 'node:crypto';
import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import { ERRORS } from '../errors.ts';
import type { Actor } from './context.ts';
import { removeAsset } from './destroy.ts';

const LIFETIME = 10 * 60_000;
const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** `return_delete_token`: good for ten minutes and one use; only its hash is kept. */
export async function issueDeleteToken(app: App, tx: Db, cloud: string, assetId: string): Promise<string> {
  const token = randomBytes(48).toString('hex');
  const now = app.clock();
  await tx.deleteFrom('delete_tokens').where('expires_at', '<', now).execute();
  await tx
    .insertInto('delete_tokens')
    .values({ token_hash: hash(token), cloud, asset_id: assetId, expires_at: now + LIFETIME })
    .execute();
  return token;
}

/** @throws 400 for a token that is unknown, used or older than ten minutes */
export async function deleteByToken(app: App, { cloud }: Actor, token: string): Promise<{ result: 'ok' }> {
  await app.catalog.transaction(async (tx) => {
    const found = await tx
      .deleteFrom('delete_tokens')
      .where('token_hash', '=', hash(token))
      .where('cloud', '=', cloud.name)
      .returningAll()
      .executeTakeFirst();
    const row =
      found === undefined || found.expires_at < app.clock()
        ? undefined
        : await app.catalog.assets.findById(tx, cloud.name, found.asset_id);
    if (row === undefined) throw ERRORS.BadRequest('Invalid token');
    await removeAsset(app, tx, row);
    await app.webhooks.notify(tx, {
      cloud: cloud.name,
      type: 'delete_by_token',
      fields: { public_id: row.public_id, asset_id: row.asset_id },
      triggeredBy: undefined,
    });
  });
  app.jobs.wake();
  return { result: 'ok' };
}
