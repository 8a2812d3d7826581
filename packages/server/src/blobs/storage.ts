import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdFolder } from '../data-folder.ts';
import { openDiskStore, readDiskStore } from './disk.ts';
import type { BlobStore } from './store.ts';

/** Where blobs lie, for tools: the data folder of a server, or `s3://…` as for `--blobs`. */
export type Place = string;

const isBucket = (place: Place): boolean => place.startsWith('s3://');

/** For `await using`: closed with the block, and what was on its way is gone. */
export interface OpenedStorage extends AsyncDisposable {
  readonly blobs: BlobStore;
}

/**
 * Opens a place without a server.
 *
 * @param use `read` leaves a data folder as it is; `write` makes what is missing and removes what was under way, so no
 *   server may be at work there
 * @throws {ConfigError} when a bucket cannot be used
 * @throws an error with the code `FOLDER_IN_USE` when a server is at work where it writes
 */
export async function openStorage(place: Place, use: 'read' | 'write'): Promise<OpenedStorage> {
  if (!isBucket(place)) {
    const folder = join(place, 'blobs');
    if (use === 'read') {
      const blobs = readDiskStore(folder);
      return { blobs, [Symbol.asyncDispose]: () => blobs.close() };
    }
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const letGo = holdFolder(place);
    const blobs = await openDiskStore(folder);
    return {
      blobs,
      async [Symbol.asyncDispose]() {
        await blobs.close();
        letGo();
      },
    };
  }
  const [{ connectBucket }, { openS3Store }] = await Promise.all([import('./open-s3.ts'), import('./s3.ts')]);
  const bucket = await connectBucket(place);
  const folder = await mkdtemp(join(tmpdir(), 'signet-storage-'));
  const blobs = await openS3Store({ bucket, folder, budget: 0 });
  return {
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      bucket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `gone`: a sweep was faster. */
export type Outcome = 'copied' | 'present' | 'damaged' | 'gone';

/**
 * Copies one blob, unless it is there. Its bytes are hashed on the way: what no longer has its hash is not kept.
 *
 * @returns what came of it, and the bytes that it has
 */
export async function copyBlob(
  hash: string,
  from: BlobStore,
  to: BlobStore,
): Promise<{ readonly outcome: Outcome; readonly bytes: number }> {
  const [here, there] = await Promise.all([from.stat(hash), to.stat(hash)]);
  if (here === undefined) return { outcome: 'gone', bytes: 0 };
  const { bytes } = here;
  if (bytes === there?.bytes) return { outcome: 'present', bytes };
  const stored = await to.put(await from.openRead(hash));
  if (stored.hash === hash) return { outcome: 'copied', bytes };
  if (!stored.existed) await to.delete(stored.hash);
  return { outcome: 'damaged', bytes };
}
