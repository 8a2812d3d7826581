import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';

/** Part of a file: `end` is the offset behind its last byte. */
export interface FilePart {
  readonly path: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface Form {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file?: FilePart | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the number of bytes of the file that went out since the last call. */
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any byte in either direction. Default 120,000. */
  readonly idleTimeout?: number;
}

const quoted = (text: string): string => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/**
 * Posts a form, the file last and streamed (RFC 7578). A server that refuses by the fields alone may answer and close
 * before the file is through: the answer counts then, not the broken pipe.
 */
export async function sendForm(url: string, { fields, file }: Form, options: SendOptions = {}): Promise<Answer> {
  const boundary = `signet-${randomBytes(16).toString('hex')}`;
  const head = Buffer.from(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(
        ([name, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${String(value)}\r\n`,
      )
      .join('') +
      (file === undefined
        ? ''
        : `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(file.name)}"\r\nContent-Type: application/octet-stream\r\n\r\n`),
  );
  const tail = Buffer.from(`${file === undefined ? '' : '\r\n'}--${boundary}--\r\n`);
  const fileBytes = file === undefined ? 0 : file.end - file.start;

  async function* body(): AsyncGenerator<Buffer> {
    yield head;
    if (file !== undefined && fileBytes > 0) {
      for await (const bytes of createReadStream(file.path, { start: file.start, end: file.end - 1 })) {
        yield bytes as Buffer;
        options.onSent?.((bytes as Buffer).length);
      }
    }
    yield tail;
  }

  const request = (url.startsWith('https:') ? https : http).request(url, {
    method: 'POST',
    headers: {
      ...options.headers,
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': head.length + fileBytes + tail.length,
    },
    ...(options.signal && { signal: options.signal }),
  });
  request.setTimeout(options.idleTimeout ?? 120_000, () =>
    request.destroy(Object.assign(new Error(`No answer from ${new URL(url).host} in time`), { code: 'ETIMEDOUT' })),
  );
  let answered = false;
  const answer = new Promise<Answer>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('data', (bytes: Buffer) => chunks.push(bytes));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
  });
  const settled = answer.then(
    () => true,
    () => true,
  );
  try {
    for await (const bytes of body()) {
      if (answered || request.destroyed) break;
      if (request.write(bytes)) continue;
      await Promise.race([new Promise((resolve) => request.once('drain', resolve)), settled]);
    }
  } catch (error) {
    request.destroy(error as Error);
  }
  if (!answered && !request.destroyed) request.end();
  try {
    return await answer;
  } finally {
    // Answered before the end: the rest of the body is of no use to anybody.
    if (!request.writableEnded) request.destroy();
  }
}
