import { join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { catalogIdentity } from '../catalog/identity.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Log } from '../observe/log.ts';
import type { Bucket } from './bucket.ts';
import type { Cache } from './cache.ts';
import { openS3Store } from './s3.ts';
import { parseS3Address } from './s3-address.ts';
import { createSharedCache } from './shared-cache.ts';
import type { BlobStore } from './store.ts';

/**
 * A bucket that has been proved to be usable. The SDK is optional, and loaded by nobody else.
 *
 * @param catalog whose originals it has or shall have; a tool that only copies has none
 * @throws {ConfigError} when the address cannot be read, or the bucket refuses: a server must not start that would lose uploads
 */
export async function connectBucket(address: string, catalog?: string): Promise<Bucket> {
  const parsed = parseS3Address(address);
  const { openBucket } = await import('./bucket.ts').catch((error: Error) => {
    throw new ConfigError(
      `Expected the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage for blobs in S3: ${error.message}`,
    );
  });
  const bucket = openBucket(parsed);
  try {
    await bucket.prove();
    if (catalog !== undefined) await bucket.claim(catalog);
  } catch (error) {
    bucket.close();
    throw new ConfigError(`The blobs cannot be stored: ${(error as Error).message}`);
  }
  return bucket;
}

export interface OpenS3 {
  readonly config: Config;
  /** Whose originals the bucket has or shall have. */
  readonly catalog: Catalog;
  /** The data folder: here are the copies and what is under way. */
  readonly data: string;
  /** Derived results on this server's disk. */
  readonly derived: Cache;
  readonly log: Log;
  readonly clock: () => number;
}

/** Originals and derived results in the bucket that `blobs` names. */
export async function openS3({ config, catalog, data, derived, log, clock }: OpenS3): Promise<{
  readonly blobs: BlobStore;
  readonly derived: Cache;
  closeStores(): void;
}> {
  const bucket = await connectBucket(config.blobs, await catalogIdentity(catalog));
  const budget = config['bucket-derived-bytes'];
  return {
    blobs: await openS3Store({ bucket, folder: join(data, 'blobs-s3'), budget: config['blob-cache-bytes'], clock }),
    derived: budget > 0 ? createSharedCache({ local: derived, bucket, budget, log, clock }) : derived,
    closeStores: () => bucket.close(),
  };
}
