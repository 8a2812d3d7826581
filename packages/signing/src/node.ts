/** Adapter between Web-standard handlers and Node's `http` (and Express, whose requests and responses are Node's). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** A body that a parser in front (such as `express.json()`) has already read. */
type NodeRequest = IncomingMessage & { body?: unknown; originalUrl?: string };

/**
 * `http.createServer(toNodeHandler(createSigner(policy)))`, or `app.post('/sign', toNodeHandler(createSigner(policy)))`.
 * What the handler throws goes to `next` where there is one; otherwise the answer is 500 without details.
 * @param options.origin the site's public origin, `https://example.com`, for servers behind a proxy. Default: made from
 *   the connection and the Host header.
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
  options: { origin?: string } = {},
): (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => Promise<void> {
  return async (incoming, outgoing, next) => {
    try {
      const response = await handler(toRequest(incoming, options.origin));
      outgoing.statusCode = response.status;
      for (const [name, value] of response.headers) {
        if (name !== 'set-cookie') outgoing.setHeader(name, value);
      }
      const cookies = response.headers.getSetCookie();
      if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    } catch (error) {
      if (next !== undefined) return next(error);
      outgoing.statusCode = 500;
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end('{"error":{"message":"Internal error"}}');
    }
  };
}

function toRequest(incoming: NodeRequest, origin: string | undefined): Request {
  const secure = 'encrypted' in incoming.socket;
  const base = origin ?? `${secure ? 'https' : 'http'}://${incoming.headers.host ?? 'localhost'}`;
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const method = incoming.method ?? 'GET';
  const bare = method === 'GET' || method === 'HEAD';
  // `base` first: a path such as `//evil` must not be read as a host.
  const url = new URL(base.replace(/\/$/, '') + (path.startsWith('/') ? path : `/${path}`));
  if (bare) return new Request(url, { method, headers });
  if (incoming.readableEnded || incoming.body !== undefined) {
    return new Request(url, { method, headers, body: parsedBody(incoming.body, headers) });
  }
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  return new Request(url, { method, headers, body, duplex: 'half' } as RequestInit);
}

/** Writes what a body parser made of the request back as text of the same content type. */
function parsedBody(body: unknown, headers: Headers): string | Uint8Array<ArrayBuffer> | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (!headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) form.append(name, String(item));
  return form.toString();
}
