import type { Digests } from './store.ts';
import { Thread } from './thread.ts';

/** What the thread is asked for; `bytes` fill their `ArrayBuffer`, which goes over to the thread. */
export type BytesOrder = { readonly bytes: Uint8Array<ArrayBuffer> } & (
  | { readonly kind: 'hash' }
  | ({ readonly kind: 'store' } & Place)
);

interface Place {
  /** Path on the file system of `folder`. */
  readonly temporary: string;
  readonly folder: string;
  readonly name: string;
}

interface BytesAnswer {
  /** Given back after hashing. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly digests?: Digests;
}

const program = new URL('./bytes-worker.js', import.meta.url);
const thread = (name: string) => new Thread<BytesOrder, BytesAnswer>(program, name);

/**
 * Small files are hashed by one thread and brought to the disk by another, several at a time: on the event loop the digests
 * alone would take as long as much of the rest of an upload, and each call of the file system its own trip to another
 * thread. More threads for the disk store no more: they wait for the same journal.
 */
const threads = { hash: thread('digests'), store: thread('files') };

/** Memory that can be handed over: all of an `ArrayBuffer`; a copy when it is only a part. */
const whole = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);

const ask = (order: BytesOrder): Promise<BytesAnswer> => threads[order.kind].ask(order, [order.bytes.buffer]);

/** @param bytes used up: they come back in the answer */
export async function hashBytes(bytes: Uint8Array): Promise<{ readonly memory: Buffer; readonly digests: Digests }> {
  const { bytes: back, digests } = await ask({ kind: 'hash', bytes: whole(bytes) });
  return { memory: Buffer.from(back!.buffer), digests: digests! };
}

/**
 * Writes a file and makes it and its name durable: temporary file → fsync → rename → fsync of the folder.
 *
 * @param bytes used up
 * @throws what the file system says, with its `code`; nothing is left behind then
 */
export async function storeBytes(bytes: Uint8Array, place: Place): Promise<void> {
  await ask({ kind: 'store', bytes: whole(bytes), ...place });
}
