import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, startServer } from '@signet/server';
import { createTestClock, type TestClock } from './clock.ts';
import { createFaults, type Faults } from './faults.ts';
import { type ReceivedUpload, startFront } from './front.ts';

export type { TestClock } from './clock.ts';
export type { Faults } from './faults.ts';
export type { ReceivedUpload } from './front.ts';

export interface StartOptions {
  /** `cloudinary://KEY:SECRET@CLOUD`, when the code under test expects certain credentials. Default: random ones of `demo`. */
  readonly account?: string;
  /**
   * The server's clock stands at this time until it is moved. The SDK signs with the time of its own process: more than
   * an hour apart, its calls are stale. Default: the clock runs.
   */
  readonly now?: Date | number;
  /** Further settings of the server by name, as in `signet serve --help`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface TestSignet {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** For `CLOUDINARY_URL`. Set it before the SDK is loaded: it picks http or https at that moment. */
  readonly cloudinaryUrl: string;
  readonly cloudName: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly clock: TestClock;
  readonly faults: Faults;
  /** Every upload that was answered, in order. */
  readonly uploads: readonly ReceivedUpload[];
  /** Resolves when nothing is due: `async` uploads, eager results, webhooks. */
  settled(): Promise<void>;
  /** Stops the server and removes its data. Harmless when called twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Running = Awaited<ReturnType<typeof startServer>>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Puts the faults that happen inside the server before the parts they concern. */
function interfere({ app }: Running, faults: ReturnType<typeof createFaults>['state']): void {
  const parts = app as Mutable<typeof app>;
  const { render, webhooks } = app;
  parts.render = async (plan, request) => {
    if (faults.renderDelay > 0) await new Promise((resolve) => setTimeout(resolve, faults.renderDelay));
    return render(plan, request);
  };
  parts.webhooks = {
    ...webhooks,
    async notify(tx, notification) {
      const before = await tx
        .selectFrom('webhook_deliveries')
        .select((select) => select.fn.max('id').as('id'))
        .executeTakeFirst();
      await webhooks.notify(tx, notification);
      const { webhookDelay, webhookTimes } = faults;
      if (webhookDelay === 0 && webhookTimes === 1) return;
      const made = await tx
        .selectFrom('webhook_deliveries')
        .select(['id', 'cloud', 'job_id'])
        .where('id', '>', before?.id ?? 0)
        .execute();
      const runAt = app.clock() + webhookDelay;
      for (const { id, cloud, job_id } of made) {
        if (job_id !== null) await tx.updateTable('jobs').set({ run_at: runAt }).where('id', '=', job_id).execute();
        for (let time = 1; time < webhookTimes; time++)
          await app.jobs.enqueue(tx, { kind: 'webhook', cloud, payload: { delivery: id }, runAt });
      }
    },
  };
}

/**
 * A whole Signet server inside a test: a port of its own, data of its own that is gone afterwards, and a dial for what
 * can go wrong. It knows no test framework; start it before the tests and stop it after them.
 *
 * ```ts
 * import { after, before } from 'node:test'; // Vitest and Jest: beforeAll, afterAll
 * let signet: TestSignet;
 * before(async () => {
 *   signet = await startSignet();
 *   // now set CLOUDINARY_URL to signet.cloudinaryUrl and load the SDK
 * });
 * after(() => signet.stop());
 * ```
 */
export async function startSignet(options: StartOptions = {}): Promise<TestSignet> {
  const data = await mkdtemp(join(tmpdir(), 'signet-testkit-'));
  const { dial, state } = createFaults();
  const uploads: ReceivedUpload[] = [];
  let running: Running | undefined;
  const clock = createTestClock(options.now === undefined ? undefined : Number(options.now), () =>
    running?.app.jobs.wake(),
  );
  const front = await startFront(state, uploads);
  const url = `http://127.0.0.1:${front.port}`;
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await front.close();
    await running?.close();
    await rm(data, { recursive: true, force: true });
  };
  try {
    const config = loadConfig({
      flags: {
        'log-level': 'silent',
        ...options.settings,
        ...(options.account === undefined ? {} : { account: options.account }),
        host: '127.0.0.1',
        port: 0,
        data,
        'public-url': url,
      },
      env: {},
    });
    running = await startServer({ config, clock: clock.now });
  } catch (error) {
    await stop();
    throw error;
  }
  const { app, account } = running;
  front.forwardTo(Number(new URL(running.url).port));
  interfere(running, state);
  const { api_key: apiKey, api_secret: apiSecret } = account.key;
  const cloudName = account.cloud.name;
  const end = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  return {
    url,
    cloudinaryUrl: `cloudinary://${apiKey}:${encodeURIComponent(apiSecret)}@${cloudName}?upload_prefix=${url}`,
    cloudName,
    apiKey,
    apiSecret,
    clock,
    faults: dial,
    uploads,
    settled: () => app.jobs.idle(),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}
