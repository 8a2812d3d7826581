import { randomBytes } from 'node:crypto';
import { signNotification } from '@signet/signing';
import type { Dispatcher } from 'undici';
import type { Accounts } from '../accounts/accounts.ts';
import type { Catalog, Db } from '../catalog/catalog.ts';
import type { ApiKeyRow, WebhookDeliveryRow } from '../catalog/schema.ts';
import type { Jobs } from './jobs.ts';

/** Pauses before the retries: about 3, 6 and 9 minutes (Notifications guide). */
const BACKOFF = [180, 360, 540];
const TIMEOUT = 30_000;
/** What nobody polls is forgotten after four days (limit of this server). */
const MESSAGE_LIFETIME = 4 * 86_400_000;

export interface Notification {
  readonly cloud: string;
  /** `upload`, `eager`, `rename`, `delete` … */
  readonly type: string;
  /** The fields of this type; the common ones are added. A function is asked only when somebody wants to know. */
  readonly fields: Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>);
  /** The key that made the call; `undefined` for unsigned calls. */
  readonly triggeredBy: string | undefined;
  readonly source?: 'api' | 'ui';
  /** The call's own `notification_url`; it replaces the triggers of the environment. */
  readonly url?: string | undefined;
}

export interface WebhooksOptions {
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly accounts: Accounts;
  readonly clock: () => number;
  readonly algorithm: 'sha1' | 'sha256';
  /** Connects only where webhooks may go; asked for with the first webhook. */
  readonly dispatcher: () => Promise<Dispatcher>;
  /** Addresses of the environment's triggers for an event: `http(s)://…` or `poll://<channel>`. */
  readonly triggers: (db: Db, cloud: string, event: string) => Promise<readonly string[]>;
}

/** Notifications by HTTP: the cloud's JSON and headers, a delivery log, retries, replay. */
export function createWebhooks({ catalog, jobs, accounts, clock, algorithm, dispatcher, triggers }: WebhooksOptions) {
  const signingKey = async (cloud: string, db: Db = catalog.db): Promise<ApiKeyRow> => {
    const keys = (await accounts.keysOf(cloud, db)).filter(({ enabled }) => enabled === 1);
    const dedicated = keys.find(({ dedicated_for }) => (JSON.parse(dedicated_for) as string[]).includes('webhooks'));
    return dedicated ?? keys[0] ?? (await accounts.oldestKey(cloud, db));
  };

  const mark = (
    id: number,
    change: Partial<Pick<WebhookDeliveryRow, 'status' | 'attempts' | 'response_status' | 'error'>>,
  ) =>
    catalog.db
      .updateTable('webhook_deliveries')
      .set({ ...change, updated_at: clock() })
      .where('id', '=', id)
      .execute();

  const find = (id: number) =>
    catalog.db.selectFrom('webhook_deliveries').selectAll().where('id', '=', id).executeTakeFirst();

  jobs.register<{ delivery: number }>({
    name: 'webhook',
    backoff: BACKOFF,
    lane: 'waits',
    async run({ delivery: id }, job) {
      const delivery = await find(id);
      if (delivery === undefined) return;
      const key = await signingKey(delivery.cloud);
      const timestamp = Math.floor(clock() / 1000);
      const attempts = job.attempts + 1;
      let status: number | null = null;
      try {
        const { request } = await import('undici');
        const { statusCode, body } = await request(delivery.url, {
          method: 'POST',
          dispatcher: await dispatcher(),
          headersTimeout: TIMEOUT,
          bodyTimeout: TIMEOUT,
          signal: AbortSignal.timeout(TIMEOUT),
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Signet',
            'x-cld-timestamp': String(timestamp),
            'x-cld-signature': signNotification(delivery.payload, timestamp, key.api_secret, { algorithm }),
          },
          body: delivery.payload,
        });
        status = statusCode;
        await body.dump({ limit: 65_536 });
        if (statusCode < 200 || statusCode > 299) throw new Error(`expected 2xx but received ${statusCode}`);
        await mark(id, { status: 'delivered', attempts, response_status: status, error: null });
      } catch (error) {
        await mark(id, { attempts, response_status: status, error: (error as Error).message.slice(0, 1000) });
        throw error;
      }
    },
    async failed({ delivery: id }) {
      await mark(id, { status: 'failed' });
    },
  });

  const enqueue = async (tx: Db, cloud: string, type: string, url: string, payload: string): Promise<number> => {
    const now = clock();
    const { id } = await tx
      .insertInto('webhook_deliveries')
      .values({
        cloud,
        notification_type: type,
        url,
        payload,
        job_id: null,
        response_status: null,
        error: null,
        created_at: now,
        updated_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const job = await jobs.enqueue(tx, { kind: 'webhook', cloud, payload: { delivery: id } });
    await tx.updateTable('webhook_deliveries').set({ job_id: job }).where('id', '=', id).execute();
    return id;
  };

  const keepForPolling = async (
    tx: Db,
    cloud: string,
    channel: string,
    payload: string,
    batch: unknown,
  ): Promise<void> => {
    const now = clock();
    await tx
      .deleteFrom('notification_messages')
      .where('cloud', '=', cloud)
      .where('created_at', '<', now - MESSAGE_LIFETIME)
      .execute();
    await tx
      .insertInto('notification_messages')
      .values({
        cloud,
        channel,
        batch_id: typeof batch === 'string' ? batch : null,
        payload,
        receipt_handle: null,
        visible_at: now,
        created_at: now,
      })
      .execute();
  };

  return {
    /** Writes the notification for every address that wants it, in the caller's transaction. */
    async notify(tx: Db, { cloud, type, triggeredBy, source = 'api', url, ...about }: Notification): Promise<void> {
      const targets = url === undefined ? await triggers(tx, cloud, type) : [url];
      if (targets.length === 0) return;
      const fields = typeof about.fields === 'function' ? about.fields() : about.fields;
      const now = new Date(clock());
      const key = await signingKey(cloud, tx);
      const payload = JSON.stringify({
        notification_type: type,
        timestamp: `${now.toISOString().slice(0, 19)}+00:00`,
        request_id: randomBytes(16).toString('hex'),
        ...fields,
        notification_context: {
          triggered_at: now.toISOString().replace('Z', '000Z'),
          triggered_by: { source, id: triggeredBy ?? key.api_key },
        },
        signature_key: key.api_key,
      });
      for (const target of targets)
        await (target.startsWith('poll://')
          ? keepForPolling(tx, cloud, target.slice('poll://'.length), payload, fields.batch_id)
          : enqueue(tx, cloud, type, target, payload));
    },

    /** The key that notifications of an environment are signed with. */
    signingKey: (cloud: string): Promise<ApiKeyRow> => signingKey(cloud),

    /** The newest deliveries first. @param before id of the last one seen */
    list: (
      cloud: string,
      { limit = 50, before }: { readonly limit?: number; readonly before?: number } = {},
    ): Promise<WebhookDeliveryRow[]> => {
      const query = catalog.db
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('cloud', '=', cloud)
        .orderBy('id', 'desc')
        .limit(limit);
      return (before === undefined ? query : query.where('id', '<', before)).execute();
    },

    /** Sends a delivery once more with the same body. @returns `undefined` when there is none of that id */
    async replay(cloud: string, id: number): Promise<number | undefined> {
      const delivery = await find(id);
      if (delivery === undefined || delivery.cloud !== cloud) return undefined;
      const copy = await catalog.transaction((tx) =>
        enqueue(tx, cloud, delivery.notification_type, delivery.url, delivery.payload),
      );
      jobs.wake();
      return copy;
    },
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;
