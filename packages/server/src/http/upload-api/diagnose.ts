import { type Candidates, explainSignature } from '@signet/signing';
import type { App } from '../../app.ts';
import type { ApiKeyRow, CloudRow } from '../../catalog/schema.ts';

const TOO_MANY =
  'Not looked into: too many signatures were wrong just now. `signet explain` with this error says what made it wrong.';

/**
 * Asks the doctor what made a signature wrong: one sentence for the log and, when diagnosis is on, for the header.
 * The keys of the same environment are the candidates; the text never holds a secret. A search takes a tenth of a second
 * of the event loop, so a flood of wrong signatures gets it only now and then.
 */
export async function diagnose(
  app: App,
  cloud: CloudRow,
  key: ApiKeyRow,
  request: {
    readonly params: Readonly<Record<string, string>>;
    readonly signature: string;
    readonly fileName: string | undefined;
  },
  now: number,
): Promise<string> {
  const others = (await app.accounts.keysOf(cloud.name)).filter(({ api_key }) => api_key !== key.api_key);
  const presets = await app.catalog.db
    .selectFrom('upload_presets')
    .select('name')
    .where('cloud', '=', cloud.name)
    .limit(20)
    .execute();
  const candidates: Candidates = {
    secrets: [key, ...others].map(({ api_key, api_secret }) => ({ apiKey: api_key, secret: api_secret })),
    cloudName: cloud.name,
    presets: presets.map(({ name }) => name),
    now,
    // The request is waiting: what is not found quickly is left to `signet explain`.
    maxMilliseconds: 500,
  };
  const diagnosis = app.diagnosisTime.spend(() => explainSignature({ ...request, apiKey: key.api_key }, candidates));
  return diagnosis?.text ?? TOO_MANY;
}
