import type { Server } from 'node:http';
import fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import { randomHex } from '../random-hex.ts';
import { COMMON_HEADERS } from './common-headers.ts';
import { answerHot } from './delivery/answer-hot.ts';
import { createHotAnswers } from './delivery/hot-answers.ts';
import { answerError, installErrorAnswers } from './errors.ts';
import { registerLater } from './later.ts';
import { LATER_PATHS, routes } from './routes.ts';

// An import would read every name of the module, and with `WebSocket` comes a whole HTTP client: 4 MB, 17 ms.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

/** Operations read and check what they are given themselves; without this, Fastify loads its compilers of schemas (3 MB). */
const noSchemas = (): never => {
  throw new Error('Expected a route without a schema: no compiler of schemas is part of this server');
};

/** RFC 9110 §8.3.1, as far as it matters here. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+/;

const PREFLIGHT: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE, OPTIONS',
  'Access-Control-Allow-Headers':
    'Content-Range, X-Unique-Upload-Id, X-Requested-With, Content-Type, Authorization, Cache-Control, Range, X-Cld-Video-Player-Version',
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

/** A router with what all answers have in common: identifiers, headers, errors, the log. */
function createRouter(app: App, options: FastifyHttpOptions<Server> = {}): FastifyInstance {
  const server = fastify({
    ...options,
    loggerInstance: undefined,
    logger: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    genReqId: () => randomHex(),
    bodyLimit: 1024 * 1024,
    trustProxy: 'loopback',
    // What comes in on an open connection while the server stops is served, and the connection ends with it.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 8192, ignoreDuplicateSlashes: false },
    rewriteUrl: (request) => decodeSlashes(request.url ?? '/'),
    // What is refused before there is a route meets no hook either.
    frameworkErrors: (error, request, reply) => {
      reply.headers(COMMON_HEADERS).header('X-Request-Id', request.id);
      answerError(app.log)(error, request, reply);
    },
  });
  // Bodies are read by the operation that wants them: an upload is a stream, and SDKs send bodies without a type.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  installErrorAnswers(server, app.log);
  server.addHook('onRequest', async (request, reply) => {
    // A content type that is none would be refused before an operation sees the body; it counts as not given.
    const type = request.raw.headers['content-type'];
    if (type !== undefined && !MEDIA_TYPE.test(type)) delete request.raw.headers['content-type'];
    reply.headers(COMMON_HEADERS).header('X-Request-Id', request.id);
    if (request.method === 'OPTIONS') return reply.headers(PREFLIGHT).code(204).send();
  });
  server.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.handedOn) return;
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
  return server;
}

/** The HTTP server with all its routes; it does not listen yet. */
export async function createServer(app: App): Promise<FastifyInstance> {
  const hot = createHotAnswers(app);
  const answered = answerHot(app, hot);
  const server = createRouter(app, {
    serverFactory: (handler) => {
      const http = createHttpServer(
        { maxHeaderSize: 32_768, requestTimeout: 0, keepAliveTimeout: 72_000 },
        // Once it is closing, Fastify tells clients to hang up.
        (request, response) => {
          if (!http.listening || !answered(request, response)) handler(request, response);
        },
      );
      return http;
    },
    forceCloseConnections: 'idle',
  });
  for (const register of routes) await register(server, app, hot);
  registerLater(server, LATER_PATHS, async () => {
    const { laterRoutes } = await import('./later-routes.ts');
    const later = createRouter(app);
    for (const register of laterRoutes) await register(later, app);
    await later.ready();
    return later;
  });
  return server;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Name of the operation, as in logs, metrics and permissions. */
    operation?: string;
  }
}
