import type { App } from '../app.ts';
import type { CloudRow } from '../catalog/schema.ts';

const DAY = 86_400_000;
const isoDay = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

type Counter = 'requests' | 'bandwidth' | 'transformations';

/** Counts something that happened, in memory; written to the catalog every few seconds. */
export function createCounters(app: Pick<App, 'catalog' | 'clock' | 'log'>) {
  let waiting = new Map<string, number>();
  let today = { number: -1, name: '' };
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = new Map();
    if (batch.size === 0) return;
    await app.catalog.transaction(async (tx) => {
      for (const [key, amount] of batch) {
        const [cloud, day, name] = key.split('\n') as [string, string, string];
        await tx
          .insertInto('counters')
          .values({ cloud, day, name, amount })
          .onConflict((conflict) =>
            conflict
              .columns(['cloud', 'day', 'name'])
              .doUpdateSet((row) => ({ amount: row('counters.amount', '+', amount) })),
          )
          .execute();
      }
    });
  };
  const run = (): Promise<void> =>
    flush().catch((error: Error) => app.log.warn({ err: error }, 'usage could not be counted'));
  const add = (cloud: string, name: Counter, amount: number): void => {
    const now = app.clock();
    const number = Math.floor(now / DAY);
    if (number !== today.number) today = { number, name: isoDay(now) };
    const key = `${cloud}\n${today.name}\n${name}`;
    waiting.set(key, (waiting.get(key) ?? 0) + amount);
  };
  const timer = setInterval(() => void run(), 5000);
  timer.unref();
  return {
    add,
    /** One answer of delivery. */
    addDelivery(cloud: string, bytes: number): void {
      add(cloud, 'requests', 1);
      add(cloud, 'bandwidth', bytes);
    },
    flush: run,
    async close(): Promise<void> {
      clearInterval(timer);
      await run();
    },
  };
}

export type Counters = ReturnType<typeof createCounters>;

/**
 * `usage`: real figures counted from the catalog. Nothing is limited by a plan here, so limits are 0 as the cloud writes
 * "none"; with a date they are left out, as there.
 *
 * @param day `YYYY-MM-DD` in UTC; default: everything of the last 30 days
 */
export async function usageReport(
  app: App,
  cloud: CloudRow,
  day: string | undefined,
): Promise<Record<string, unknown>> {
  const { db } = app.catalog;
  await app.counters.flush();
  const since = day ?? isoDay(app.clock() - 30 * DAY);
  const counted = await db
    .selectFrom('counters')
    .select(['name', (select) => select.fn.sum<number>('amount').as('amount')])
    .where('cloud', '=', cloud.name)
    .where('day', day === undefined ? '>=' : '=', since)
    .groupBy('name')
    .execute();
  const amount = (name: string): number => Number(counted.find((row) => row.name === name)?.amount ?? 0);
  const originals = await db
    .selectFrom('assets')
    .select((select) => [
      select.fn.countAll<number>().as('count'),
      select.fn.sum<number>('bytes').as('bytes'),
      select.fn.sum<number>('backup_bytes').as('backup'),
    ])
    .where('cloud', '=', cloud.name)
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow();
  const derived = await db
    .selectFrom('derived')
    .select((select) => [select.fn.countAll<number>().as('count'), select.fn.sum<number>('bytes').as('bytes')])
    .where('cloud', '=', cloud.name)
    .executeTakeFirstOrThrow();
  const limits = day === undefined ? { limit: 0, used_percent: 0 } : {};
  const entry = (usage: number) => ({ usage, credits_usage: 0, ...limits });
  const { config } = app;
  return {
    plan: 'Self-hosted',
    last_updated: isoDay(app.clock()),
    ...(day === undefined ? {} : { date_requested: `${day}T00:00:00Z` }),
    transformations: { ...entry(amount('transformations')), breakdown: { transformation: amount('transformations') } },
    objects: entry(Number(originals.count) + Number(derived.count)),
    bandwidth: entry(amount('bandwidth')),
    storage: entry(Number(originals.bytes ?? 0) + Number(originals.backup ?? 0) + Number(derived.bytes ?? 0)),
    credits: { usage: 0, ...limits },
    impressions: { usage: 0 },
    seconds_delivered: { usage: 0 },
    requests: amount('requests'),
    resources: Number(originals.count),
    derived_resources: Number(derived.count),
    media_limits: {
      image_max_size_bytes: config['max-image-bytes'],
      video_max_size_bytes: config['max-video-bytes'],
      raw_max_size_bytes: config['max-raw-bytes'],
      image_max_px: config['max-image-pixels'],
      asset_max_total_px: config['max-total-pixels'],
    },
  };
}
