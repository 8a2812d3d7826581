import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import type { Notification } from '../jobs/webhooks.ts';

/** Tells everybody who asked for it, by webhook or by a polled channel, in the caller's transaction. */
export const announce = (app: App, tx: Db, notification: Notification): Promise<void> =>
  app.webhooks.notify(tx, notification);
