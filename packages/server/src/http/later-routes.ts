import { registerAdminApi } from './admin-api/index.ts';
import { registerAnalysis } from './analysis/index.ts';
import { registerConsole } from './console/index.ts';
import { registerPlayerService } from './delivery/player-service.ts';
import { registerNotifications } from './notifications/index.ts';
import { registerProvisioning } from './provisioning/index.ts';
import type { Register } from './routes.ts';
import { registerSearch } from './search/index.ts';
import { registerUploadApi } from './upload-api/index.ts';

/** One line per route area below `LATER_PATHS`; with the upload again, as the console asks here for whatever it proxies. */
export const laterRoutes: readonly Register[] = [
  registerUploadApi,
  registerProvisioning,
  registerSearch,
  registerAdminApi,
  registerAnalysis,
  registerNotifications,
  registerConsole,
  registerPlayerService,
];
