import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { ERRORS, SignetError } from '../../errors.ts';
import { type AccountRow, ensureProvisioningAccount, requireSubAccount } from '../../provisioning/account.ts';
import { parseBasic, sameSecret } from '../basic-authentication.ts';
import { asSignetError } from '../errors.ts';
import { readParameters } from '../read-parameters.ts';
import { accessKeyOperations } from './access-keys.ts';
import { billingUsage } from './billing-usage.ts';
import type { AccountOperation, SubAccountOperation } from './operation.ts';
import { permissionOperations } from './permissions.ts';
import { registerPublicProvisioning } from './public.ts';
import { subAccountOperations } from './sub-accounts.ts';
import { userGroupOperations } from './user-groups.ts';
import { userOperations } from './users.ts';

const ACCOUNT_OPERATIONS: readonly (AccountOperation | SubAccountOperation)[] = [
  ...subAccountOperations,
  ...accessKeyOperations,
  ...userOperations,
  ...userGroupOperations,
  billingUsage,
  ...permissionOperations,
];

/**
 * What is done inside an environment stands in its own audit trail; that it is renamed or deleted, in the account's. No
 * environment has a colon in its name, so that nobody else reads those.
 */
const SUB_ACCOUNT = '/sub_accounts/:sub_account_id';

/** Codes of the OpenAPI examples; which failure has which is known for these, the rest is inferred. */
const CODES: Readonly<Record<string, string>> = {
  InvalidCredentials: 'ACCOUNTS_00006',
  MissingParameter: 'ACCOUNTS_00005',
};

/** Failures of a caller carry `category` and `code` beside `message`. */
function withCode(error: SignetError): SignetError {
  const { code, status, message } = error;
  if (status >= 500) return error;
  return new SignetError(code, status, message, {
    cause: error,
    extra: { category: 'user_error', code: CODES[code] ?? 'ACCOUNTS_00002' },
  });
}

/** @throws 401 whatever of account, key and secret is wrong */
function authenticate(account: AccountRow, id: string, request: FastifyRequest): void {
  const given = parseBasic(request.headers.authorization);
  const fits =
    given !== undefined &&
    [
      [id, account.id],
      [given.user, account.api_key],
      [given.password, account.api_secret],
    ].every(([value, expected]) => sameSecret(value!, expected!));
  if (!fits) throw ERRORS.InvalidCredentials();
}

/**
 * The provisioning API: the account's own key and secret, JSON, the audit trail. No rate-limit headers: the Node SDK
 * would copy them into lists whose keys its suite compares.
 */
export async function registerProvisioning(server: FastifyInstance, app: App): Promise<void> {
  const account = await ensureProvisioningAccount(app);
  for (const operation of ACCOUNT_OPERATIONS)
    server.route({
      method: operation.method,
      url: `${operation.path.startsWith('/permissions') ? '/v2/accounts' : '/v1_1/provisioning/accounts'}/:account_id${operation.path}`,
      exposeHeadRoute: false,
      config: { operation: operation.name },
      async handler(request, reply) {
        const { account_id: id, ...path } = request.params as Record<string, string>;
        let note: ((status: number) => void) | undefined;
        try {
          authenticate(account, id!, request);
          const params = await readParameters(request);
          const cloud =
            path.sub_account_id === undefined ? undefined : await requireSubAccount(app, path.sub_account_id);
          if (operation.method !== 'GET')
            note = (status) =>
              app.audit.add({
                cloud: (operation.path === SUB_ACCOUNT ? undefined : cloud?.name) ?? `account:${account.id}`,
                actorType: 'account',
                actor: account.api_key,
                operation: operation.name,
                target: request.url.split('?')[0]!.replace(/^\/(?:v1_1\/provisioning|v2)\/accounts\/[^/]+/, ''),
                parameters: params.names(),
                status,
                requestId: request.id,
                address: request.ip,
              });
          const call = { app, account, path, params, request };
          const answer =
            'handle' in operation ? await operation.handle(call) : await operation.handleSubAccount(call, cloud!);
          note?.(200);
          return reply.type('application/json; charset=utf-8').send(answer);
        } catch (error) {
          const known = asSignetError(error, app.log);
          note?.(known.status);
          throw withCode(known);
        }
      },
    });
  registerPublicProvisioning(server, app);
}
