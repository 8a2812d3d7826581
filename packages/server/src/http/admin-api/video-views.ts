import { ERRORS } from '../../errors.ts';
import type { Operation } from '../operation.ts';

/** Views are reported by the cloud's own player to the cloud; nobody reports them here. */
export const videoViews: Operation = {
  name: 'video_views',
  method: 'GET',
  path: '/video/analytics/views',
  async handle() {
    throw ERRORS.BadRequest('Video analytics are not available on this server: nothing records views');
  },
};
