import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { signNotification } from '@signet/signing';
import type { App } from '../app.ts';
import type { CloudRow } from '../catalog/schema.ts';

/** Milliseconds between two looks while somebody waits. */
const PAUSE = 500;

export type Queue = { readonly channel: string } | { readonly batchId: string };

export interface Receive {
  /** 1 to 100. */
  readonly max: number;
  /** How long to wait for a first message. */
  readonly waitSeconds: number;
  /** After this many seconds a message that was not acknowledged is given out again. */
  readonly visibilityTimeout: number;
  /** Ends the waiting: nobody would read the answer. */
  readonly signal: AbortSignal;
}

/** Takes what is there and hides it from others for a while. */
const take = (app: App, cloud: CloudRow, queue: Queue, { max, visibilityTimeout }: Receive) =>
  app.catalog.transaction(async (tx) => {
    const now = app.clock();
    const rows = await tx
      .selectFrom('notification_messages')
      .selectAll()
      .where('cloud', '=', cloud.name)
      .where((where) =>
        'channel' in queue ? where('channel', '=', queue.channel) : where('batch_id', '=', queue.batchId),
      )
      .where('visible_at', '<=', now)
      .orderBy('id')
      .limit(max)
      .execute();
    const taken = rows.map((row) => ({ ...row, receipt_handle: randomBytes(24).toString('base64url') }));
    for (const { id, receipt_handle } of taken)
      await tx
        .updateTable('notification_messages')
        .set({ receipt_handle, visible_at: now + visibilityTimeout * 1000 })
        .where('id', '=', id)
        .execute();
    return taken;
  });

/** The oldest messages first, each signed like a webhook (`cloudinary/utils.py`, `verify_notification_signature`). */
export async function receiveMessages(app: App, cloud: CloudRow, queue: Queue, options: Receive) {
  const deadline = performance.now() + options.waitSeconds * 1000;
  let rows = await take(app, cloud, queue, options);
  while (rows.length === 0 && performance.now() < deadline && !options.signal.aborted) {
    await sleep(Math.min(PAUSE, Math.max(1, deadline - performance.now())), undefined, {
      signal: options.signal,
    }).catch(() => undefined);
    rows = options.signal.aborted ? [] : await take(app, cloud, queue, options);
  }
  if (rows.length === 0) return [];
  const { api_secret } = await app.webhooks.signingKey(cloud.name);
  const timestamp = Math.floor(app.clock() / 1000);
  const algorithm = app.config['signature-algorithm'] === 'sha256' ? 'sha256' : 'sha1';
  return rows.map(({ receipt_handle, batch_id, payload }) => ({
    receipt_handle,
    ...(batch_id === null ? {} : { batch_id }),
    payload: JSON.parse(payload) as unknown,
    signed_payload: Buffer.from(payload).toString('base64url'),
    signature: signNotification(payload, timestamp, api_secret, { algorithm }),
    timestamp: String(timestamp),
  }));
}

/** Acknowledged messages never come back. @returns for each handle `acked`, or `not_found` (inferred) */
export const acknowledge = (app: App, cloud: CloudRow, handles: readonly string[]) =>
  app.catalog.transaction(async (tx) => {
    const results: { status: 'acked' | 'not_found' }[] = [];
    for (const handle of handles) {
      const { numDeletedRows } = await tx
        .deleteFrom('notification_messages')
        .where('cloud', '=', cloud.name)
        .where('receipt_handle', '=', handle)
        .executeTakeFirstOrThrow();
      results.push({ status: numDeletedRows === 0n ? 'not_found' : 'acked' });
    }
    return results;
  });
