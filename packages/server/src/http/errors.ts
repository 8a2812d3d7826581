import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BlobStoreFailure } from '../blobs/store.ts';
import { ERRORS, SignetError } from '../errors.ts';
import type { Log } from '../observe/log.ts';

/** Header values may hold no line break and only Latin-1 (RFC 9110 §5.5); the rest is percent-encoded. */
export const headerText = (text: string): string =>
  text
    .replace(/[^\t\x20-\x7e]/g, (character) =>
      character === '\n' || character === '\r' ? ' ' : encodeURIComponent(character),
    )
    .slice(0, 4000);

/** What Fastify itself refuses, in our words. */
const FRAMEWORK: Readonly<Record<string, () => SignetError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ERRORS.RequestTooLarge,
  FST_ERR_BAD_URL: () => ERRORS.BadRequest('Expected a URL that is percent-encoded UTF-8 but received another'),
};

/** What a disk fails with, by the code of the file system or of SQLite (https://sqlite.org/rescode.html). */
const DISK: Readonly<Record<string | number, (detail: string) => SignetError>> = {
  ENOSPC: ERRORS.DiskFull,
  EDQUOT: ERRORS.DiskFull,
  EROFS: ERRORS.StoreFailed,
  EIO: ERRORS.StoreFailed,
  // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL
  8: ERRORS.StoreFailed,
  10: ERRORS.StoreFailed,
  13: ERRORS.DiskFull,
};

/** The extended codes of SQLite have the plain one in their last byte. */
const diskProblem = ({ code, errcode }: { code?: string; errcode?: number }) =>
  DISK[code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : (code ?? '')];

/**
 * Turns whatever was thrown into an answer. A `SignetError` says what the client sees; anything else is our fault: the
 * client sees 500 without details and the log has them.
 */
export function asSignetError(error: unknown, log: Log): SignetError {
  if (error instanceof SignetError) return error;
  if (error instanceof BlobStoreFailure) return ERRORS.StoreFailed(error.message);
  const disk = diskProblem(error as Parameters<typeof diskProblem>[0]);
  if (disk !== undefined) return disk((error as Error).message);
  const { name, status, message, code, statusCode } = error as {
    name?: string;
    status?: number;
    message?: string;
    code?: string;
    statusCode?: number;
  };
  // Errors of the pure packages carry a 4xx status and a text made for the client.
  if (name === 'TransformationError' && status !== undefined)
    return ERRORS.InvalidTransformation(message ?? 'Invalid transformation');
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known !== undefined) return known();
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new SignetError(code ?? 'BadRequest', statusCode, message ?? 'Bad request');
  log.error({ err: error }, 'unexpected error');
  return ERRORS.Internal();
}

/** `{"error":{"message":…}}` with `X-Cld-Error`, as every API answer of the cloud. */
export const answerError =
  (log: Log) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined => {
    const { status, message, code, detail, extra } = asSignetError(error, log);
    log[status >= 500 ? 'error' : 'info'](
      {
        request_id: request.id,
        method: request.method,
        path: request.url.split('?')[0],
        status,
        code,
        ...(detail ? { detail } : {}),
      },
      message,
    );
    if (reply.sent) return undefined;
    return reply
      .code(status)
      .header('X-Cld-Error', headerText(message))
      .type('application/json; charset=utf-8')
      .send({ error: { message, ...extra } });
  };

export function installErrorAnswers(server: FastifyInstance, log: Log): void {
  server.setErrorHandler(answerError(log));
  const noRoute = (request: FastifyRequest): never => {
    throw new SignetError('NoRoute', 404, `No such resource: ${request.method} ${request.url.split('?')[0]}`);
  };
  server.setNotFoundHandler(noRoute);
}
