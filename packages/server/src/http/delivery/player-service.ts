import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import type { AssetRow } from '../../catalog/schema.ts';
import { SignetError } from '../../errors.ts';
import { asSignetError, headerText } from '../errors.ts';

/**
 * What the cloud's video player asks for beside films: poster, title, chapters, transcript (cloudinary-video-player 4,
 * `lib/video-player.js`, `lib/chapters.js`). Each is an ordinary asset or a still picture of the film, so the answer leads
 * to its delivery address, where access is checked. There are no stored profiles and settings of players: 404, which the
 * player takes for "none".
 */
interface Params {
  readonly cloud: string;
  readonly '*': string;
}

/** Public IDs come in base64 of UTF-8. */
const idOf = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

const encode = (id: string): string => id.split('/').map(encodeURIComponent).join('/');

const TRANSFORMATION = /^[\w.,:/$!~+%-]{1,500}$/;

type Route = readonly [
  pattern: RegExp,
  address: (cloud: string, match: RegExpExecArray, query: URLSearchParams) => string,
];

const REDIRECTS: readonly Route[] = [
  [
    /^elements\/(\w+)\/([^/]+)\/poster$/,
    (cloud, [, type = '', id = ''], query) => {
      const given = query.get('tx') ?? '';
      const transformation = TRANSFORMATION.test(given) ? given : 'so_0';
      return `/${encode(cloud)}/video/${type}/${transformation}/${encode(idOf(id))}.jpg`;
    },
  ],
  [
    /^chapters\/(\w+)\/([^/]+)\.vtt$/,
    (cloud, [, type = '', id = '']) => `/${encode(cloud)}/raw/${type}/${encode(idOf(id))}-chapters.vtt`,
  ],
  [
    /^transcription\/(\w+)\/(?:([\w-]+)\/)?([^/]+)\.transcript$/,
    (cloud, [, type = '', language, id = '']) =>
      `/${encode(cloud)}/raw/${type}/${encode(idOf(id))}${language === undefined ? '' : `.${language}`}.transcript`,
  ],
];

/** Title and description are facts of the asset: told only of one that anybody may see. */
const isPublic = (row: AssetRow | undefined): row is AssetRow =>
  row?.status === 'active' && row.access_control === null && row.access_mode === 'public';

async function metadataOf(app: App, cloudName: string, type: string, publicId: string) {
  const cloud = await app.accounts.cloud(cloudName);
  const identity = { cloud: cloud.name, resource_type: 'video', type, public_id: publicId };
  const row = type === 'upload' ? await app.catalog.assets.find(app.catalog.db, identity) : undefined;
  if (!isPublic(row)) throw new SignetError('NoSuchItem', 404, `Resource not found - ${publicId}`);
  const context = JSON.parse(row.context) as Record<string, string>;
  return {
    title: context.caption ?? context.title ?? row.display_name ?? '',
    description: context.description ?? context.alt ?? '',
  };
}

async function answer(app: App, request: FastifyRequest<{ Params: Params }>, reply: FastifyReply): Promise<unknown> {
  const { cloud, '*': rest } = request.params;
  const query = new URLSearchParams(request.url.split(/\?(.*)/s)[1] ?? '');
  for (const [pattern, address] of REDIRECTS) {
    const match = pattern.exec(rest);
    if (match !== null)
      return reply.header('Cache-Control', 'public, max-age=60').redirect(address(cloud, match, query));
  }
  const metadata = /^video_metadata\/(\w+)\/([^/]+)\.json$/.exec(rest);
  if (metadata !== null) {
    reply.header('Cache-Control', 'public, max-age=60');
    return metadataOf(app, cloud, metadata[1]!, idOf(metadata[2]!));
  }
  throw new SignetError('NoRoute', 404, `No such resource: ${request.url.split('?')[0]}`);
}

export function registerPlayerService(server: FastifyInstance, app: App): void {
  server.get<{ Params: Params }>(
    '/:cloud/_applet_/video_service/*',
    { config: { operation: 'player_service' } },
    async (request, reply) => {
      try {
        return await answer(app, request, reply);
      } catch (error) {
        const { status, message } = asSignetError(error, app.log);
        return reply
          .code(status)
          .header('X-Cld-Error', headerText(message))
          .type('text/plain; charset=utf-8')
          .send(message);
      }
    },
  );
}
