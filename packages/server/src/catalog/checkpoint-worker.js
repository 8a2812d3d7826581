// Plain JavaScript on purpose, like the workers of blobs.
import { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';

/** @typedef {import('./catalog.ts').CheckpointOrder & { id: number }} Order */

/** @type {Map<string, DatabaseSync>} */
const databases = new Map();

/** @param {string} file */
const checkpoint = (file) => {
  let database = databases.get(file);
  if (database === undefined) {
    database = new DatabaseSync(file);
    databases.set(file, database);
  }
  // Copies what nobody reads or writes just now, and waits for nobody.
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
};

/** @param {string} file */
const close = (file) => {
  databases.get(file)?.close();
  databases.delete(file);
};

parentPort?.on('message', (/** @type {Order} */ { id, kind, file }) => {
  try {
    parentPort?.postMessage([{ id, answer: kind === 'close' ? close(file) : checkpoint(file) }]);
  } catch (error) {
    parentPort?.postMessage([{ id, failure: { message: /** @type {Error} */ (error).message } }]);
  }
});
