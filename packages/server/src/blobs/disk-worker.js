// Plain JavaScript on purpose, like hash-worker.js.
import { hash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';

/**
 * @typedef {import('./disk.ts').DiskOrder & { id: number }} Order
 * @typedef {import('./store.ts').Digests} Digests
 * @typedef {Extract<Order, { kind: 'bytes' }>} StoreOrder
 * @typedef {object} Storing
 * @property {StoreOrder} order
 * @property {Digests} digests
 * @property {string} folder
 * @property {boolean} existed
 * @property {number} [descriptor]
 * @property {Storing} [twin] the same bytes, on their way in the same batch
 * @property {Error} [failed]
 */

/** Descriptors of the folders that files were renamed into. @type {Map<string, number>} */
const folders = new Map();

/** @param {string} path */
const syncFolder = (path) => {
  const known = folders.get(path);
  const descriptor = known ?? openSync(path, 'r');
  if (known === undefined) folders.set(path, descriptor);
  fsyncSync(descriptor);
};

/** @param {Extract<Order, { kind: 'close' }>} order */
const close = ({ blobs }) => {
  for (const [path, descriptor] of folders)
    if (path.startsWith(`${blobs}/`)) {
      folders.delete(path);
      closeSync(descriptor);
    }
};

/** @param {Extract<Order, { kind: 'delete' }>} order */
const remove = ({ path, storedBefore }) => {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known === undefined || known.mtimeMs >= storedBefore) return false;
  unlinkSync(path);
  return true;
};

/** @param {StoreOrder} order @returns {Storing} */
const begin = (order) => {
  const { bytes } = order;
  const digests = { bytes: bytes.byteLength, sha256: hash('sha256', bytes, 'hex'), md5: hash('md5', bytes, 'hex') };
  return { order, digests, folder: `${order.blobs}/${digests.sha256.slice(0, 2)}`, existed: false };
};

/** @param {Storing} job */
const pathOf = ({ folder, digests }) => `${folder}/${digests.sha256}`;

/** Renews what is there already, and writes what is not. @param {Storing} job */
const write = (job) => {
  const { order, digests } = job;
  const known = statSync(pathOf(job), { throwIfNoEntry: false });
  // A blob of another size is what a power cut or a bad disk has left: it is written again.
  job.existed = known?.size === digests.bytes;
  if (job.existed) {
    const now = new Date();
    utimesSync(pathOf(job), now, now);
    return;
  }
  job.descriptor = openSync(order.temporary, 'wx', 0o640);
  for (let at = 0; at < order.bytes.length; ) at += writeSync(job.descriptor, order.bytes, at);
};

/** Runs a step for all that have not failed. @param {readonly Storing[]} jobs @param {(job: Storing) => void} step */
const each = (jobs, step) => {
  for (const job of jobs)
    if (job.failed === undefined)
      try {
        step(job);
      } catch (error) {
        job.failed = /** @type {Error} */ (error);
      }
};

/**
 * temporary file → fsync → rename → fsync of the folder, each step for all files before the next one: they wait together
 * for the journal of the file system.
 *
 * @param {readonly StoreOrder[]} orders
 */
const store = (orders) => {
  const jobs = orders.map(begin);
  /** @type {Map<string, Storing>} */
  const first = new Map();
  for (const job of jobs) {
    const twin = first.get(pathOf(job));
    if (twin === undefined) first.set(pathOf(job), job);
    else Object.assign(job, { twin, existed: true });
  }
  const own = [...first.values()];
  each(own, write);
  each(own, ({ descriptor }) => {
    if (descriptor !== undefined) fsyncSync(descriptor);
  });
  // Of those that have failed as well.
  for (const job of own)
    if (job.descriptor !== undefined)
      try {
        closeSync(job.descriptor);
      } catch (error) {
        job.failed ??= /** @type {Error} */ (error);
      }
  each(own, (job) => {
    if (!job.existed) renameSync(job.order.temporary, pathOf(job));
  });
  // Of what was there as well: whoever stored it may have been killed between rename and fsync.
  each(own, ({ folder }) => syncFolder(folder));
  for (const { order, failed } of own) if (failed !== undefined) rmSync(order.temporary, { force: true });
  // Lets go of the memory at once, which the collector would find out after some hundred megabytes.
  for (const { order } of jobs) order.bytes.buffer.transfer(0);
  return jobs;
};

/** @param {number} id @param {Error} error */
const failure = (id, error) => ({
  id,
  failure: { message: error.message, code: /** @type {NodeJS.ErrnoException} */ (error).code },
});

/** @param {Storing} job */
const answerOf = ({ order: { id }, digests: { sha256, md5, bytes }, existed, failed, twin }) => {
  const wrong = failed ?? twin?.failed;
  return wrong === undefined ? { id, answer: { hash: sha256, md5, bytes, existed } } : failure(id, wrong);
};

/** Orders that are carried out together, at most. */
const MOST = 16;

/** All orders that have come in. @param {Order} first */
const waiting = (first) => {
  const orders = [first];
  while (orders.length < MOST) {
    const more = receiveMessageOnPort(/** @type {import('node:worker_threads').MessagePort} */ (parentPort));
    if (more === undefined) break;
    orders.push(more.message);
  }
  return orders;
};

parentPort?.on('message', (/** @type {Order} */ received) => {
  /** @type {StoreOrder[]} */
  const storing = [];
  /** @type {object[]} */
  const answers = [];
  for (const order of waiting(received)) {
    if (order.kind === 'bytes') {
      storing.push(order);
      continue;
    }
    try {
      answers.push({ id: order.id, answer: order.kind === 'delete' ? remove(order) : close(order) });
    } catch (error) {
      answers.push(failure(order.id, /** @type {Error} */ (error)));
    }
  }
  if (storing.length > 0) answers.push(...store(storing).map(answerOf));
  parentPort?.postMessage(answers);
});
