import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashOrder } from './file-hash.ts';

interface Job {
  readonly descriptor: number;
  readonly md5: Hash;
  readonly sha256: Hash;
  position: number;
}

const jobs = new Map<number, Job>();
const window = Buffer.allocUnsafe(512 * 1024);

const advance = (job: Job, upTo: number): void => {
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

const close = (id: number): void => {
  const job = jobs.get(id);
  jobs.delete(id);
  if (job) closeSync(job.descriptor);
};

const carryOut = (order: HashOrder): HashAnswer | undefined => {
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
  const answer: HashAnswer = {
    id: order.id,
    digests: { bytes: job.position, sha256: job.sha256.digest('hex'), md5: job.md5.digest('hex') },
  };
  close(order.id);
  return answer;
};

parentPort!.on('message', (order: HashOrder) => {
  let answer: HashAnswer | undefined;
  try {
    answer = carryOut(order);
  } catch (error) {
    close(order.id);
    answer = { id: order.id, failure: (error as Error).message };
  }
  if (answer) parentPort!.postMessage(answer);
});
