import { type Transferable, Worker } from 'node:worker_threads';

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
 * A thread that carries out orders one after the other. It is started with its first order and anew after a crash, and
 * keeps the process alive only while somebody waits for an answer.
 */
export class Thread<Order extends object, Answer> {
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

  /** For orders without an answer; what goes wrong is told by the next that has one. */
  tell(order: Order): void {
    this.#theWorker().postMessage(order);
  }

  /** @throws what the thread failed with, with its `code` */
  ask(order: Order, transfer: readonly Transferable[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      const worker = this.#theWorker();
      worker.postMessage({ ...order, id }, transfer);
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #theWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(this.#url, {
      name: this.#name,
      // What the process was started with may be for its main program only (`--input-type`).
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    worker.on('message', (answers: readonly ThreadAnswer<Answer>[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    worker.on('error', (error) => this.#stopped(worker, error as Error));
    worker.on('exit', () => this.#stopped(worker, new Error(`The thread for ${this.#name} has stopped`)));
    // After the listeners: one for messages holds the process.
    worker.unref();
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

/** Memory that can be handed over: all of an `ArrayBuffer`; a copy when it is only a part. */
export const wholeMemory = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
