import assert from 'node:assert/strict';
import type { SignetServer } from './server.ts';
import { signedForm } from './upload.ts';

export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

export interface CallOptions {
  readonly query?: string;
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  /** Sent as it is, with these headers only. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `false`: no Authorization header. */
  readonly as?: Credentials | false;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by what they hold, whatever their shape
export type Body = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export const basic = ({ key, secret }: Credentials): string =>
  `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;

async function call(url: string, method: string, credentials: Credentials, options: CallOptions): Promise<Answer> {
  const { query = '', json, body, headers = {}, as = credentials } = options;
  const response = await fetch(url + (query === '' ? '' : `?${query}`), {
    method,
    headers: {
      ...(as === false ? {} : { authorization: basic(as) }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    // Bytes, so that no content type is added.
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not JSON: the text itself.
  }
  return { status: response.status, headers: response.headers, body: parsed };
}

/** Calls of the Admin API by hand: what is sent is seen in the test, no SDK stands between. */
export function adminOf(server: SignetServer) {
  const own = { key: server.apiKey, secret: server.apiSecret };
  const admin = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    call(`${server.url}/v1_1/${server.cloud}${path}`, method, own, options);
  return Object.assign(admin, {
    /** The body of a call that must succeed. */
    async ok(method: string, path: string, options: CallOptions = {}): Promise<Body> {
      const { status, body } = await admin(method, path, options);
      assert.ok(status === 200 || status === 201, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    async upload(
      params: Readonly<Record<string, string>>,
      file: Uint8Array | string,
      resourceType = 'image',
    ): Promise<Body> {
      const response = await fetch(`${server.url}/v1_1/${server.cloud}/${resourceType}/upload`, {
        method: 'POST',
        body: signedForm(server, params, file, 'file.png'),
      });
      const body = (await response.json()) as Body;
      assert.equal(response.status, 200, JSON.stringify(body));
      return body;
    },
  });
}

export type Admin = ReturnType<typeof adminOf>;

/** The flag that gives a server these account credentials. */
export const ACCOUNT_FLAGS = ['--provisioning-account', 'account://pk:ps@acc'] as const;

/** Calls of the account, below `/v1_1/provisioning/accounts/acc`, or of the permissions API below `/v2/accounts/acc`. */
export const accountOf =
  (server: SignetServer) =>
  (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const base = path.startsWith('/permissions') ? '/v2/accounts/acc' : '/v1_1/provisioning/accounts/acc';
    return call(server.url + base + path, method, { key: 'pk', secret: 'ps' }, options);
  };
