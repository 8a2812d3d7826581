import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import type { Operation } from '../operation.ts';
import { registerOperations } from '../register.ts';
import { ping } from './ping.ts';

export const ADMIN_OPERATIONS: readonly Operation[] = [ping];

export function registerAdminApi(server: FastifyInstance, app: App): void {
  registerOperations(server, app, ADMIN_OPERATIONS);
}
