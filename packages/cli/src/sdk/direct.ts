/**
 * Methods of the Python SDK's Admin API that the Node SDK does not have: called by their address. `{name}` in the path
 * is a positional argument; the others and the options are the JSON body, or the query of a GET.
 */
import type { Account } from '../account/account.ts';
import { type AdminCall, adminCall } from '../client/admin.ts';
import type { Methods } from './methods.ts';

interface Direct {
  readonly arguments: string;
  readonly method: NonNullable<AdminCall['method']>;
  readonly path: string;
  readonly version?: 'v2' | 'v2/notifications';
}

const DIRECT: Readonly<Record<string, Direct>> = {
  triggers: { arguments: '', method: 'GET', path: '/triggers' },
  create_trigger: { arguments: 'uri event_type', method: 'POST', path: '/triggers' },
  update_trigger: { arguments: 'id new_uri', method: 'PUT', path: '/triggers/{id}' },
  delete_trigger: { arguments: 'id', method: 'DELETE', path: '/triggers/{id}' },
  test_trigger: { arguments: 'id', method: 'POST', path: '/triggers/{id}/test' },
  notifications: { arguments: '', method: 'GET', path: '/messages', version: 'v2/notifications' },
  ack_notifications: {
    arguments: 'receipt_handles...',
    method: 'POST',
    path: '/messages/ack',
    version: 'v2/notifications',
  },
  analyze: {
    arguments: 'input_type analysis_type uri',
    method: 'POST',
    path: '/analysis/analyze/{input_type}',
    version: 'v2',
  },
};

export const DIRECT_METHODS: Methods = Object.fromEntries(
  Object.entries(DIRECT).map(([name, { arguments: spec }]) => [name, spec]),
);

/** @returns the call of the method, or `undefined` when the SDK has to do it. */
export function directCall(
  account: Account,
  name: string,
): ((values: readonly unknown[], options: Readonly<Record<string, unknown>>) => Promise<unknown>) | undefined {
  const entry = Object.hasOwn(DIRECT, name) ? DIRECT[name] : undefined;
  if (entry === undefined) return undefined;
  return (values, options) => {
    const names = entry.arguments.split(' ').filter(Boolean);
    const given = Object.fromEntries(names.map((word, at) => [word.replace('...', ''), values[at]]));
    const inPath = [...entry.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    const path = entry.path.replace(/\{(\w+)\}/g, (_, word: string) => encodeURIComponent(String(given[word])));
    for (const word of inPath) delete given[word];
    const params = { ...given, ...options };
    const body = entry.method === 'GET' ? { query: params } : entry.method === 'DELETE' ? {} : { json: params };
    return adminCall(account, path, {
      method: entry.method,
      ...body,
      ...(entry.version && { version: entry.version }),
    });
  };
}
