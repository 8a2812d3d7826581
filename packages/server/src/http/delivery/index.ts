import { createHash } from 'node:crypto';
import { type ClientHints, parseDeliveryPath } from '@signet/transformation';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { ASSEMBLED_TYPES, type AssembledText, findAssembled } from '../../assembled/deliver.ts';
import type { Visitor } from '../../delivery/access.ts';
import { asksForBreakpoints, deliverBreakpoints } from '../../delivery/breakpoints.ts';
import { type Delivered, deliver } from '../../delivery/deliver.ts';
import { ERRORS, SignetError } from '../../errors.ts';
import { attachmentHeader } from '../attachment.ts';
import { asSignetError, headerText } from '../errors.ts';
import type { HotAnswers } from './hot-answers.ts';
import { rawContentType } from './raw-type.ts';
import { type Answer, respond } from './respond.ts';

/** Served in place of a missing picture: one transparent pixel. */
const EMPTY_GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const CACHE = 'public, no-transform, immutable, max-age=2592000';
const PRIVATE = 'private, no-cache, max-age=0';
/**
 * Documents that could run scripts get an origin of their own and no rights. Not PDF: browsers show it in a viewer of its
 * own, and Chrome refuses to show one that is sandboxed.
 */
const SANDBOXED = /^(?:image\/svg\+xml|text\/|application\/(?:xhtml\+xml|xml|javascript))/;
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

const number = (value: string | string[] | undefined): number | undefined => {
  const parsed = Number([value].flat()[0]);
  return Number.isFinite(parsed) && parsed > 0 ? parsed : undefined;
};

const hintsOf = ({ headers }: FastifyRequest): ClientHints => ({
  accept: headers.accept,
  dpr: number(headers['sec-ch-dpr'] ?? headers.dpr),
  width: number(headers['sec-ch-width'] ?? headers.width),
  saveData: String(headers['save-data'] ?? '').toLowerCase() === 'on',
  userAgent: headers['user-agent'],
});

const TOKEN = '__cld_token__';

function visitorOf(request: FastifyRequest): Visitor {
  const url = request.raw.url ?? '/';
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const parameters = query.split('&').filter(Boolean);
  const inQuery = parameters.find((parameter) => parameter.startsWith(`${TOKEN}=`));
  const inCookie = request.headers.cookie?.split(/;\s*/).find((cookie) => cookie.startsWith(`${TOKEN}=`));
  const rest = parameters.filter((parameter) => parameter !== inQuery).join('&');
  return {
    path: rest === '' ? path : `${path}?${rest}`,
    token: (inQuery ?? inCookie)?.slice(TOKEN.length + 1),
    ip: request.ip,
  };
}

function headersOf({ row, derived, name, missing }: Delivered): Record<string, string> {
  const { plan, contentType, format, improvable } = derived;
  const { attachment, vary } = plan.delivery;
  const headers: Record<string, string> = {
    'Cache-Control':
      missing === undefined && row.access_control === null && row.type !== 'authenticated' ? CACHE : PRIVATE,
  };
  if (vary.length > 0) headers.Vary = vary.join(', ');
  if (attachment !== null) {
    const extension = row.resource_type === 'raw' || format === '' ? '' : `.${format}`;
    headers['Content-Disposition'] = attachmentHeader((attachment.filename ?? name) + extension);
  }
  if (SANDBOXED.test(contentType)) headers['Content-Security-Policy'] = SANDBOX;
  if (missing !== undefined) headers['X-Cld-Error'] = headerText(missing.message);
  // A better encoding is on its way under the same URL: do not let caches keep the quick one for a month.
  if (improvable) {
    headers['X-Signet-Quality'] = 'fast';
    headers['Cache-Control'] = 'public, no-transform, max-age=60';
  }
  for (const line of (row.headers ?? '').split('\n')) {
    const match = /^(Link|X-Robots-Tag):\s*(.+)$/i.exec(line.trim());
    if (match) headers[match[1]!] = headerText(match[2]!);
  }
  return headers;
}

const answerOf = (delivered: Delivered): Answer => {
  const { derived, row } = delivered;
  return {
    bytes: derived.bytes,
    body: derived.data === undefined ? { open: async (range) => derived.openRead(range) } : { buffer: derived.data },
    contentType: row.resource_type === 'raw' ? rawContentType(row.public_id) : derived.contentType,
    etag: derived.original ? row.etag : `${derived.key.slice(0, 32)}${derived.improvable ? '-fast' : ''}`,
    lastModified: derived.original ? row.uploaded_at : derived.storedAt,
    headers: headersOf(delivered),
  };
};

/** `?segment=n` of a stream is that piece of it: HLS 3 has no byte ranges (`fl_hlsv3`). */
async function segmentAnswer(
  app: App,
  request: FastifyRequest,
  { derived }: Delivered,
  answer: Answer,
): Promise<Answer> {
  const index = derived.format === 'ts' ? /[?&]segment=(\d{1,6})(?:&|$)/.exec(request.raw.url ?? '')?.[1] : undefined;
  if (index === undefined) return answer;
  const { segmentsOf } = await import('../../delivery/manifest.ts');
  const segment = (await segmentsOf(app, derived))[Number(index)];
  if (segment === undefined) throw ERRORS.ResourceNotFound(`segment ${index}`);
  const { at, bytes } = segment;
  return {
    ...answer,
    bytes,
    etag: `${answer.etag}-${index}`,
    body: { open: async ({ start, end }) => derived.openRead({ start: at + start, end: at + end }) },
  };
}

/** How long lists may be kept by caches: what the cloud says (delivery reference 1.6). */
const LIST_CACHE = 'public, max-age=60';

const jsonAnswer = (data: unknown, lastModified: number): Answer => {
  const buffer = Buffer.from(JSON.stringify(data));
  return {
    bytes: buffer.length,
    body: { buffer },
    contentType: 'application/json; charset=utf-8',
    etag: createHash('md5').update(buffer).digest('hex'),
    lastModified,
    headers: { 'Cache-Control': LIST_CACHE },
  };
};

/** Style sheet or places of a sprite. */
const sheetAnswer = ({ text, contentType, row }: AssembledText): Answer => {
  const buffer = Buffer.from(text);
  return {
    bytes: buffer.length,
    body: { buffer },
    contentType,
    etag: createHash('md5').update(buffer).digest('hex'),
    lastModified: row.uploaded_at,
    headers: { 'Cache-Control': CACHE },
  };
};

/** Errors of delivery: one line in `X-Cld-Error`, and a picture-shaped nothing for missing pictures. */
async function refuse(app: App, request: FastifyRequest, reply: FastifyReply, thrown: unknown): Promise<FastifyReply> {
  const error = asSignetError(thrown, app.log);
  const { status, message, detail } = error;
  app.log[status >= 500 ? 'error' : 'info'](
    {
      request_id: request.id,
      path: request.url.split('?')[0],
      status,
      code: error.code,
      ...(detail ? { detail } : {}),
    },
    message,
  );
  reply.code(status).headers({ 'X-Cld-Error': headerText(message), 'Cache-Control': PRIVATE });
  if (status === 404 && /^\/[^/]+\/image\//.test(request.url))
    return reply.type('image/gif').send(request.method === 'HEAD' ? undefined : EMPTY_GIF);
  return reply.type('text/plain; charset=utf-8').send(request.method === 'HEAD' ? undefined : message);
}

/** `GET|HEAD /<cloud>/…`: everything that no other route takes. */
export function registerDelivery(server: FastifyInstance, app: App, hot: HotAnswers): void {
  const count = (cloud: string, { bytes }: Answer): void => app.counters.addDelivery(cloud, bytes);
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const known = hot.get(request.raw);
    if (known !== undefined) {
      count(known.cloud, known.answer);
      return respond(request, reply, known.answer);
    }
    try {
      const visitor = visitorOf(request);
      const path = parseDeliveryPath((request.raw.url ?? '/').split('?')[0]!);
      if (path?.cloud == null) throw new SignetError('NoRoute', 404, `No such resource: ${request.url.split('?')[0]}`);
      const cloud = await app.accounts.cloud(path.cloud);
      if (path.kind === 'list' || asksForBreakpoints(path)) {
        const data =
          path.kind === 'list'
            ? await (await import('../../delivery/list.ts')).listByTag(app, cloud, path, visitor)
            : { breakpoints: await deliverBreakpoints(app, cloud, path, visitor) };
        const answer = jsonAnswer(data, app.clock());
        count(cloud.name, answer);
        return await respond(request, reply, answer);
      }
      const assembled = ASSEMBLED_TYPES.has(path.type) ? await findAssembled(app, cloud.name, path) : { path };
      if ('text' in assembled) {
        const answer = sheetAnswer(assembled);
        count(cloud.name, answer);
        return await respond(request, reply, answer);
      }
      const start = performance.now();
      const delivered = await deliver(app, cloud, assembled.path, hintsOf(request), visitor);
      if (delivered.derived.rendered) {
        app.derivedLog.add(delivered);
        const spent = Math.round(performance.now() - start);
        reply.header('Server-Timing', `cloudinary;dur=${spent},transformation;dur=${spent}`);
      }
      if (delivered.derived.improvable) app.improve(delivered);
      const answer = await segmentAnswer(app, request, delivered, answerOf(delivered));
      hot.set(request.raw, delivered, answer);
      count(cloud.name, answer);
      if (delivered.derived.rendered) app.counters.add(cloud.name, 'transformations', 1);
      return await respond(request, reply, answer);
    } catch (error) {
      return refuse(app, request, reply, error);
    }
  };
  server.route({ method: ['GET', 'HEAD'], url: '/:cloud/*', config: { operation: 'deliver' }, handler });
}
