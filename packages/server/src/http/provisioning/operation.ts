import type { FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import type { CloudRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import type { AccountRow, NumberedPage } from '../../provisioning/account.ts';
import type { Parameters } from '../parameters.ts';

/** One call of the provisioning API, after routing and authentication. */
export interface AccountCall {
  readonly app: App;
  readonly account: AccountRow;
  /** Named parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly params: Parameters;
  readonly request: FastifyRequest;
}

export interface AccountOperation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1_1/provisioning/accounts/:account_id`, or `/v2/accounts/:account_id` when it begins with `/permissions`. */
  readonly path: string;
  handle(call: AccountCall): Promise<unknown>;
}

/** Operations on one environment: it is looked up before, and its audit trail has the change. */
export interface SubAccountOperation extends Omit<AccountOperation, 'handle'> {
  handleSubAccount(call: AccountCall, cloud: CloudRow): Promise<unknown>;
}

/** `page` from 1, `page_size` 1 to 500 (default 500: the classic SDKs do not page most lists). */
export const pageOf = (params: Parameters): NumberedPage => ({
  page: params.integer('page', { min: 1 }) ?? 1,
  pageSize: Math.min(params.integer('page_size', { min: 1 }) ?? 500, 500),
});

/** A time without zone is UTC: the Python SDK writes `2026-01-02 03:04:00`. */
export function timeOf(params: Parameters, name: string): number | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  const plain = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?))?$/.exec(text);
  const time = Date.parse(plain === null ? text : `${plain[1]}T${plain[2] ?? '00:00'}Z`);
  if (Number.isNaN(time)) throw ERRORS.InvalidParameter(name, text);
  return time;
}
