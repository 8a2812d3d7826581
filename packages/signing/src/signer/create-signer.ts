import { collectParams } from '../collect-params.ts';
import { signUpload } from '../sign-upload.ts';
import { applyPolicy, checkPolicy, type SignerPolicy, SignerRefusal } from './policy.ts';

/** Body of a successful answer. */
export interface SignerAnswer {
  signature: string;
  /** Unix seconds. */
  timestamp: number;
  api_key: string;
  cloud_name: string;
  /** Every signed parameter as text, `timestamp` included: send these, `api_key`, `signature` and the file. */
  params: Record<string, string>;
}

export type SignerHandler = (request: Request) => Promise<Response>;

/**
 * The endpoint a site puts on its own server so that browsers can upload: signs what the policy allows and nothing else.
 *
 * Takes POST with JSON `{"paramsToSign": {…}}` (the upload widget, which sends exactly these parameters afterwards, so
 * none is added), a JSON object of parameters, or a URL-encoded form; no body means: only what the policy fixes.
 * Answers `SignerAnswer`; otherwise `{"error": {"message"}}` with 400 (malformed), 403 (not allowed), 405, 413 or 415.
 * Errors that `authorize` or the folder rule throw are passed on to the caller.
 *
 * @throws TypeError at once when the policy cannot work.
 */
export function createSigner(policy: SignerPolicy): SignerHandler {
  checkPolicy(policy);
  return async (request) => {
    const cors = corsHeaders(request, policy);
    try {
      if (cors === undefined) throw new SignerRefusal(403, `Origin ${request.headers.get('origin')} is not allowed`);
      if (request.method === 'OPTIONS')
        return new Response(null, { status: 204, headers: { ...cors, Allow: 'POST, OPTIONS' } });
      if (request.method !== 'POST') throw new SignerRefusal(405, `Expected POST but received ${request.method}`);
      const answer = await sign(request, policy);
      if (!(answer instanceof Response)) return json(200, answer, cors);
      const response = new Response(answer.body, answer);
      for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
      return response;
    } catch (error) {
      if (!(error instanceof SignerRefusal)) throw error;
      return json(error.status, { error: { message: error.message } }, cors ?? {});
    }
  };
}

async function sign(request: Request, policy: SignerPolicy): Promise<SignerAnswer | Response> {
  const { asked, exact } = await readAsked(request, policy.maxBody ?? 16_384);
  const allowed = await policy.authorize?.(request, asked);
  if (allowed instanceof Response) return allowed;
  if (allowed === false) throw new SignerRefusal(403, 'Not allowed to upload');
  const params = await applyPolicy(asked, exact, policy, request);
  const { signature } = signUpload(params, policy.apiSecret, {
    algorithm: policy.algorithm ?? 'sha1',
    version: policy.version ?? 2,
  });
  return {
    signature,
    timestamp: Number(params.timestamp),
    api_key: policy.apiKey,
    cloud_name: policy.cloudName,
    params,
  };
}

async function readAsked(
  request: Request,
  maxBody: number,
): Promise<{ asked: Record<string, string>; exact: boolean }> {
  const body = await readText(request, maxBody);
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (body.trim() === '') return { asked: {}, exact: false };
  if (type === 'application/x-www-form-urlencoded') {
    return { asked: noBlanks(collectParams(new URLSearchParams(body))), exact: false };
  }
  if (type !== 'application/json') {
    throw new SignerRefusal(
      415,
      `Expected application/json or application/x-www-form-urlencoded but received ${type || 'no content type'}`,
    );
  }
  const parsed = parseObject(body);
  const widget = Object.hasOwn(parsed, 'paramsToSign');
  const given = widget ? parsed.paramsToSign : parsed;
  if (!isObject(given)) throw new SignerRefusal(400, 'Expected paramsToSign as an object');
  for (const [name, value] of Object.entries(given)) {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    if (items.some((item) => typeof item === 'object' && item !== null)) {
      throw new SignerRefusal(400, `Expected text, a number, a boolean or a list of these for ${JSON.stringify(name)}`);
    }
  }
  return { asked: noBlanks(collectParams(given)), exact: widget };
}

/** A blank is not signed, so it must not be counted as given either. */
const noBlanks = (params: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed)) return parsed;
  } catch {
    // the same refusal as for JSON that is no object
  }
  throw new SignerRefusal(400, 'Expected a JSON object');
}

/** Stops reading at the limit: a body without length must not fill the memory. */
async function readText(request: Request, maxBody: number): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader!.read()) {
    size += part.value.byteLength;
    if (size > maxBody) {
      await reader!.cancel();
      throw new SignerRefusal(413, `Expected at most ${maxBody} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** `undefined` when the origin may not call at all. Without an Origin header it is no cross-origin browser call. */
function corsHeaders(request: Request, { origins }: SignerPolicy): Record<string, string> | undefined {
  const origin = request.headers.get('origin');
  const vary = { Vary: 'Origin' };
  if (origin === null || origin === new URL(request.url).origin) return vary;
  if (origins === undefined) return undefined;
  if (origins !== '*' && !origins.includes(origin)) return undefined;
  return {
    ...vary,
    'Access-Control-Allow-Origin': origins === '*' ? '*' : origin,
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers': 'Content-Type, Authorization',
    'Access-Control-Max-Age': '600',
    // Cookies only for origins named one by one: browsers refuse them with `*`.
    ...(origins !== '*' && { 'Access-Control-Allow-Credentials': 'true' }),
  };
}

function json(status: number, body: unknown, headers: Record<string, string>): Response {
  return Response.json(body, { status, headers: { ...headers, 'Cache-Control': 'no-store' } });
}
