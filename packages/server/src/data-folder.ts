import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY. */
const BUSY = 5;

/** `mkdirSync` with `recursive` never ends where a parent takes no folder, as /proc does (Node 26). */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      makeFolder(dirname(folder));
      mkdirSync(folder);
    } else if (code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

/**
 * Keeps a data folder, made if need be, for this process: a second server in it would remove the first one's files on their way and hear of
 * none of its changes. The lock is the kernel's, by SQLite, as Node has none of its own: other containers of this machine
 * see it, too, and it ends with the process, however that ends.
 *
 * @returns lets go of the folder
 * @throws an error with the code `FOLDER_IN_USE`, or the system's when the folder cannot be made or written
 */
export function holdFolder(data: string): () => void {
  makeFolder(data);
  const file = join(data, 'server.lock');
  // The system says why a file cannot be written, SQLite does not.
  closeSync(openSync(file, 'a'));
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
    throw Object.assign(new Error(`The data folder ${data} is in use by another server`), { code: 'FOLDER_IN_USE' });
  }
  return () => lock.close();
}
