import type { FastifyInstance } from 'fastify';
import type { App } from '../../app.ts';
import { ERRORS, SignetError } from '../../errors.ts';
import { createSubAccount } from '../../provisioning/sub-accounts.ts';
import { asSignetError } from '../errors.ts';
import type { Parameters } from '../parameters.ts';
import { readParameters } from '../read-parameters.ts';

/** A handful of environments an hour is plenty for the agents of one machine. */
const LIMIT = 20;
const HOUR = 3_600_000;

const AGENT_FIELDS: Readonly<Record<string, number>> = {
  agent_framework: 100,
  agent_llm_model: 100,
  agent_goal: 300,
  sdk_framework: 100,
};

/** Sizes as the Python SDK documents them (`cloudinary/provisioning/account.py`). @throws 400 */
function checkAgent(params: Parameters, required: readonly string[]): void {
  for (const [name, max] of Object.entries(AGENT_FIELDS)) {
    const value = required.includes(name) ? params.required(name) : params.text(name);
    if (value !== undefined && (value.length < 2 || value.length > max))
      throw ERRORS.BadRequest(`Expected ${name} of 2 to ${max} characters but received ${value.length}`);
  }
}

/**
 * The two calls without credentials (`cloudinary/provisioning/account.py`), by which a program makes an environment for
 * itself. Whoever reaches the server could make as many as he likes, so they are off until `--public-provisioning`, and
 * even then only callers on this machine are answered.
 *
 * - `agents/accounts`: sends a mail and waits for a person; this server sends no mail, so it says so.
 * - `clouds`: makes an environment whose credentials work at once. Delivery cannot be limited to addresses here and
 *   environments do not expire, so `delivery_ips` is refused and the answer is already `claimed`.
 */
export function registerPublicProvisioning(server: FastifyInstance, app: App): void {
  let hour = 0;
  let made = 0;
  const route = (
    name: string,
    url: string,
    handle: (params: Parameters) => Promise<{ readonly cloud_name: string }>,
  ): void => {
    server.route({
      method: 'POST',
      url: `/v1_1/provisioning/${url}`,
      config: { operation: name },
      async handler(request, reply) {
        try {
          if (!app.config['public-provisioning'])
            throw ERRORS.NotAllowed(
              'Making environments without credentials is switched off on this server: start it with --public-provisioning, or use the sub_accounts of the provisioning API',
            );
          const { headers, socket } = request;
          // A page in a browser of this machine calls from here too, but says where it comes from.
          const elsewhere = headers['x-forwarded-for'] !== undefined || headers.origin !== undefined;
          if (elsewhere || !/^(?:127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? ''))
            throw ERRORS.NotAllowed('Environments without credentials are made for callers on the same machine only');
          const params = await readParameters(request);
          const answer = await handle(params);
          app.audit.add({
            cloud: answer.cloud_name,
            actorType: 'unsigned',
            actor: '',
            operation: name,
            target: `/${url}`,
            parameters: params.names(),
            status: 200,
            requestId: request.id,
            address: request.ip,
          });
          return reply.type('application/json; charset=utf-8').send(answer);
        } catch (error) {
          const { code, status, message } = asSignetError(error, app.log);
          const kind = status === 429 ? 'rate_limit' : status === 403 ? 'not_allowed' : 'invalid_parameter';
          throw new SignetError(code, status, message, { cause: error, extra: { category: kind, code } });
        }
      },
    });
  };

  route('create_agent_account', 'agents/accounts', async (params) => {
    params.required('email');
    checkAgent(params, ['agent_framework', 'agent_llm_model', 'agent_goal']);
    throw ERRORS.BadRequest(
      'Accounts that a person confirms by mail are not available on this server: POST /v1_1/provisioning/clouds makes an environment at once',
    );
  });

  route('create_cloud', 'clouds', async (params) => {
    checkAgent(params, []);
    if (params.has('delivery_ips'))
      throw ERRORS.BadRequest(
        'delivery_ips are not available on this server: leave them out, delivery is not limited by address',
      );
    const now = app.clock();
    if (Math.floor(now / HOUR) !== hour) [hour, made] = [Math.floor(now / HOUR), 0];
    if (++made > LIMIT)
      throw new SignetError('ip_rate_limit_exceeded', 429, `Expected up to ${LIMIT} environments an hour`);
    const {
      id,
      cloud_name,
      api_access_keys: [key],
    } = await createSubAccount(app, { name: 'agent' });
    const email = params.text('email');
    return {
      account_id: id,
      ...(email === undefined ? {} : { email }),
      cloud_name,
      api_key: key!.key,
      api_secret: key!.secret,
      api_environment_variable: `CLOUDINARY_URL=cloudinary://${key!.key}:${key!.secret}@${cloud_name}`,
      claimed: true,
      guidance:
        'The credentials work at once and do not expire. Delete the environment with the provisioning API when it is not needed.',
    };
  });
}
