import type { IncomingMessage } from 'node:http';

const LINGER_MS = 3000;
const LINGER_BYTES = 32 * 1024 * 1024;

/**
 * After a refusal: reads on and throws away, so that a client in the middle of its upload gets to read the answer
 * rather than a reset connection; and ends the connection when the client does not stop (RFC 9112, section 9.6).
 */
export function lingerAndClose(request: IncomingMessage): void {
  if (request.complete || request.destroyed) {
    request.resume();
    return;
  }
  let bytes = 0;
  const close = () => request.destroy();
  const timer = setTimeout(close, LINGER_MS);
  timer.unref();
  request.on('error', () => {});
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > LINGER_BYTES) close();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.resume();
}
