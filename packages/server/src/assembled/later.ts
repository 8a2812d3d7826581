import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import type { JobWork } from '../jobs/jobs.ts';
import { randomHex } from '../random-hex.ts';
import type { MultiRequest } from './multi.ts';
import type { SpriteRequest } from './sprite.ts';

/** Loaded with the first call: both bring libvips. */
const MAKERS = {
  multi: async () => (await import('./multi.ts')).makeMulti,
  sprite: async () => (await import('./sprite.ts')).makeSprite,
} as const;

interface Payload {
  readonly what: keyof typeof MAKERS;
  readonly request: MultiRequest & SpriteRequest;
  readonly origin: string;
  readonly apiKey: string | undefined;
  readonly batchId: string;
}

/** `async` of `multi` and `sprite`: made by a job, whose end their notification tells. */
export async function assembleLater(
  app: App,
  actor: Actor,
  what: Payload['what'],
  request: MultiRequest | SpriteRequest,
): Promise<Record<string, unknown>> {
  const batchId = randomHex(48);
  const payload = { what, request, origin: actor.origin, apiKey: actor.key?.api_key, batchId };
  await app.catalog.transaction((tx) => app.jobs.enqueue(tx, { kind: 'assemble', cloud: actor.cloud.name, payload }));
  app.jobs.wake();
  return { status: 'processing', batch_id: batchId };
}

export const assembleJob = (app: App): JobWork<Payload> => ({
  async run({ what, request, origin, apiKey }, job) {
    const cloud = await app.accounts.cloud(job.cloud);
    const key = apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey);
    const make = await MAKERS[what]();
    await make(app, { cloud, key, origin }, request);
  },
});
