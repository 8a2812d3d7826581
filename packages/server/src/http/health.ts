import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';

/** `GET /health`: 200 only when the catalog answers; a load balancer asks this. */
export function registerHealth(server: FastifyInstance, { catalog }: App): void {
  server.get('/health', { config: { operation: 'health' } }, async () => {
    await catalog.db.selectFrom('server_state').select('key').limit(1).execute();
    return { status: 'ok' };
  });
}
