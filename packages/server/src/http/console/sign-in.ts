import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { SignetError } from '../../errors.ts';
import { authenticateBasic } from '../basic-authentication.ts';
import { readParameters } from '../read-parameters.ts';
import { type ConsoleRoute, guardHeaders, isForeign, refuse, sessionId, setCookie } from './route.ts';
import { type ConsoleSession, sessionsOf } from './sessions.ts';

const view = (app: App, session: ConsoleSession, folderMode: string) => ({
  cloud: session.cloud,
  api_key: session.apiKey,
  csrf: session.csrf,
  operator: session.operator,
  folder_mode: folderMode,
  public_url: app.config['public-url'].replace(/\/+$/, ''),
  expires_at: new Date(session.expiresAt).toISOString(),
});

const secondsLeft = (app: App, session: ConsoleSession): number => Math.floor((session.expiresAt - app.clock()) / 1000);

/** `POST /console/api/session` with `{cloud, apiKey, apiSecret}`, and `GET /console/login?token=…`. */
export function registerSignIn(server: FastifyInstance, app: App): void {
  const sessions = sessionsOf(app);

  const signIn = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    guardHeaders(app, reply);
    if (isForeign(request)) throw refuse(403, 'Expected a sign-in from the console itself');
    const wait = sessions.waitFor(request.ip);
    if (wait > 0) {
      reply.header('Retry-After', String(wait));
      throw refuse(429, `Too many failed attempts to sign in. Try again in ${Math.ceil(wait / 60)} minutes`);
    }
    const params = await readParameters(request);
    const [cloudName, apiKey, apiSecret] = ['cloud', 'apiKey', 'apiSecret'].map((name) => params.required(name));
    try {
      const cloud = await app.accounts.cloud(cloudName!);
      const basic = Buffer.from(`${apiKey}:${apiSecret}`).toString('base64');
      const key = await authenticateBasic(app.accounts, cloud, `Basic ${basic}`);
      if (key === undefined) throw refuse(401, 'Expected an API key without a colon');
      sessions.succeeded(request.ip);
      const { id, session } = await sessions.start({ cloud: cloud.name, apiKey: key.api_key, operator: false });
      setCookie(request, reply, id, secondsLeft(app, session));
      return view(app, session, cloud.folder_mode);
    } catch (error) {
      if (!(error instanceof SignetError) || error.status !== 401) throw error;
      sessions.failed(request.ip);
      // One text whatever was wrong: nobody learns here which environments and keys exist.
      throw refuse(401, 'Cloud name, API key and API secret do not belong together');
    }
  };

  server.post('/console/api/session', { config: { operation: 'console_sign_in' } }, async (request, reply) =>
    reply.type('application/json; charset=utf-8').send(await signIn(request, reply)),
  );

  server.get<{ Querystring: { token?: string } }>(
    '/console/login',
    { config: { operation: 'console_login_link' } },
    async (request, reply) => {
      guardHeaders(app, reply);
      const wait = sessions.waitFor(request.ip);
      const started = wait > 0 ? undefined : await sessions.useLink(String(request.query.token ?? ''));
      if (started === undefined) {
        sessions.failed(request.ip);
        return reply.redirect('/console/?link=used', 303);
      }
      setCookie(request, reply, started.id, secondsLeft(app, started.session));
      return reply.redirect('/console/', 303);
    },
  );
}

export const SESSION_ROUTES: readonly ConsoleRoute[] = [
  {
    name: 'console_session',
    method: 'GET',
    path: '/session',
    handle: async ({ app, session, account }) => view(app, session, account.cloud.folder_mode),
  },
  {
    name: 'console_sign_out',
    method: 'DELETE',
    path: '/session',
    async handle({ app, request, reply }) {
      await sessionsOf(app).end(sessionId(request)!);
      setCookie(request, reply, '', 0);
      return { signed_out: true };
    },
  },
];
