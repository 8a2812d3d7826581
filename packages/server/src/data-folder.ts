import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * Keeps a data folder for this process: a second server in it would remove the first one's files on their way and hear of
 * none of its changes. The lock is the kernel's, by SQLite, as Node has none of its own: other containers of this machine
 * see it, too, and it ends with the process, however that ends.
 *
 * @returns lets go of the folder
 * @throws an error with the code `FOLDER_IN_USE`
 */
export function holdFolder(data: string): () => void {
  const lock = new DatabaseSync(join(data, 'server.lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
    throw Object.assign(new Error(`The data folder ${data} is in use by another server`), { code: 'FOLDER_IN_USE' });
  }
  return () => lock.close();
}
