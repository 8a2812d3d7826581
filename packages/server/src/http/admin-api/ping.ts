import type { Operation } from '../operation.ts';

export const ping: Operation = {
  name: 'ping',
  method: 'GET',
  path: '/ping',
  handle: async () => ({ status: 'ok' }),
};
