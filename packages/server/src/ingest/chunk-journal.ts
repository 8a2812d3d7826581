import { readFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FirstChunk } from './chunks.ts';
import { addRange, EMPTY, extent, type RangeSet } from './range-set.ts';

/**
 * One line of `journal`, appended when a chunk has been written to the page cache. `boot` is the machine's boot id: a
 * line whose bytes were not known to be on the disk (`synced`) counts only until the machine restarts, because a killed
 * process loses nothing while a power cut may.
 */
interface Line {
  readonly first?: FirstChunk & { readonly start: number };
  readonly total?: number;
  readonly range?: readonly [number, number];
  readonly boot?: string;
  readonly synced?: readonly [number, number];
}

export interface UploadState {
  readonly first: (FirstChunk & { readonly start: number }) | undefined;
  readonly total: number | undefined;
  readonly ranges: RangeSet;
}

const BOOT = (() => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Elsewhere than on Linux every start of the server counts as one of the machine.
    return `${process.pid}-${Date.now()}`;
  }
})();

/** The last line may be torn by a kill in the middle of its write: it then counts as not written. */
const parseLine = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};

/** What the lines add up to. Pure. */
export function replay(lines: readonly Line[], boot: string): UploadState {
  const durable = new Set(lines.flatMap(({ synced }) => (synced ? [synced.join('-')] : [])));
  let ranges: RangeSet = EMPTY;
  let first: UploadState['first'];
  let total: number | undefined;
  for (const line of lines) {
    first = line.first ?? first;
    total = line.total ?? total;
    if (line.range && (line.boot === boot || durable.has(line.range.join('-'))))
      ranges = addRange(ranges, line.range[0], line.range[1]);
  }
  return { first, total, ranges };
}

/** The files of one chunked upload: `data` (sparse), `journal`, and in the end `answer`. */
export class ChunkJournal {
  readonly folder: string;
  readonly data: string;
  readonly #journal: string;
  readonly #answer: string;
  #made = false;

  constructor(folder: string) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.#journal = join(folder, 'journal');
    this.#answer = join(folder, 'answer');
  }

  async make(): Promise<void> {
    if (this.#made) return;
    await mkdir(this.folder, { recursive: true, mode: 0o750 });
    this.#made = true;
  }

  async load(): Promise<UploadState> {
    const text = await readFile(this.#journal, 'utf8').catch(() => '');
    const lines = text.split('\n').flatMap((line) => parseLine(line) ?? []);
    const state = replay(lines, BOOT);
    const bytes = await stat(this.data).then(
      (found) => found.size,
      () => 0,
    );
    return bytes < extent(state.ranges) ? { ...state, ranges: EMPTY } : state;
  }

  async #append(line: Line): Promise<void> {
    await this.make();
    // A leading line end keeps a torn last line apart from this one.
    await appendFile(this.#journal, `\n${JSON.stringify(line)}`, { mode: 0o640 });
  }

  received(range: readonly [number, number], facts: Pick<Line, 'first' | 'total'>): Promise<void> {
    return this.#append({ ...facts, range, boot: BOOT });
  }

  synced(range: readonly [number, number]): Promise<void> {
    return this.#append({ synced: range });
  }

  /** `undefined` while the upload is unfinished. */
  async answer(): Promise<{ readonly answer: unknown } | undefined> {
    const text = await readFile(this.#answer, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (parseLine(text) as { answer: unknown } | undefined);
  }

  async remember(answer: unknown): Promise<void> {
    await this.make();
    await writeFile(this.#answer, JSON.stringify({ answer }), { mode: 0o640 });
  }
}
