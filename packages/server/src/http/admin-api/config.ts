import { isoTime } from '../../assets/view.ts';
import type { Operation } from '../operation.ts';

/** `settings` is in the answer only when asked for (Python suite). */
export const config: Operation = {
  name: 'config',
  method: 'GET',
  path: '/config',
  handle: async ({ cloud, params }) => ({
    cloud_name: cloud.name,
    created_at: isoTime(cloud.created_at),
    ...(params.flag('settings') ? { settings: { folder_mode: cloud.folder_mode } } : {}),
  }),
};
