import type { FileHandle } from 'node:fs/promises';

/** Bytes that may wait for the disk before the writer is asked to wait. */
const BACKLOG_BYTES = 512 * 1024;

/** Bytes written, by all queues, between two collections of the young generation. */
const COLLECT_BYTES = 16 * 1024 * 1024;
let uncollected = 0;

/**
 * What a socket gives lies outside of the heap, where V8 counts it late: without a word it keeps tens of megabytes of what
 * has long been written. Where the process may say that word (`--expose-gc`), it costs half a millisecond.
 */
function letGoOf(bytes: number): void {
  uncollected += bytes;
  if (uncollected < COLLECT_BYTES) return;
  uncollected = 0;
  globalThis.gc?.({ type: 'minor' });
}

interface Waiting {
  readonly position: number;
  readonly piece: Uint8Array;
}

/** Writes all of `pieces` at `position`; a single `writev` may write less than it was given. */
async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  const total = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  let { bytesWritten } = await file.writev(pieces, position);
  if (bytesWritten === total) return;
  const rest = Buffer.concat(pieces);
  while (bytesWritten < total)
    bytesWritten += (await file.write(rest, bytesWritten, total - bytesWritten, position + bytesWritten)).bytesWritten;
}

/**
 * Writes pieces to a file, one `writev` at a time: what arrives while one is under way goes out with the next. The first
 * failure is kept and thrown by everything that follows.
 */
export class WriteQueue {
  readonly #open: () => Promise<FileHandle>;
  readonly #written: (bytes: number, file: FileHandle) => void;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #working: Promise<void> | undefined;
  #failure: unknown;
  #stopped = false;
  file: FileHandle | undefined;

  /** @param open gives the file, when the first piece is to be written @param written called after each `writev` */
  constructor(open: () => Promise<FileHandle>, written: (bytes: number, file: FileHandle) => void = () => {}) {
    this.#open = open;
    this.#written = written;
  }

  /** Answers a promise when the writer should wait before it sends more. Takes ownership of `piece`. */
  add(piece: Uint8Array, position: number): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#stopped) return undefined;
    this.#waiting.push({ piece, position });
    this.#waitingBytes += piece.byteLength;
    if (this.#working === undefined) {
      this.#working = this.#work();
      // Reported by the next add() or by idle(), also when nobody waits for this one.
      this.#working.catch(() => undefined);
    }
    return this.#waitingBytes > BACKLOG_BYTES ? this.#working : undefined;
  }

  async #work(): Promise<void> {
    try {
      this.file ??= await this.#open();
      while (this.#waiting.length > 0 && !this.#stopped) {
        const first = this.#waiting[0]!;
        const pieces: Uint8Array[] = [];
        let end = first.position;
        for (const { piece, position } of this.#waiting) {
          if (position !== end) break;
          pieces.push(piece);
          end += piece.byteLength;
        }
        this.#waiting.splice(0, pieces.length);
        this.#waitingBytes -= end - first.position;
        await writeAll(this.file, pieces, first.position);
        letGoOf(end - first.position);
        this.#written(end - first.position, this.file);
      }
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#working = undefined;
    }
  }

  /** Everything added has been written. @throws what went wrong */
  async idle(): Promise<void> {
    await this.#working;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Drops what waits, and resolves when the file is no longer touched. The file stays open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting = [];
    await this.#working?.catch(() => undefined);
  }
}
