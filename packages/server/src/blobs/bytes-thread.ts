import { type Transferable, Worker } from 'node:worker_threads';
import type { Digests } from './store.ts';

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** How a thread answers: an error loses its code on the way between threads, so it travels in parts. */
type ThreadAnswer<Answer> = { readonly id: number } & (
  | { readonly answer: Answer; readonly failure?: undefined }
  | { readonly failure: { readonly message: string; readonly code?: string | undefined } }
);

/**
 * A thread that carries out orders and answers each of them. It is started with its first order and anew after a crash,
 * and keeps the process alive only while somebody waits.
 */
class Thread<Order extends object, Answer> {
  readonly #url: URL;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | undefined;
  #last = 0;

  /** @param url a plain JavaScript program: one whose types have to be stripped first loads the compiler once more */
  constructor(url: URL, name: string) {
    this.#url = url;
    this.#name = name;
  }

  ask(order: Order, transfer: readonly Transferable[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      const worker = this.#theWorker();
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ ...order, id }, transfer);
    });
  }

  #theWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#url, {
      name: this.#name,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    worker.on('message', (answers: readonly ThreadAnswer<Answer>[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    worker.on('error', (error) => this.#stopped(worker, error as Error));
    worker.on('exit', () => this.#stopped(worker, new Error(`The thread for ${this.#name} has stopped`)));
    this.#worker = worker;
    return worker;
  }

  #settle({ id, ...result }: ThreadAnswer<Answer>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (result.failure === undefined) waiting?.resolve((result as { answer: Answer }).answer);
    else waiting?.reject(Object.assign(new Error(result.failure.message), { code: result.failure.code }));
  }

  #stopped(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

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
