import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Proves that a copy is whole: nothing here is synced, so a power cut may leave it shorter than it was. */
const NAME = /^([0-9a-f]{64})-(\d+)$/;

export interface Pinned {
  readonly path: string;
  readonly bytes: number;
  /** Lets the budget have the file again. Harmless when called twice. */
  release(): Promise<void>;
}

interface Entry {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly keptAt: number;
  pins: number;
}

/**
 * Local copies of blobs that lie elsewhere, one file each, within a budget of bytes: the least recently used go first,
 * those in use stay. All of them can be fetched again.
 *
 * @param budget bytes on disk; what is in use may exceed it for as long as it is
 */
export async function openLocalFiles(folder: string, budget: number) {
  /** In the order of use. */
  const entries = new Map<string, Entry>();
  let total = 0;

  const pathOf = (hash: string, bytes: number): string => join(folder, `${hash}-${bytes}`);

  const remove = async (hash: string): Promise<void> => {
    const entry = entries.get(hash);
    if (entry === undefined) return;
    entries.delete(hash);
    total -= entry.bytes;
    await rm(pathOf(hash, entry.bytes), { force: true });
  };

  const keepBudget = async (): Promise<void> => {
    if (total <= budget) return;
    const spare = [...entries].filter(([, { pins }]) => pins === 0);
    for (const [hash] of spare) {
      if (total <= budget) return;
      // Somebody may have come for it meanwhile.
      if (entries.get(hash)?.pins === 0) await remove(hash);
    }
  };

  const load = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const found = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const path = join(folder, name);
        const [, hash = '', bytes] = NAME.exec(name) ?? [];
        const { size, mtimeMs } = await stat(path);
        return { path, hash, whole: size === Number(bytes), size, mtimeMs };
      }),
    );
    found.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { path, hash, whole, size, mtimeMs } of found) {
      if (!whole) await rm(path, { force: true, recursive: true });
      else {
        entries.set(hash, { bytes: size, keptAt: mtimeMs, pins: 0 });
        total += size;
      }
    }
    await keepBudget();
  };

  await load();

  return {
    /** What is known of a copy without looking at it; `undefined` when there is none. */
    facts: (hash: string): Pick<Entry, 'bytes' | 'keptAt'> | undefined => entries.get(hash),

    /** The copy, which stays until it is released; `undefined` when there is none. */
    pin(hash: string): Pinned | undefined {
      const entry = entries.get(hash);
      if (entry === undefined) return undefined;
      entries.delete(hash);
      // Somebody has emptied the folder.
      if (!existsSync(pathOf(hash, entry.bytes))) {
        total -= entry.bytes;
        return undefined;
      }
      entries.set(hash, entry);
      entry.pins++;
      let held = true;
      return {
        path: pathOf(hash, entry.bytes),
        bytes: entry.bytes,
        async release() {
          if (!held) return;
          held = false;
          entry.pins--;
          await keepBudget();
        },
      };
    },

    /** Makes a file of the same file system a copy; where it was, it is no more. */
    async adopt(hash: string, bytes: number, path: string): Promise<void> {
      if (entries.has(hash)) return rm(path, { force: true });
      await rename(path, pathOf(hash, bytes));
      entries.set(hash, { bytes, keptAt: Date.now(), pins: 0 });
      total += bytes;
    },

    remove,
    keepBudget,
    get total(): number {
      return total;
    },
  };
}

export type LocalFiles = Awaited<ReturnType<typeof openLocalFiles>>;
