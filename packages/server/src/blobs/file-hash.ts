import { Thread } from '../thread.ts';
import type { Digests } from './store.ts';

/**
 * Hashing of files that are still growing, on a thread of its own: MD5 and SHA-256 of a gigabyte cost two seconds, which
 * the event loop must not spend. The bytes come back from the page cache, so the disk is not read.
 */
export interface FileHash {
  /** Says that the first `upTo` bytes are in the file and will not change. */
  advance(upTo: number): void;
  /** Digests of the first `upTo` bytes. Ends the job. */
  finish(upTo: number): Promise<Digests>;
  /** Gives the job up. Harmless after `finish`. */
  close(): void;
}

export type HashOrder =
  | { readonly kind: 'open'; readonly file: number; readonly path: string }
  | { readonly kind: 'advance' | 'finish'; readonly file: number; readonly upTo: number }
  | { readonly kind: 'close'; readonly file: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

const program = new URL('./hash-worker.js', import.meta.url);
/** A large file keeps its thread busy for seconds; small ones do not wait for it. */
const growing = new Thread<HashOrder, Digests>(program, 'digests of files');
const small = new Thread<HashOrder, Digests>(program, 'digests of bytes');
let lastFile = 0;

/** Starts hashing a file from its first byte. */
export function hashFile(path: string): FileHash {
  const file = ++lastFile;
  let over = false;
  growing.tell({ kind: 'open', file, path });
  return {
    advance(upTo) {
      if (!over) growing.tell({ kind: 'advance', file, upTo });
    },
    async finish(upTo) {
      if (over) throw new Error('The hash was given up');
      over = true;
      return growing.ask({ kind: 'finish', file, upTo });
    },
    close() {
      if (over) return;
      over = true;
      growing.tell({ kind: 'close', file });
    },
  };
}

/** Digests of bytes in memory: on the event loop they would take as long as much of the rest of an upload. */
export const hashBytes = (bytes: Uint8Array): Promise<Digests> =>
  // A message carries all of the memory that a view belongs to.
  small.ask({ kind: 'bytes', bytes: bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes) });
