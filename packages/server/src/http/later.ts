import type { FastifyInstance } from 'fastify';

/**
 * Hands requests for these paths on to a router of its own, which is made with the first of them. When that fails, the
 * next request tries again.
 *
 * @param make answers it ready
 */
export function registerLater(
  server: FastifyInstance,
  paths: readonly string[],
  make: () => Promise<FastifyInstance>,
): void {
  let made: Promise<FastifyInstance> | undefined;
  const load = async (): Promise<FastifyInstance> => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
  for (const url of paths)
    server.all(url, { config: { handedOn: true } }, async (request, reply) => {
      const later = await load();
      reply.hijack();
      later.routing(request.raw, reply.raw);
    });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Another router answers, and writes the log. */
    handedOn?: true;
  }
}
