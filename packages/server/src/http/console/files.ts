import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

const DIST = fileURLToPath(new URL('../../../../console/dist/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
};

interface BuiltFile {
  readonly type: string;
  readonly etag: string;
  readonly bodies: Readonly<Record<'identity' | 'br' | 'gzip', Buffer>>;
}

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Only names the build makes: no dots that climb, no hidden files. */
const SAFE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** Files of the console's build, read and compressed once, at their first request. */
export function createFiles(folder = DIST) {
  const known = new Map<string, Promise<BuiltFile | undefined>>();

  const load = async (path: string): Promise<BuiltFile | undefined> => {
    const type = TYPES[extname(path)];
    if (type === undefined || !SAFE.test(path)) return undefined;
    let identity: Buffer;
    try {
      identity = await readFile(join(folder, path));
    } catch {
      return undefined;
    }
    const [br, gz] = await Promise.all([
      compressBrotli(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
      compressGzip(identity),
    ]);
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
    return { type, etag, bodies: { identity, br, gzip: gz } };
  };

  return {
    async find(path: string): Promise<BuiltFile | undefined> {
      const file = known.get(path) ?? load(path);
      known.set(path, file);
      const found = await file;
      // A missing file may appear (the console is being built), and names from outside must not fill the memory.
      if (found === undefined) known.delete(path);
      return found;
    },

    /** @param immutable the name carries a hash of the content */
    send(request: FastifyRequest, reply: FastifyReply, file: BuiltFile, immutable: boolean): FastifyReply {
      reply.headers({
        ETag: file.etag,
        Vary: 'Accept-Encoding',
        'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
      const accepted = String(request.headers['accept-encoding'] ?? '');
      const coding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : 'identity';
      if (coding !== 'identity') reply.header('Content-Encoding', coding);
      return reply.type(file.type).send(file.bodies[coding]);
    },
  };
}

export type Files = ReturnType<typeof createFiles>;
