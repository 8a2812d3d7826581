import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../accounts/accounts.ts';
import type { App } from '../../app.ts';
import { SignetError } from '../../errors.ts';
import { sameSecret } from '../basic-authentication.ts';
import { originOf } from '../origin.ts';
import type { Parameters } from '../parameters.ts';
import { readParameters } from '../read-parameters.ts';
import { consoleHeaders } from './policy.ts';
import { type ConsoleSession, sessionsOf } from './sessions.ts';

const COOKIE = 'signet_console';

export interface ConsoleCall {
  readonly app: App;
  readonly server: FastifyInstance;
  readonly session: ConsoleSession;
  /** Looked up with every call: a disabled key ends its sessions. */
  readonly account: Account;
  readonly origin: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Reads the body, once. */
  params(): Promise<Parameters>;
}

export interface ConsoleRoute {
  readonly name: string;
  readonly method: string | readonly string[];
  /** Below `/console/api`. */
  readonly path: string;
  /** Answers JSON, or `undefined` when it has replied itself. */
  handle(call: ConsoleCall): Promise<unknown>;
}

export const refuse = (status: number, message: string): SignetError =>
  new SignetError(`Console${status}`, status, message);

export function sessionId(request: FastifyRequest): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === COOKIE) return value;
  }
  return undefined;
}

export function setCookie(request: FastifyRequest, reply: FastifyReply, id: string, seconds: number): void {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  reply.header('Set-Cookie', `${COOKIE}=${id}; Path=/console; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`);
}

/** Our pages only: no other site reads these answers, nothing between keeps them. */
export function guardHeaders(app: App, reply: FastifyReply): void {
  for (const name of ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers', 'Timing-Allow-Origin'])
    reply.removeHeader(name);
  reply.headers({ ...consoleHeaders(app.config['public-url']), 'Cache-Control': 'no-store' });
}

/** A page of another site made the browser send this. */
export const isForeign = (request: FastifyRequest): boolean => {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = request.headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host !== host;
};

export function registerConsoleRoutes(server: FastifyInstance, app: App, routes: readonly ConsoleRoute[]): void {
  const sessions = sessionsOf(app);
  for (const route of routes)
    server.route({
      method: [route.method].flat() as string[],
      url: `/console/api${route.path}`,
      exposeHeadRoute: false,
      config: { operation: route.name },
      handler: async (request, reply) => {
        guardHeaders(app, reply);
        const session = await sessions.find(sessionId(request));
        if (session === undefined) throw refuse(401, 'Sign in first: there is no session, or it has ended');
        if (request.method !== 'GET') {
          const given = request.headers['x-csrf-token'];
          if (isForeign(request) || typeof given !== 'string' || !sameSecret(given, session.csrf))
            throw refuse(403, 'Expected the header X-CSRF-Token of this session. Load the page again');
        }
        const cloud = await app.accounts.cloud(session.cloud);
        const key = await app.accounts.key(cloud, session.apiKey);
        const answer = await route.handle({
          app,
          server,
          session,
          account: { cloud, key },
          origin: originOf(request, app.config['public-url']),
          request,
          reply,
          params: () => readParameters(request),
        });
        return answer === undefined ? reply : reply.type('application/json; charset=utf-8').send(answer);
      },
    });
}
