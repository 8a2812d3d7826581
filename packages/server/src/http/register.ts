import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import { ERRORS } from '../errors.ts';
import { authenticateBasic } from './basic-authentication.ts';
import type { Call, Operation } from './operation.ts';
import { originOf } from './origin.ts';
import { readParameters } from './read-parameters.ts';

/** The hour's end, as the cloud's `X-FeatureRateLimit-Reset`. */
const nextHour = (now: number): string => new Date(Math.ceil((now + 1) / 3_600_000) * 3_600_000).toUTCString();

/**
 * Registers operations that are called with the account's key and secret (Admin API): authentication, parameters from
 * query and body, rate-limit headers (the SDKs read them from every answer), JSON.
 */
export function registerOperations(server: FastifyInstance, app: App, operations: readonly Operation[]): void {
  for (const operation of operations) {
    for (const path of [operation.path].flat()) {
      server.route({
        method: [operation.method].flat(),
        url: `/v1_1/:cloud${path}`,
        exposeHeadRoute: false,
        config: { operation: operation.name },
        handler: async (request, reply) => {
          const { cloud: cloudName, '*': rest, ...path } = request.params as Record<string, string>;
          const cloud = await app.accounts.cloud(cloudName!);
          const limit = app.config['rate-limit'] || 1_000_000;
          reply.headers({
            'X-FeatureRateLimit-Limit': String(limit),
            'X-FeatureRateLimit-Remaining': String(limit - 1),
            'X-FeatureRateLimit-Reset': nextHour(app.clock()),
          });
          const key = await authenticateBasic(app.accounts, cloud, request.headers.authorization);
          if (key === undefined) throw ERRORS.InvalidCredentials();
          const call: Call = {
            app,
            cloud,
            key,
            path: rest === undefined ? path : { ...path, rest },
            params: await readParameters(request),
            origin: originOf(request, app.config['public-url']),
            request,
            reply,
          };
          const answer = await operation.handle(call);
          return answer === undefined ? reply : reply.type('application/json; charset=utf-8').send(answer);
        },
      });
    }
  }
}
