import type { FastifyInstance } from 'fastify';
import type { App } from '../app.ts';
import { registerAdminApi } from './admin-api/index.ts';
import { registerAnalysis } from './analysis/index.ts';
import { registerConsole } from './console/index.ts';
import type { HotAnswers } from './delivery/hot-answers.ts';
import { registerDelivery } from './delivery/index.ts';
import { registerPlayerService } from './delivery/player-service.ts';
import { registerHealth } from './health.ts';
import { registerNotifications } from './notifications/index.ts';
import { registerProvisioning } from './provisioning/index.ts';
import { registerSearch } from './search/index.ts';
import { registerUploadApi } from './upload-api/index.ts';

/** One line per route area. */
export const routes: readonly ((server: FastifyInstance, app: App, hot: HotAnswers) => void | Promise<void>)[] = [
  registerHealth,
  registerUploadApi,
  registerProvisioning,
  registerSearch,
  registerAdminApi,
  registerAnalysis,
  registerNotifications,
  registerConsole,
  registerPlayerService,
  registerDelivery,
];
