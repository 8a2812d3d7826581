import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes to answer with. */
export type Body =
  | { readonly buffer: Buffer }
  | { readonly path: string }
  | { readonly open: (range: { start: number; end: number }) => Promise<Readable> };

export interface Answer {
  readonly bytes: number;
  readonly body: Body;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 9110 §13.1.2: weak comparison, a list, or `*`. */
const matches = (header: string, etag: string): boolean =>
  header.trim() === '*' || header.split(',').some((item) => item.trim().replace(/^W\//, '') === `"${etag}"`);

/** RFC 9110 §13.2.2: `If-None-Match` decides; `If-Modified-Since` only without it. */
function isFresh({ headers }: FastifyRequest, { etag, lastModified }: Answer): boolean {
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return matches(noneMatch, etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(lastModified / 1000) * 1000 <= since;
}

export type RangeResult = { readonly start: number; readonly end: number } | 'whole' | 'unsatisfiable';

/** One byte range (RFC 9110 §14.1.2): `a-b`, `a-`, `-n`. Several ranges and other units are answered with the whole. */
export function parseRange(header: string | undefined, bytes: number): RangeResult {
  if (header === undefined) return 'whole';
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header);
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), bytes);
    return length === 0 ? 'unsatisfiable' : { start: bytes - length, end: bytes - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
  if (match[2] !== '' && Number(match[2]) < start) return 'whole';
  return start >= bytes ? 'unsatisfiable' : { start, end };
}

const rangeOf = (request: FastifyRequest, answer: Answer): RangeResult => {
  const condition = [request.headers['if-range']].flat()[0];
  const current =
    condition === undefined ||
    condition === `"${answer.etag}"` ||
    Date.parse(condition) === Math.floor(answer.lastModified / 1000) * 1000;
  return current ? parseRange(request.headers.range, answer.bytes) : 'whole';
};

const slice = (body: Body, range: { start: number; end: number }): Promise<Readable> | Readable | Buffer => {
  if ('buffer' in body) return body.buffer.subarray(range.start, range.end + 1);
  return 'path' in body ? createReadStream(body.path, { ...range, highWaterMark: 256 * 1024 }) : body.open(range);
};

/** The header lines that every answer with this content has, a 304 too. */
export const validators = ({ etag, lastModified, headers }: Answer): Record<string, string> => ({
  ETag: `"${etag}"`,
  'Last-Modified': new Date(lastModified).toUTCString(),
  'Accept-Ranges': 'bytes',
  ...headers,
});

/** 200, 206, 304 or 416, with validators; HEAD as GET without a body. */
export async function respond(request: FastifyRequest, reply: FastifyReply, answer: Answer): Promise<FastifyReply> {
  reply.headers(validators(answer));
  if (isFresh(request, answer)) return reply.code(304).send();
  reply.header('Content-Type', answer.contentType);
  const range = rangeOf(request, answer);
  if (range === 'unsatisfiable')
    return reply
      .code(416)
      .headers({ 'Content-Range': `bytes */${answer.bytes}`, 'Cache-Control': 'no-store' })
      .type('text/plain')
      .send('');
  const { start, end } = range === 'whole' ? { start: 0, end: answer.bytes - 1 } : range;
  if (range !== 'whole') reply.code(206).header('Content-Range', `bytes ${start}-${end}/${answer.bytes}`);
  reply.header('Content-Length', end - start + 1);
  if (request.method === 'HEAD' || answer.bytes === 0) return reply.send();
  return reply.send(
    range === 'whole' && 'buffer' in answer.body ? answer.body.buffer : await slice(answer.body, { start, end }),
  );
}
