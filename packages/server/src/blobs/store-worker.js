// Plain JavaScript on purpose, like hash-worker.js.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';

/**
 * @typedef {import('./disk.ts').StoreOrder & { id: number }} Order
 * @typedef {{ order: Order, descriptor?: number, failed?: Error }} Job
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

/**
 * Runs a step for all jobs that have not failed.
 *
 * @param {readonly Job[]} jobs
 * @param {(job: Job) => void} step
 */
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
 * Each step for all files before the next one: they wait together for the journal of the file system.
 *
 * @param {readonly Job[]} jobs
 */
const store = (jobs) => {
  each(jobs, (job) => {
    const { bytes, temporary } = job.order;
    job.descriptor = openSync(temporary, 'wx', 0o640);
    for (let at = 0; at < bytes.length; ) at += writeSync(job.descriptor, bytes, at);
  });
  each(jobs, ({ descriptor }) => fsyncSync(/** @type {number} */ (descriptor)));
  for (const { descriptor } of jobs) if (descriptor !== undefined) closeSync(descriptor);
  each(jobs, ({ order }) => renameSync(order.temporary, `${order.folder}/${order.name}`));
  each(jobs, ({ order }) => syncFolder(order.folder));
  for (const { order, failed } of jobs) if (failed !== undefined) rmSync(order.temporary, { force: true });
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

parentPort?.on('message', (/** @type {Order} */ first) => {
  /** @type {Job[]} */
  const jobs = waiting(first).map((order) => ({ order }));
  store(jobs);
  parentPort?.postMessage(
    jobs.map(({ order: { id }, failed }) => {
      if (failed === undefined) return { id, answer: undefined };
      const { message, code } = /** @type {NodeJS.ErrnoException} */ (failed);
      return { id, failure: { message, code } };
    }),
  );
});
