import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import type { Actor } from '../../assets/context.ts';
import { ERRORS } from '../../errors.ts';
import { type Field, readForm } from '../../ingest/form.ts';
import { originOf } from '../origin.ts';
import { Parameters } from '../parameters.ts';
import { audited } from './audited.ts';
import { authenticateUpload, NOBODY } from './authenticate.ts';

/** A call of the Upload API that carries no file, after authentication. */
export interface UploadCall {
  readonly app: App;
  readonly actor: Actor;
  /** From the path; `undefined` where the path names none. */
  readonly resourceType: string | undefined;
  readonly params: Parameters;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** An operation of the Upload API as data; the signature covers its parameters. */
export interface UploadOperation {
  readonly name: string;
  /** Below `/v1_1/:cloud/:resource_type`, or below `/v1_1/:cloud` when it begins with `//`. */
  readonly path: string | readonly string[];
  readonly method?: 'GET' | 'POST' | readonly ('GET' | 'POST')[];
  /** `none`: the parameters themselves are the permission (a delete token). */
  readonly authentication?: 'required' | 'none';
  /** A signed `expires_at` decides how long the call is good. */
  readonly expires?: boolean;
  /** Answers the JSON body, or `undefined` when it has replied itself. */
  handle(call: UploadCall): Promise<unknown>;
}

export const RESOURCE_TYPES = ':resource_type(^(?:image|video|raw|auto|all)$)';

export const parametersOf = (fields: readonly Field[]): Parameters => {
  const params = new Parameters();
  for (const { name, value, json } of fields) params.add(name, json === undefined ? value : json);
  return params;
};

export function registerUploadOperations(
  server: FastifyInstance,
  app: App,
  operations: readonly UploadOperation[],
): void {
  for (const operation of operations)
    for (const path of [operation.path].flat())
      server.route({
        method: [operation.method ?? 'POST'].flat(),
        url: path.startsWith('//') ? `/v1_1/:cloud${path.slice(1)}` : `/v1_1/:cloud/${RESOURCE_TYPES}${path}`,
        exposeHeadRoute: false,
        config: { operation: operation.name },
        handler: async (request, reply) => {
          const { cloud: cloudName, resource_type: resourceType } = request.params as Record<string, string>;
          const cloud = await app.accounts.cloud(cloudName!);
          const form = await readForm(request.raw, { store: app.blobs });
          try {
            const caller =
              operation.authentication === 'none'
                ? NOBODY
                : await authenticateUpload(app, cloud, request, form.fields, {
                    // Downloads are signed GET requests and change nothing.
                    access: request.method === 'GET' ? 'read' : 'write',
                    expires: operation.expires ?? false,
                  });
            const { key } = caller;
            if (operation.authentication !== 'none' && key === undefined) throw ERRORS.MissingParameter('api_key');
            const actor = { cloud, key, origin: originOf(request, app.config['public-url']) };
            const params = parametersOf(form.fields);
            const work = () => operation.handle({ app, actor, resourceType, params, request, reply });
            const changed = params.text('public_id') ?? params.text('from_public_id') ?? params.text('public_ids');
            const target = [`/${resourceType ?? ''}`, operation.name, ...(changed === undefined ? [] : [changed])].join(
              '/',
            );
            const answer =
              request.method === 'GET'
                ? await work()
                : await audited(
                    app,
                    request,
                    { cloud, caller, operation: operation.name, parameters: params.names(), target },
                    work,
                  );
            return answer === undefined ? reply : reply.type('application/json; charset=utf-8').send(answer);
          } finally {
            await form.discard();
          }
        },
      });
}
