import type { App } from '../app.ts';
import { ERRORS } from '../errors.ts';
import type { JobKind } from '../jobs/jobs.ts';
import { randomHex } from '../random-hex.ts';
import type { Actor } from './context.ts';
import type { UploadOptions } from './parameters.ts';
import { type StoredFile, storedFile } from './stored-file.ts';
import { checkUpload, type UploadRequest, upload } from './upload.ts';

interface Payload {
  readonly file: StoredFile;
  readonly filename: string | undefined;
  readonly url: string | undefined;
  readonly resourceType: UploadRequest['resourceType'];
  readonly options: UploadOptions;
  readonly origin: string;
  readonly apiKey: string | undefined;
  readonly batchId: string;
}

/**
 * `async`: the bytes are kept durably and the answer is given; the rest is a job, whose end is told by the `upload`
 * notification or one with an `error`.
 */
export async function uploadLater(
  app: App,
  actor: Actor,
  { resourceType, options, source }: UploadRequest,
): Promise<Record<string, unknown>> {
  if (source.file.bytes === 0) throw ERRORS.EmptyFile();
  const { type } = checkUpload(app, options);
  const { hash, md5, bytes } = await app.blobs.put(source.file);
  const batchId = randomHex(48);
  const { async: _async, ...rest } = options;
  const payload: Payload = {
    file: { hash, md5, bytes },
    filename: source.filename,
    url: source.url,
    resourceType,
    options: rest,
    origin: actor.origin,
    apiKey: actor.key?.api_key,
    batchId,
  };
  await app.catalog.transaction((tx) => app.jobs.enqueue(tx, { kind: 'upload', cloud: actor.cloud.name, payload }));
  app.jobs.wake();
  return {
    status: 'pending',
    resource_type: resourceType,
    type,
    ...(options.public_id === undefined ? {} : { public_id: options.public_id }),
    batch_id: batchId,
  };
}

export const uploadJob = (app: App): JobKind<Payload> => ({
  name: 'upload',
  backoff: [5, 30],
  async run({ file, filename, url, resourceType, options, origin, apiKey }, { cloud: cloudName }) {
    const cloud = await app.accounts.cloud(cloudName);
    const key = apiKey === undefined ? undefined : await app.accounts.key(cloud, apiKey);
    const kept = storedFile(app, file);
    const request: UploadRequest = { resourceType, options, source: { file: kept, filename, url }, patient: false };
    try {
      await upload(app, { cloud, key, origin }, request);
    } finally {
      await kept.discard();
    }
  },
  async failed({ options, batchId, apiKey }, error, { cloud }) {
    await app.catalog.transaction((tx) =>
      app.webhooks.notify(tx, {
        cloud,
        type: 'error',
        fields: {
          error: { message: error.message },
          batch_id: batchId,
          ...(options.public_id === undefined ? {} : { public_id: options.public_id }),
        },
        triggeredBy: apiKey,
        url: options.notification_url,
      }),
    );
    app.jobs.wake();
  },
});
