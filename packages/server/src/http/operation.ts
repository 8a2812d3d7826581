import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../accounts/roles.ts';
import type { App } from '../app.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import type { Parameters } from './parameters.ts';

/** One call of an operation, after routing and authentication. */
export interface Call {
  readonly app: App;
  readonly cloud: CloudRow;
  /** The key that authenticated the call; `undefined` for unsigned uploads and public operations. */
  readonly key: ApiKeyRow | undefined;
  /** Named parts of the path, decoded; `rest` is what the wildcard caught. */
  readonly path: Readonly<Record<string, string>>;
  readonly params: Parameters;
  /** Scheme, host and port under which the caller reaches us: `url` and `secure_url` are built on it. */
  readonly origin: string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * An operation of the API as data: one file each, named after the operation; the same name stands in log lines,
 * metrics and permissions.
 */
export interface Operation {
  /** For instance `upload`, `delete_resources`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  /** Below `/v1_1/:cloud`, in find-my-way's notation: `/resources/:resource_type/:type/*`. */
  readonly path: string | readonly string[];
  /** What a key or token must be allowed. Default: `read` for GET, `write` otherwise. */
  readonly access?: Access;
  /** The operation reads the body itself (it may hold a file); `params` is empty then. */
  readonly ownBody?: true;
  /** Answers the JSON body (status 200), or `undefined` when it has replied itself. */
  handle(call: Call): Promise<unknown>;
}
