import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type FileHash, hashFile } from '../blobs/file-hash.ts';
import { fileOnDisk } from '../blobs/spool.ts';
import type { SpooledFile } from '../blobs/store.ts';
import { WriteQueue } from '../blobs/write-queue.ts';
import { ERRORS } from '../errors.ts';
import type { ChunkJournal, UploadState } from './chunk-journal.ts';
import type { ChunkProgress, ChunkWriter, FirstChunk } from './chunks.ts';
import type { ContentRange } from './content-range.ts';
import type { FileSink } from './form.ts';
import { addRange, missingWithin, prefix, type RangeSet, size } from './range-set.ts';

const replaced = () => ERRORS.BadRequest('This chunk was sent again by a later request');

/** One chunk on its way in. Bytes that are there already are read and dropped: what has been hashed never changes. */
class Writer implements ChunkWriter, FileSink {
  readonly from: number;
  readonly to: number;
  readonly settled: Promise<void>;
  readonly total: number | undefined;
  lastProgress = Date.now();
  readonly #upload: ChunkedUpload;
  readonly #gaps: RangeSet;
  readonly #queue: WriteQueue;
  readonly #settle: () => void;
  #received = 0;
  #complete: Extract<ChunkProgress, { state: 'complete' }> | undefined;
  #state: 'open' | 'over' | 'displaced' = 'open';

  constructor(upload: ChunkedUpload, range: ContentRange, gaps: RangeSet) {
    this.from = range.start;
    this.to = range.end + 1;
    this.total = range.total;
    this.#upload = upload;
    this.#gaps = gaps;
    this.#queue = new WriteQueue(() => upload.openData());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  get sink(): FileSink {
    return this;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#state === 'displaced') throw replaced();
    const at = this.from + this.#received;
    this.#received += chunk.byteLength;
    this.lastProgress = Date.now();
    if (at + chunk.byteLength > this.to) throw this.#wrongSize('more');
    let wait: Promise<void> | undefined;
    for (const [start, end] of this.#gaps) {
      const from = Math.max(start, at);
      const to = Math.min(end, at + chunk.byteLength);
      if (from < to) wait = this.#queue.add(chunk.subarray(from - at, to - at), from) ?? wait;
    }
    return wait;
  }

  #wrongSize(received: string) {
    return ERRORS.BadRequest(
      `Invalid Content-Range: bytes ${this.from}-${this.to - 1} are ${this.to - this.from} bytes but received ${received}`,
    );
  }

  async end(): Promise<void> {
    await this.#queue.idle();
    if (this.#state === 'displaced') throw replaced();
    if (this.from + this.#received !== this.to) throw this.#wrongSize(String(this.#received));
  }

  async commit(first: FirstChunk): Promise<ChunkProgress> {
    try {
      await this.end();
    } catch (error) {
      await this.abort();
      throw error;
    }
    try {
      const progress = await this.#upload.commit(this, first, this.#queue.file);
      if (progress.state === 'complete') this.#complete = progress;
      return progress;
    } finally {
      this.#leave();
    }
  }

  async abort(): Promise<void> {
    const complete = this.#complete;
    this.#complete = undefined;
    await complete?.forget();
    if (this.#state !== 'open') return;
    this.#state = 'over';
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#queue.stop();
    await this.#queue.file?.close().catch(() => undefined);
    this.#leave();
  }

  /** A later request takes this one's place: it writes nothing any more. */
  async displace(): Promise<void> {
    if (this.#state !== 'open') return this.settled;
    this.#state = 'displaced';
    await this.#stop();
  }

  get displaced(): boolean {
    return this.#state === 'displaced';
  }

  #leave(): void {
    if (this.#state === 'open') this.#state = 'over';
    this.#upload.left(this);
    this.#settle();
  }
}

/** One chunked upload: what is there, who is writing, and the hash that follows the part without gaps. */
export class ChunkedUpload {
  readonly #journal: ChunkJournal;
  readonly #writers = new Set<Writer>();
  readonly #stallMs: number;
  readonly #gone: () => void;
  #first: UploadState['first'];
  #total: number | undefined;
  #ranges: RangeSet;
  #hash: FileHash | undefined;
  #syncing = new Set<Promise<void>>();
  #finishing: Promise<unknown> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(journal: ChunkJournal, state: UploadState, stallMs: number, gone: () => void) {
    this.#journal = journal;
    this.#first = state.first;
    this.#total = state.total;
    this.#ranges = state.ranges;
    this.#stallMs = stallMs;
    this.#gone = gone;
  }

  get busy(): boolean {
    return this.#writers.size > 0 || this.#finishing !== undefined;
  }

  /** @throws 400 when the range contradicts what other chunks have said */
  async begin(range: ContentRange): Promise<ChunkWriter> {
    this.#checkTotal(range);
    for (;;) {
      const other = [...this.#writers].find((writer) => writer.from <= range.end && range.start < writer.to);
      if (other === undefined) break;
      await this.#outlast(other);
    }
    const writer = new Writer(this, range, missingWithin(this.#ranges, range.start, range.end + 1));
    this.#writers.add(writer);
    return writer;
  }

  /**
   * The same bytes are under way in another request: a client that sends in parallel, or one that has given up on a dead
   * connection. The first is waited for, the second is ended when it makes no progress.
   */
  async #outlast(other: Writer): Promise<void> {
    const left = other.lastProgress + this.#stallMs - Date.now();
    if (left <= 0) return other.displace();
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, left);
    });
    await Promise.race([other.settled, pause]);
    clearTimeout(timer);
  }

  #checkTotal({ end, total }: ContentRange): void {
    const known = this.#total;
    if (known !== undefined && total !== undefined && known !== total)
      throw ERRORS.BadRequest(`Invalid Content-Range: expected a total of ${known} as before but received ${total}`);
    const all = known ?? total;
    const furthest = Math.max(end + 1, this.#ranges.at(-1)?.[1] ?? 0);
    if (all !== undefined && furthest > all)
      throw ERRORS.BadRequest(
        `Invalid Content-Range: expected bytes below the total of ${all} but received ${furthest - 1}`,
      );
  }

  async openData(): Promise<FileHandle> {
    await this.#journal.make();
    return open(this.#journal.data, constants.O_RDWR | constants.O_CREAT, 0o640);
  }

  left(writer: Writer): void {
    this.#writers.delete(writer);
  }

  commit(writer: Writer, first: FirstChunk, file: FileHandle | undefined): Promise<ChunkProgress> {
    const turn = this.#turn.then(() => this.#commit(writer, first, file));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #commit(writer: Writer, first: FirstChunk, file: FileHandle | undefined): Promise<ChunkProgress> {
    if (this.#finishing) {
      await file?.close();
      return { state: 'answered', answer: await this.#finishing };
    }
    try {
      if (writer.displaced) throw replaced();
      this.#checkTotal({ start: writer.from, end: writer.to - 1, total: writer.total });
    } catch (error) {
      await file?.close();
      throw error;
    }
    const range = [writer.from, writer.to] as const;
    // The chunk that begins the file speaks for all; until it comes, the earliest does.
    const speaks = this.#first === undefined || (writer.from === 0 && this.#first.start !== 0);
    if (speaks) this.#first = { ...first, start: writer.from };
    const tellsTotal = this.#total === undefined && writer.total !== undefined;
    this.#total ??= writer.total;
    this.#ranges = addRange(this.#ranges, ...range);
    await this.#journal.received(range, {
      ...(speaks ? { first: this.#first! } : {}),
      ...(tellsTotal ? { total: this.#total! } : {}),
    });
    if (file) this.#sync(file, range);
    const ready = prefix(this.#ranges);
    if (ready > 0) {
      this.#hash ??= hashFile(this.#journal.data);
      this.#hash.advance(ready);
    }
    const bytes = size(this.#ranges);
    if (this.#total === undefined || bytes < this.#total) return { state: 'partial', bytes, first: this.#first! };
    return this.#complete(bytes);
  }

  /** Brings the bytes to the disk while the next chunk comes in. */
  #sync(file: FileHandle, range: readonly [number, number]): void {
    const work = (async () => {
      try {
        await file.datasync();
        await this.#journal.synced(range);
      } catch {
        // Not marked as synced; the fsync of the store reports a disk that is out of order.
      } finally {
        await file.close().catch(() => undefined);
      }
    })();
    this.#syncing.add(work);
    work.finally(() => this.#syncing.delete(work));
  }

  async #complete(bytes: number): Promise<ChunkProgress> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    promise.catch(() => undefined);
    this.#finishing = promise;
    let file: SpooledFile;
    try {
      this.#hash ??= hashFile(this.#journal.data);
      const digests = await this.#hash.finish(bytes);
      await Promise.all(this.#syncing);
      const { data } = this.#journal;
      file = fileOnDisk(data, digests, () => rm(data, { force: true }));
    } catch (error) {
      this.#finishing = undefined;
      this.#hash = undefined;
      throw error;
    }
    let over = false;
    return {
      state: 'complete',
      bytes,
      first: this.#first!,
      file,
      remember: async (answer) => {
        over = true;
        await this.#journal.remember(answer);
        await file.discard();
        resolve(answer);
        this.#gone();
      },
      forget: async () => {
        if (over) return;
        over = true;
        await this.remove();
        reject(ERRORS.BadRequest('The upload this chunk belongs to was refused'));
      },
    };
  }

  /** Ends everything and leaves nothing on the disk. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.#journal.folder, { recursive: true, force: true });
    this.#gone();
  }

  /** Ends everything and leaves the disk as it is. */
  async close(): Promise<void> {
    await Promise.all([...this.#writers].map((writer) => writer.displace()));
    await Promise.all(this.#syncing);
    this.#hash?.close();
    this.#hash = undefined;
  }
}
