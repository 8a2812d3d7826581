import { randomBytes } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import { installErrorAnswers } from './errors.ts';
import { routes } from './routes.ts';

/** RFC 9110 §8.3.1, as far as it matters here. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+/;

const CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'X-Cld-Error, X-Signet-Diagnosis, X-Request-Id, Content-Length, Content-Range, ETag, Server-Timing',
  'Timing-Allow-Origin': '*',
};
const PREFLIGHT: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
  'Access-Control-Allow-Headers':
    'Content-Range, X-Unique-Upload-Id, X-Requested-With, Content-Type, Authorization, Cache-Control, Range',
  'Access-Control-Max-Age': '86400',
};

/**
 * The Node SDK percent-encodes whole paths of some calls (`/resources%2Fsearch`, `lib/api_client/call_api.js`): slashes
 * are decoded before routing; everything else is decoded once, after it.
 */
const decodeSlashes = (url: string): string => {
  if (!url.startsWith('/v1_1/') && !url.startsWith('/v2/')) return url;
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.replace(/%2F/gi, '/') + (query < 0 ? '' : url.slice(query));
};

/** The HTTP server with all its routes; it does not listen yet. */
export async function createServer(app: App): Promise<FastifyInstance> {
  const server = fastify({
    loggerInstance: undefined,
    logger: false,
    genReqId: () => randomBytes(16).toString('hex'),
    bodyLimit: 1024 * 1024,
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: 8192, ignoreDuplicateSlashes: false },
    rewriteUrl: (request) => decodeSlashes(request.url ?? '/'),
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: 32_768 },
  });
  // Bodies are read by the operation that wants them: an upload is a stream, and SDKs send bodies without a type.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  installErrorAnswers(server, app.log);
  server.addHook('onRequest', async (request, reply) => {
    // A content type that is none would be refused before an operation sees the body; it counts as not given.
    const type = request.raw.headers['content-type'];
    if (type !== undefined && !MEDIA_TYPE.test(type)) delete request.raw.headers['content-type'];
    reply.headers({ ...CORS, 'X-Request-Id': request.id, 'X-Content-Type-Options': 'nosniff' });
    if (request.method === 'OPTIONS') return reply.headers(PREFLIGHT).code(204).send();
  });
  server.addHook('onResponse', async (request, reply) => {
    app.log.debug(
      {
        request_id: request.id,
        operation: request.routeOptions.config.operation,
        method: request.method,
        path: request.url.split('?')[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
  for (const register of routes) await register(server, app);
  return server;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Name of the operation, as in logs, metrics and permissions. */
    operation?: string;
  }
}
