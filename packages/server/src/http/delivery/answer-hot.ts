import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../../app.ts';
import { randomHex } from '../../random-hex.ts';
import { COMMON_HEADERS } from '../common-headers.ts';
import type { HotAnswer, HotAnswers } from './hot-answers.ts';
import { validators } from './respond.ts';

/** Where `writeHead` finds the request's ID in a {@link HotAnswer.head}. */
const ID_AT = 1;

const headOf = ({ answer }: HotAnswer): string[] => [
  'X-Request-Id',
  '',
  ...Object.entries({
    ...COMMON_HEADERS,
    ...validators(answer),
    'Content-Type': answer.contentType,
    'Content-Length': String(answer.bytes),
  }).flat(),
];

/** Neither a part nor a condition is asked for. */
const isPlain = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  headers.range === undefined &&
  headers['if-none-match'] === undefined &&
  headers['if-modified-since'] === undefined;

/**
 * The short way of a hit: a plain GET of a result that is kept in memory is answered before Fastify sees it, with the
 * header lines made once. Everything else (HEAD, ranges, conditions, whatever is not kept or no longer current) is left
 * to the route, which answers the same bytes and header lines. Node's own response does the writing, so pipelining,
 * HTTP/1.0, slow readers and aborted sockets are what they are elsewhere.
 *
 * @returns whether it has been answered
 */
export const answerHot =
  (app: App, hot: HotAnswers) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    // At this level every request has a line in the log, which the route writes.
    if (!isPlain(request) || app.log.isLevelEnabled('debug')) return false;
    const known = hot.get(request);
    if (known === undefined) return false;
    known.head ??= headOf(known);
    known.head[ID_AT] = randomHex();
    app.counters.addDelivery(known.cloud, known.body.length);
    response.writeHead(200, known.head).end(known.body);
    return true;
  };
