import { Readable } from 'node:stream';
import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';

export interface StoredFile {
  readonly hash: string;
  readonly md5: string;
  readonly bytes: number;
}

/** Bytes that are in the store already, as something that `upload` takes in; storing them again is free. */
export function storedFile(app: App, { hash, md5, bytes }: StoredFile): SpooledFile {
  let local: ReturnType<App['blobs']['local']> | undefined;
  return {
    bytes,
    digests: async () => ({ bytes, sha256: hash, md5 }),
    memory: undefined,
    head: async (length) => (await app.blobs.read(hash)).subarray(0, length),
    async path() {
      local ??= app.blobs.local(hash);
      return (await local).path;
    },
    openRead: (range) =>
      Readable.from(
        (async function* () {
          yield* await app.blobs.openRead(hash, range);
        })(),
      ),
    async discard() {
      const copy = await local?.catch(() => undefined);
      local = undefined;
      await copy?.release();
    },
  };
}
