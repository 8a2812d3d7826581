import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';

/** `GET /health`: 200 only when the catalog and the store of the originals answer; a load balancer asks this. */
export function registerHealth(server: FastifyInstance, { catalog, blobs }: App): void {
  server.get('/health', { config: { operation: 'health' } }, async () => {
    await catalog.db.selectFrom('server_state').select('key').limit(1).execute();
    await blobs.check();
    return { status: 'ok' };
  });
}
