import { sql } from 'kysely';
import type { App } from '../app.ts';

/** Metrics that are counted by the day, in their units: calls, results made, bytes sent. */
const COUNTED = ['requests', 'transformations', 'bandwidth'] as const;

interface Share {
  readonly month: string;
  readonly cloud: string;
  readonly amount: number;
}

/** The calendar month as a cycle. @param month `YYYY-MM` */
const daysOf = (month: string): { from_day: string; to_day: string } => {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return { from_day: `${month}-01`, to_day: `${month}-${last}` };
};

const total = (shares: readonly Share[]): number => shares.reduce((sum, { amount }) => sum + amount, 0);

const cyclesOf = (metric: string, shares: readonly Share[]) =>
  [...Map.groupBy(shares, ({ month }) => month)].map(([month, own]) => ({
    ...daysOf(month),
    usage: total(own),
    product_environment_breakdown: own.map(({ cloud, amount }) => ({ cloud_name: cloud, [metric]: amount })),
  }));

/** Bytes of originals and backups by resource type, as they are now: what lay here earlier is not recorded. */
async function storage(app: App) {
  const rows = await app.catalog.db
    .selectFrom('assets')
    .select(['cloud', 'resource_type', ({ fn }) => fn.sum<number>(sql`bytes + backup_bytes`).as('bytes')])
    .groupBy(['cloud', 'resource_type'])
    .execute();
  const byType = (own: typeof rows): Record<string, number> =>
    Object.fromEntries(
      ['image', 'video', 'raw'].map((type) => [
        `storage_${type}`,
        own.filter(({ resource_type }) => resource_type === type).reduce((sum, { bytes }) => sum + Number(bytes), 0),
      ]),
    );
  const breakdown = byType(rows);
  return {
    ...daysOf(new Date(app.clock()).toISOString().slice(0, 7)),
    usage: Object.values(breakdown).reduce((sum, bytes) => sum + bytes, 0),
    breakdown,
    product_environment_breakdown: [...Map.groupBy(rows, ({ cloud }) => cloud)].map(([cloud, own]) => ({
      cloud_name: cloud,
      ...byType(own),
    })),
  };
}

/**
 * `billing_usage`: one plan without limits, one metric for each thing that is counted, one cycle for each calendar
 * month (UTC) in which something happened. Storage (bytes) has one cycle, the running month.
 */
export async function billingUsage(app: App, year: number) {
  await app.counters.flush();
  const rows = await app.catalog.db
    .selectFrom('counters')
    .select([
      'cloud',
      'name',
      sql<string>`substr(day, 1, 7)`.as('month'),
      ({ fn }) => fn.sum<number>('amount').as('amount'),
    ])
    .where('day', '>=', `${year}-01-01`)
    .where('day', '<=', `${year}-12-31`)
    .groupBy(['cloud', 'name', 'month'])
    .orderBy('month')
    .orderBy('cloud')
    .execute();
  const counted = COUNTED.map((metric) => ({
    metric,
    limit: 0,
    cycles: cyclesOf(
      metric,
      rows.filter(({ name }) => name === metric).map(({ amount, ...row }) => ({ ...row, amount: Number(amount) })),
    ),
  }));
  const running = new Date(app.clock()).getUTCFullYear() === year;
  return [
    {
      plan_name: 'Self-hosted',
      metric_usage: [...counted, { metric: 'storage', limit: 0, cycles: running ? [await storage(app)] : [] }],
    },
  ];
}
