// Plain JavaScript on purpose: a thread that has to strip types first loads the compiler once more, and 20 MB with it.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/**
 * @typedef {{ descriptor: number, md5: import('node:crypto').Hash, sha256: import('node:crypto').Hash, position: number }} Job
 * @typedef {import('./file-hash.ts').HashOrder} HashOrder
 * @typedef {import('./file-hash.ts').HashAnswer} HashAnswer
 */

/** @type {Map<number, Job>} */
const jobs = new Map();
const window = Buffer.allocUnsafeSlow(256 * 1024);

/** @param {Job} job @param {number} upTo */
const advance = (job, upTo) => {
  while (job.position < upTo) {
    const wanted = Math.min(window.length, upTo - job.position);
    const read = readSync(job.descriptor, window, 0, wanted, job.position);
    if (read === 0) throw new Error(`Expected ${upTo} bytes but the file ends after ${job.position}`);
    const piece = window.subarray(0, read);
    job.md5.update(piece);
    job.sha256.update(piece);
    job.position += read;
  }
};

/** @param {number} id */
const close = (id) => {
  const job = jobs.get(id);
  jobs.delete(id);
  if (job) closeSync(job.descriptor);
};

/** @param {HashOrder} order @returns {HashAnswer | undefined} */
const carryOut = (order) => {
  if (order.kind === 'open') {
    const descriptor = openSync(order.path, 'r');
    jobs.set(order.id, { descriptor, md5: createHash('md5'), sha256: createHash('sha256'), position: 0 });
    return undefined;
  }
  if (order.kind === 'close') {
    close(order.id);
    return undefined;
  }
  const job = jobs.get(order.id);
  // A job that failed has been closed; its owner learns it from the answer to the order that failed.
  if (!job) return undefined;
  advance(job, order.upTo);
  if (order.kind === 'advance') return undefined;
  const digests = { bytes: job.position, sha256: job.sha256.digest('hex'), md5: job.md5.digest('hex') };
  close(order.id);
  return { id: order.id, digests };
};

parentPort?.on('message', (/** @type {HashOrder} */ order) => {
  /** @type {HashAnswer | undefined} */
  let answer;
  try {
    answer = carryOut(order);
  } catch (error) {
    close(order.id);
    answer = { id: order.id, failure: error instanceof Error ? error.message : String(error) };
  }
  if (answer) parentPort?.postMessage(answer);
});
