import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { ACCOUNT_ROUTES } from './account.ts';
import { listAssets } from './assets.ts';
import { createFiles } from './files.ts';
import { consoleHeaders, playerPolicy } from './policy.ts';
import { PROXY_ROUTES } from './proxy.ts';
import { registerConsoleRoutes } from './route.ts';
import { registerSignIn, SESSION_ROUTES } from './sign-in.ts';
import { TOOL_ROUTES } from './tools.ts';

/** Addresses that sites load the upload widget from; the last two are the cloud's own paths below another host. */
const WIDGET = ['/widget/upload.js', '/widget/global/all.js', '/widget/latest/global/all.js'];

/** The console with its API, the upload widget's script, the player's page and script. */
export function registerConsole(server: FastifyInstance, app: App): void {
  const files = createFiles();

  const sendFile = async (request: FastifyRequest, reply: FastifyReply, path: string, immutable = false) => {
    const file = await files.find(path);
    if (file !== undefined) return files.send(request, reply, file, immutable);
    return reply
      .code(path === 'index.html' ? 503 : 404)
      .type('text/plain; charset=utf-8')
      .send(
        path === 'index.html'
          ? 'The console is not built yet: run `npm start` from the project folder, which builds it.\n'
          : 'Not found\n',
      );
  };

  const page = async (request: FastifyRequest, reply: FastifyReply) => {
    for (const name of ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers']) reply.removeHeader(name);
    reply.headers(consoleHeaders(app.config['public-url']));
    return sendFile(request, reply, 'index.html');
  };

  const operation = (name: string) => ({ config: { operation: name } });
  server.get('/', operation('home'), async (request, reply) => {
    if (!String(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    return reply.redirect('/console/', 302);
  });
  // Browsers ask for it beside every picture they show; the console's own page names its icon.
  server.get('/favicon.ico', operation('home'), async (_request, reply) =>
    reply.code(204).header('Cache-Control', 'public, max-age=86400').send(),
  );
  server.get('/console', operation('console_page'), async (_request, reply) => reply.redirect('/console/', 302));
  server.get<{ Params: { '*': string } }>('/console/assets/*', operation('console_file'), (request, reply) =>
    sendFile(request, reply, `assets/${request.params['*']}`, true),
  );
  server.get('/console/*', operation('console_page'), page);
  for (const path of WIDGET)
    server.get(path, operation('widget_script'), (request, reply) => {
      reply.header('Cross-Origin-Resource-Policy', 'cross-origin');
      return sendFile(request, reply, 'widget/upload.js');
    });
  server.get('/player/embed', operation('player_page'), (request, reply) => {
    reply.header('Content-Security-Policy', playerPolicy());
    return sendFile(request, reply, 'player/embed.html');
  });
  for (const name of ['player.js', 'player.css', 'embed.js'])
    server.get(`/player/${name}`, operation('player_file'), (request, reply) => {
      reply.header('Cross-Origin-Resource-Policy', 'cross-origin');
      return sendFile(request, reply, `player/${name}`);
    });
  registerSignIn(server, app);
  registerConsoleRoutes(server, app, [
    ...SESSION_ROUTES,
    listAssets,
    ...PROXY_ROUTES,
    ...TOOL_ROUTES,
    ...ACCOUNT_ROUTES,
  ]);
}
