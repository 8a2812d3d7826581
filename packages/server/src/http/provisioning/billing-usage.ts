import { billingUsage as report } from '../../usage/billing.ts';
import type { AccountOperation } from './operation.ts';

/** What the account used, by month. Nothing is billed here: the figures are counted, the limits are 0. */
export const billingUsage: AccountOperation = {
  name: 'billing_usage',
  method: 'GET',
  path: '/billing_usage',
  handle: ({ app, params }) =>
    report(app, params.integer('year', { min: 2000, max: 9999 }) ?? new Date(app.clock()).getUTCFullYear()),
};
