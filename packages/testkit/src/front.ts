import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultState } from './faults.ts';

// An import would load Node's fetch, too: it reads every name of the module.
const { Agent, createServer, request } = process.getBuiltinModule('node:http');

/** One answered upload, as the SDK saw it. */
export interface ReceivedUpload {
  readonly publicId: string;
  readonly resourceType: string;
  readonly bytes: number;
  readonly tags: readonly string[];
  /** The whole answer. */
  readonly answer: Readonly<Record<string, unknown>>;
}

const UPLOAD_PATH = /^\/v1_1\/[^/]+\/(?:[a-z]+\/)?upload(?:_chunked)?(?:\?|$)/;

const uploadOf = (body: Buffer): ReceivedUpload | undefined => {
  try {
    const answer = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (typeof answer.asset_id !== 'string') return undefined;
    return {
      publicId: String(answer.public_id),
      resourceType: String(answer.resource_type),
      bytes: Number(answer.bytes),
      tags: (answer.tags as string[] | undefined) ?? [],
      answer,
    };
  } catch {
    return undefined;
  }
};

/**
 * The address that tests speak to: passes everything on to the server as it comes, but for the faults of the dial, and
 * keeps the answers of uploads.
 */
export async function startFront(
  faults: FaultState,
  uploads: ReceivedUpload[],
): Promise<{ readonly port: number; forwardTo(port: number): void; close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  let target = 0;

  const refuse = (incoming: IncomingMessage, outgoing: ServerResponse, status: number): void => {
    const message = 'Rate Limit Exceeded. Limit of 500 api operations reached.';
    incoming.resume();
    outgoing.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-cld-error': message,
      'x-featureratelimit-limit': '500',
      'x-featureratelimit-remaining': '0',
      'x-featureratelimit-reset': new Date(Date.now() + 3_600_000).toUTCString(),
      'retry-after': '1',
    });
    outgoing.end(JSON.stringify({ error: { message } }));
  };

  /** Whether a fault has taken the call. */
  const fails = (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const { url = '/', headers, socket } = incoming;
    const { limited, chunks } = faults;
    const isApi = url.startsWith('/v1_1/') || url.startsWith('/v2/');
    if (isApi && limited.times > 0 && url.includes(limited.path)) {
      limited.times--;
      refuse(incoming, outgoing, limited.status);
      return true;
    }
    if (chunks.times > 0 && headers['content-range'] !== undefined && UPLOAD_PATH.test(url)) {
      if (chunks.skip > 0) chunks.skip--;
      else {
        chunks.times--;
        socket.destroy();
        return true;
      }
    }
    return false;
  };

  const server = createServer((incoming, outgoing) => {
    if (fails(incoming, outgoing)) return;
    const { method, url = '/', headers } = incoming;
    const onward = request({ agent, host: '127.0.0.1', port: target, method, path: url, headers });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (method === 'POST' && UPLOAD_PATH.test(url)) {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const upload = uploadOf(Buffer.concat(parts));
          if (upload !== undefined) uploads.push(upload);
        });
      }
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) onward.destroy();
    });
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    forwardTo(port) {
      target = port;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
