// Plain JavaScript on purpose: a thread that has to strip types first loads the compiler once more, and 20 MB with it.
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/**
 * @typedef {{ descriptor: number, md5: import('node:crypto').Hash, sha256: import('node:crypto').Hash, position: number }} Growing
 * @typedef {import('./file-hash.ts').HashOrder & { id?: number }} Order
 * @typedef {import('./store.ts').Digests} Digests
 */

/** A file that could not be read stays as its error until somebody asks. @type {Map<number, Growing | Error>} */
const files = new Map();
const window = Buffer.allocUnsafeSlow(256 * 1024);

/** @param {number} file */
const growing = (file) => {
  const found = files.get(file) ?? new Error('The thread for digests was started anew meanwhile');
  if (found instanceof Error) throw found;
  return found;
};

/** @param {Growing} file @param {number} upTo */
const advance = (file, upTo) => {
  while (file.position < upTo) {
    const wanted = Math.min(window.length, upTo - file.position);
    const read = readSync(file.descriptor, window, 0, wanted, file.position);
    if (read === 0) throw new Error(`Expected ${upTo} bytes but the file ends after ${file.position}`);
    const piece = window.subarray(0, read);
    file.md5.update(piece);
    file.sha256.update(piece);
    file.position += read;
  }
};

/** @param {number} file */
const close = (file) => {
  const found = files.get(file);
  files.delete(file);
  if (found !== undefined && !(found instanceof Error)) closeSync(found.descriptor);
};

/** @param {Order} order @returns {Digests | undefined} */
const carryOut = (order) => {
  switch (order.kind) {
    case 'bytes': {
      const { bytes } = order;
      return { bytes: bytes.byteLength, sha256: hash('sha256', bytes, 'hex'), md5: hash('md5', bytes, 'hex') };
    }
    case 'open': {
      const descriptor = openSync(order.path, 'r');
      files.set(order.file, { descriptor, md5: createHash('md5'), sha256: createHash('sha256'), position: 0 });
      return undefined;
    }
    case 'advance':
      advance(growing(order.file), order.upTo);
      return undefined;
    case 'finish': {
      const file = growing(order.file);
      advance(file, order.upTo);
      const digests = { bytes: file.position, sha256: file.sha256.digest('hex'), md5: file.md5.digest('hex') };
      close(order.file);
      return digests;
    }
    case 'close':
      close(order.file);
      return undefined;
  }
};

parentPort?.on('message', (/** @type {Order} */ order) => {
  const { id } = order;
  try {
    const answer = carryOut(order);
    if (id !== undefined) parentPort?.postMessage([{ id, answer }]);
  } catch (thrown) {
    const error = /** @type {NodeJS.ErrnoException} */ (thrown);
    if ('file' in order) close(order.file);
    if (id !== undefined) parentPort?.postMessage([{ id, failure: { message: error.message, code: error.code } }]);
    else if ('file' in order) files.set(order.file, error);
  }
});
