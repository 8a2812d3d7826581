import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { signDownloadQuery } from '@signet/signing';
import type { Account } from '../account/account.ts';
import { signingOptions } from '../account/resolve.ts';
import { AdminError, adminCall, adminItems } from '../client/admin.ts';
import { type UploadedAsset, upload } from '../client/upload.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { finishEnvironment, readEnvironment, writeEnvironment } from './environment.ts';
import type { Asset, Original, Source, Target } from './types.ts';

const RESOURCE_TYPES = ['image', 'video', 'raw'];
const TYPES = ['upload', 'private', 'authenticated'];
const FIELDS = [
  'public_id',
  'resource_type',
  'type',
  'format',
  'version',
  'bytes',
  'etag',
  'created_at',
  'tags',
  'context',
  'metadata',
  'asset_folder',
  'display_name',
  'access_mode',
  'access_control',
  'secure_url',
];

/** Every asset that has an original: all resource types of the types upload, private and authenticated. */
export async function* listAssets(account: Account, signal: AbortSignal): AsyncGenerator<Asset> {
  for (const resourceType of RESOURCE_TYPES)
    for (const type of TYPES)
      for await (const asset of adminItems<Asset>(
        account,
        `/resources/${resourceType}/${type}`,
        'resources',
        { fields: FIELDS.join(','), tags: true, context: true, metadata: true },
        signal,
      ))
        yield { ...asset, resource_type: resourceType, type };
}

/** What a search finds, page by page. */
export async function* searchAssets(
  account: Account,
  expression: string,
  signal: AbortSignal,
  withField: readonly string[] = [],
): AsyncGenerator<Asset> {
  let cursor: unknown;
  do {
    const page = await adminCall<{ resources: Asset[]; next_cursor?: string | null }>(account, '/resources/search', {
      method: 'POST',
      json: {
        expression,
        max_results: 500,
        ...(withField.length > 0 && { with_field: withField }),
        ...(cursor !== undefined && { next_cursor: cursor }),
      },
      signal,
    });
    // The search answers context without the level `custom` that the lists have.
    for (const { context, ...asset } of page.resources)
      yield {
        ...asset,
        ...(context !== undefined && { context: 'custom' in context ? context : { custom: context } }),
      } as Asset;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

export const serverSource = (account: Account): Source => ({
  name: `${account.cloud} at ${account.api}`,
  environment: (signal, options) => readEnvironment(account, signal, options),
  assets: (signal) => listAssets(account, signal),
  original: (asset, signal) => download(account, asset, signal),
});

/** Only Signet lets an import say what version an asset had; an empty list tells whether the target does. */
const takeOver = (account: Account, assets: readonly object[], signal: AbortSignal) =>
  adminCall<{ missing: string[] }>(account, '/taken_over_assets', { method: 'POST', json: { assets }, signal });

export function serverTarget(context: Context, account: Account): Target {
  let keeps: Promise<boolean> | undefined;
  const keepsVersions = (signal: AbortSignal): Promise<boolean> => {
    keeps ??= takeOver(account, [], signal).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AdminError && error.status < 500) return false;
        throw error;
      },
    );
    return keeps;
  };
  return {
    name: `${account.cloud} at ${account.api}`,
    limits: async (signal) =>
      (await keepsVersions(signal))
        ? []
        : ['version numbers and times of creation: the target makes new ones (only Signet takes them over)'],
    putEnvironment: (environment, signal) => writeEnvironment(account, environment, signal),
    finish: (environment, signal) => finishEnvironment(account, environment, signal),
    assets: (signal) => listAssets(account, signal),
    async putAsset(asset, original, signal) {
      const { resource_type: resourceType } = asset;
      const stored: UploadedAsset = await upload(context, account, {
        file: original.path,
        resourceType,
        params: uploadParams(asset),
        signing: signingOptions(account, {}),
        signal,
      });
      if (await keepsVersions(signal)) {
        const { public_id, type, version, created_at } = asset;
        await takeOver(account, [{ resource_type: resourceType, type, public_id, version, created_at }], signal);
      }
      return { etag: String(stored.etag ?? '') };
    },
  };
}

/** Parameters that give the asset its facts back. The public ID stands for itself, nothing is made from the file name. */
export function uploadParams(asset: Asset): Record<string, unknown> {
  const { public_id, type, tags, context, metadata, asset_folder, display_name, access_mode, access_control } = asset;
  return {
    public_id,
    type,
    overwrite: true,
    invalidate: true,
    ...(tags !== undefined && tags.length > 0 && { tags: tags.join(',') }),
    ...(context?.custom !== undefined && { context: pairs(context.custom) }),
    ...(metadata !== undefined && { metadata: pairs(metadata) }),
    ...(asset_folder !== undefined && { asset_folder }),
    ...(display_name !== undefined && { display_name }),
    ...(access_mode !== undefined && access_mode !== 'public' && { access_mode }),
    ...(access_control !== undefined &&
      access_control.length > 0 && { access_control: JSON.stringify(access_control) }),
  };
}

/** `k=v|k2=v2`, with `=` and `|` of values escaped (SDK `encode_context`); lists as JSON. */
const pairs = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([key, value]) => {
      const text = Array.isArray(value) ? JSON.stringify(value) : String(value);
      return `${key}=${text.replace(/([=|])/g, '\\$1')}`;
    })
    .join('|');

const ATTEMPTS = 4;

/** The original into a temporary file, hashed on its way; by its delivery address, else by a signed download. */
export async function download(account: Account, asset: Asset, signal: AbortSignal): Promise<Original> {
  const path = join(tmpdir(), `signet-original-${randomBytes(8).toString('hex')}`);
  const release = () => rm(path, { force: true });
  const addresses = [asset.secure_url, downloadUrl(account, asset)].filter((url) => url !== undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      const hash = createHash('md5');
      const answer = await firstGood(addresses, signal);
      const tap = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      await pipeline(Readable.fromWeb(answer.body! as never), tap, createWriteStream(path), { signal });
      const md5 = hash.digest('hex');
      if (asset.etag !== undefined && asset.etag !== md5)
        throw new CliError(`The original that came has the etag ${md5}, the list says ${asset.etag}.`);
      return { path, md5, release };
    } catch (error) {
      await release();
      if (signal.aborted || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
    }
  }
}

async function firstGood(addresses: readonly string[], signal: AbortSignal): Promise<Response> {
  let refused = 'it has no address';
  for (const address of addresses) {
    const answer = await fetch(address, { signal });
    if (answer.ok && answer.body !== null) return answer;
    await answer.body?.cancel();
    refused = `${answer.status} ${answer.headers.get('x-cld-error') ?? ''}`.trim();
  }
  throw new CliError(`The original cannot be had: ${refused}`);
}

function downloadUrl(account: Account, { public_id, resource_type, type, format }: Asset): string {
  const { query } = signDownloadQuery(
    { public_id, type, ...(format !== undefined && resource_type !== 'raw' && { format }) },
    { apiKey: account.apiKey, secret: account.apiSecret },
  );
  return `${account.api}/v1_1/${encodeURIComponent(account.cloud)}/${resource_type}/download?${query}`;
}
