import { signUpload } from '@signet/signing';
import type { InjectOptions } from 'fastify';
import { type ConsoleCall, type ConsoleRoute, refuse } from './route.ts';

const BODY_LIMIT = 10 * 1024 * 1024;

async function readBody({ request }: ConsoleCall): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.raw as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_LIMIT) throw refuse(413, `Expected at most ${BODY_LIMIT} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Answers with what the API answers to the same call from outside. */
async function dispatch(call: ConsoleCall, options: InjectOptions): Promise<undefined> {
  const { host } = call.request.headers;
  const answer = await call.server.inject({
    ...options,
    headers: {
      ...options.headers,
      ...(host === undefined ? {} : { host }),
      'x-forwarded-proto': call.request.protocol,
    },
  });
  const headers = ['content-type', 'x-cld-error', 'x-signet-diagnosis', 'content-disposition'];
  for (const name of headers) {
    const value = answer.headers[name];
    if (value !== undefined) call.reply.header(name, value);
  }
  await call.reply.code(answer.statusCode).send(answer.rawPayload);
  return undefined;
}

/** The part of the address after the prefix, as it was sent: public IDs carry encoded slashes. */
const restOf = (call: ConsoleCall, prefix: string): string => {
  const rest = (call.request.raw.url ?? '').slice(prefix.length);
  if (/(^|\/)(\.|%2e){1,2}(\/|$|\?)/i.test(rest.split('?')[0]!)) throw refuse(400, 'Expected a path without dots');
  return rest;
};

/** The Admin API with the key of the session; the browser never holds the secret. */
const adminProxy: ConsoleRoute = {
  name: 'console_admin',
  method: ['GET', 'POST', 'PUT', 'DELETE'],
  path: '/admin/*',
  async handle(call) {
    const { cloud, key } = call.account;
    const rest = restOf(call, '/console/api/admin');
    const type = call.request.headers['content-type'];
    const body = await readBody(call);
    return dispatch(call, {
      method: call.request.method as NonNullable<InjectOptions['method']>,
      url: `/v1_1/${encodeURIComponent(cloud.name)}${rest}`,
      headers: {
        authorization: `Basic ${Buffer.from(`${key.api_key}:${key.api_secret}`).toString('base64')}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body.length === 0 ? {} : { payload: body }),
    });
  },
};

/** Upload API calls without a file, which the page cannot sign itself. */
const OPERATIONS = ['rename', 'destroy', 'explicit', 'tags', 'context', 'metadata', 'generate_archive', 'upload'];

const uploadProxy: ConsoleRoute = {
  name: 'console_upload_api',
  method: 'POST',
  path: '/upload/:resource_type/:operation',
  async handle(call) {
    const { resource_type, operation } = call.request.params as Record<string, string>;
    if (!/^(image|video|raw|auto|all)$/.test(resource_type!) || !OPERATIONS.includes(operation!))
      throw refuse(404, `Expected one of ${OPERATIONS.join(', ')}`);
    const { cloud, key } = call.account;
    const { api_key: _key, signature: _signature, ...given } = (await call.params()).raw();
    const params = { ...given, timestamp: Math.floor(call.app.clock() / 1000) };
    const { file, ...signed } = params as Record<string, unknown>;
    if (file !== undefined && !/^(https?|ftp):\/\//i.test(String(file)))
      throw refuse(400, 'Expected the address of a file; files themselves are sent to the upload address');
    const { signature } = signUpload(signed, key.api_secret);
    return dispatch(call, {
      method: 'POST',
      url: `/v1_1/${encodeURIComponent(cloud.name)}/${resource_type}/${operation}`,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ ...params, api_key: key.api_key, signature }),
    });
  },
};

export const PROXY_ROUTES: readonly ConsoleRoute[] = [adminProxy, uploadProxy];
