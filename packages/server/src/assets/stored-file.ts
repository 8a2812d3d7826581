import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';

export interface StoredFile {
  readonly hash: string;
  readonly md5: string;
  readonly bytes: number;
}

/** Bytes that are in the store already, as something that `upload` takes in; storing them again is free. */
export function storedFile(app: App, { hash, md5, bytes }: StoredFile): SpooledFile {
  const read = async () => app.blobs.read(hash);
  return {
    bytes,
    sha256: hash,
    md5,
    memory: undefined,
    head: async (length) => (await read()).subarray(0, length),
    path: async () => app.blobs.path(hash) ?? (await app.blobs.local(hash)).path,
    openRead: () => {
      throw new TypeError('Expected a stored file to be read by its path');
    },
    discard: async () => {},
  };
}
