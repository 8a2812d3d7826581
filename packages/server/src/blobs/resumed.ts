import { Readable } from 'node:stream';

/** Failures in a row, without a byte between them, after which a body is given up. */
const MOST_FAILURES = 3;

/**
 * A body that goes on after its connection has broken: what is missing is asked for. A reader who pauses for long is a reason
 * for that too, as servers hang up on idle connections.
 *
 * @param first the body of the first answer
 * @param bytes that it has in all
 * @param open the body from an offset on; what it throws ends the whole
 */
export function resumed(first: Readable, bytes: number, open: (offset: number) => Promise<Readable>): Readable {
  async function* read(): AsyncGenerator<Buffer> {
    let body = first;
    let at = 0;
    for (let failures = 0; ; ) {
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          at += chunk.length;
          failures = 0;
          yield chunk;
        }
        if (at >= bytes) return;
        throw new Error(`Expected ${bytes} bytes but received ${at}`);
      } catch (error) {
        if (at >= bytes || ++failures >= MOST_FAILURES) throw error;
      }
      body = await open(at);
    }
  }
  return Readable.from(read(), { objectMode: false });
}
