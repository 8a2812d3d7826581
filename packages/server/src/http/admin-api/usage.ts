import { ERRORS } from '../../errors.ts';
import { usageReport } from '../../usage/usage.ts';
import type { Operation } from '../operation.ts';

/** `DD-MM-YYYY` in the path (Node, Python) or `YYYY-MM-DD` as parameter (Go). */
function readDay(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text);
  const day = match ? `${match[3]}-${match[2]}-${match[1]}` : text;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw ERRORS.InvalidParameter('date', text);
  return day;
}

export const usage: Operation = {
  name: 'usage',
  method: 'GET',
  path: ['/usage', '/usage/:date'],
  handle: ({ app, cloud, path, params }) => usageReport(app, cloud, readDay(path.date ?? params.text('date'))),
};
