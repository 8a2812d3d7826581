import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessOf, checkRole } from '../accounts/roles.ts';
import type { App } from '../app.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { authenticateBasic } from './basic-authentication.ts';
import { asSignetError } from './errors.ts';
import type { Call, Operation } from './operation.ts';
import { originOf } from './origin.ts';
import { Parameters } from './parameters.ts';
import { createRateLimit } from './rate-limit.ts';
import { readParameters } from './read-parameters.ts';

interface Caller {
  readonly key: ApiKeyRow;
  readonly role: string;
  readonly actorType: 'key' | 'token';
  readonly actor: string;
}

/** A bearer token wins over key and secret, as in the SDKs. @throws 401 */
async function authenticate(app: App, cloud: CloudRow, { headers }: FastifyRequest): Promise<Caller> {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) {
    const { role, id } = await app.tokens.check(cloud.name, bearer, 'asset_management');
    return { key: await app.accounts.oldestKey(cloud.name), role, actorType: 'token', actor: id };
  }
  const key = await authenticateBasic(app.accounts, cloud, headers.authorization);
  if (key === undefined) throw ERRORS.InvalidCredentials();
  return { key, role: key.role, actorType: 'key', actor: key.api_key };
}

/**
 * Registers operations that are called with the account's key and secret (Admin API): authentication, role, parameters
 * from query and body, rate-limit headers (the SDKs read them from every answer), the audit trail, JSON.
 *
 * @param prefix before each path; one of the two must name `:cloud`
 */
export function registerOperations(
  server: FastifyInstance,
  app: App,
  operations: readonly Operation[],
  prefix = '/v1_1/:cloud',
): void {
  const rateLimit = createRateLimit(app.config['rate-limit'], app.clock);
  for (const operation of operations) {
    const access = accessOf(operation);
    for (const path of [operation.path].flat()) {
      server.route({
        method: [operation.method].flat(),
        url: prefix + path,
        exposeHeadRoute: false,
        config: { operation: operation.name },
        handler: async (request, reply) => {
          const { cloud: cloudName, '*': rest, ...path } = request.params as Record<string, string>;
          const cloud = await app.accounts.cloud(cloudName!);
          rateLimit.count(cloud.name, reply);
          const { key, role, ...caller } = await authenticate(app, cloud, request);
          const target = decodeURIComponent(
            request.url
              .split('?')[0]!
              .replace(/^\/v1_1\/[^/]+/, '')
              .replace(/%(?![0-9a-f]{2})/gi, '%25'),
          );
          checkRole(role, access);
          const params = operation.ownBody ? new Parameters() : await readParameters(request);
          const note = (status: number): void => {
            if (access !== 'read')
              app.audit.add({
                cloud: cloud.name,
                ...caller,
                operation: operation.name,
                target,
                parameters: params.names(),
                status,
                requestId: request.id,
                address: request.ip,
              });
          };
          const call: Call = {
            app,
            cloud,
            key,
            path: rest === undefined ? path : { ...path, rest },
            params,
            origin: originOf(request, app.config['public-url']),
            request,
            reply,
          };
          try {
            const answer = await operation.handle(call);
            note(200);
            return answer === undefined ? reply : reply.type('application/json; charset=utf-8').send(answer);
          } catch (error) {
            note(asSignetError(error, app.log).status);
            throw error;
          }
        },
      });
    }
  }
}
