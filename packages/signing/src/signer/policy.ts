import type { Algorithm } from '../digest/types.ts';
import { type SignatureVersion, UNSIGNED_PARAMS } from '../string-to-sign.ts';

/** What a site lets its visitors upload. Everything not allowed here is refused. */
export interface SignerPolicy {
  cloudName: string;
  apiKey: string;
  apiSecret: string;
  /** Default `sha1`. */
  algorithm?: Algorithm;
  /** Default 2. */
  version?: SignatureVersion;
  /**
   * Names of the parameters a visitor may choose the values of; `timestamp` always is allowed. Default none. Think
   * twice about `eval`, `notification_url`, `type`, `overwrite`, `upload_preset`.
   */
  allowed?: readonly string[];
  /** Values set by the site. Added when absent, except in the upload widget's form; refused when different. */
  fixed?: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /**
   * Where uploads may go: a folder and everything below it, or a function that says so. Applies to `folder`,
   * `asset_folder`, `public_id_prefix` and, without `folder`, to the folder part of `public_id` (an id without slash is
   * let through beside an allowed `asset_folder`, where the two are independent). A request that names no folder at all
   * is refused, so allow or fix one.
   */
  folder?: string | ((folder: string, request: Request) => boolean | Promise<boolean>);
  /** `allowed_formats` must be a part of these; it is added when absent, except in the widget's form. */
  formats?: readonly string[];
  /** Seconds a signature stays good from now, at most 3600 (default): shorter by an earlier timestamp. */
  maxAge?: number;
  /** Seconds a visitor's clock may be ahead. Default 60. */
  clockTolerance?: number;
  /**
   * Who may have a signature: false is answered with 403, a Response is sent as it is. The body is read already; the
   * parameters are passed.
   */
  authorize?: (
    request: Request,
    params: Readonly<Record<string, string>>,
  ) => boolean | Response | Promise<boolean | Response>;
  /** Origins that may call from a browser (`https://example.com`), or `*`. Default: the same origin only. */
  origins?: readonly string[] | '*';
  /** Bytes of a request. Default 16,384. */
  maxBody?: number;
  /** Unix seconds. Default: the system's clock. */
  now?: () => number;
}

/** A refusal that the visitor sees. */
export class SignerRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'SignerRefusal';
    this.status = status;
  }
}

/** The service accepts a signature for one hour after its timestamp. */
const HOUR = 3600;

/** @throws TypeError on a policy that cannot work, when the signer is made rather than at the first request. */
export function checkPolicy(policy: SignerPolicy): void {
  for (const name of ['cloudName', 'apiKey', 'apiSecret'] as const) {
    if (typeof policy[name] !== 'string' || policy[name] === '')
      throw new TypeError(`Expected ${name} as text but it is missing`);
  }
  const age = policy.maxAge ?? HOUR;
  if (!(age > 0 && age <= HOUR))
    throw new TypeError(`Expected maxAge between 1 and ${HOUR} seconds but received ${age}`);
  const never = [...(policy.allowed ?? []), ...Object.keys(policy.fixed ?? {})].filter((name) =>
    UNSIGNED_PARAMS.includes(name),
  );
  if (never.length > 0) throw new TypeError(`Expected parameters that are signed but received ${never.join(', ')}`);
}

/**
 * The parameters to sign, by the policy.
 * @param exact the client sends exactly what it asked for (the upload widget): nothing may be added.
 * @throws SignerRefusal 400 for what is malformed, 403 for what is not allowed.
 */
export async function applyPolicy(
  asked: Readonly<Record<string, string>>,
  exact: boolean,
  policy: SignerPolicy,
  request: Request,
): Promise<Record<string, string>> {
  const now = Math.floor(policy.now?.() ?? Date.now() / 1000);
  const fixed = Object.fromEntries(
    Object.entries(policy.fixed ?? {}).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const allowed = new Set([
    ...(policy.allowed ?? []),
    ...Object.keys(fixed),
    'timestamp',
    ...(policy.formats ? ['allowed_formats'] : []),
  ]);
  for (const name of Object.keys(asked)) {
    if (!allowed.has(name)) throw new SignerRefusal(403, `Parameter ${JSON.stringify(name)} is not allowed`);
  }
  const params: Record<string, string> = { ...asked };
  const set = (name: string, value: string) => {
    if (params[name] === undefined && !exact) params[name] = value;
    if (params[name] !== value)
      throw new SignerRefusal(403, `Parameter ${JSON.stringify(name)} must be sent as ${JSON.stringify(value)}`);
  };
  for (const [name, value] of Object.entries(fixed)) set(name, value);
  if (policy.formats !== undefined) checkFormats(params, policy.formats, set);
  params.timestamp = checkTimestamp(params.timestamp, now, exact, policy);
  if (policy.folder !== undefined) await checkFolders(params, policy.folder, request);
  if (policy.version === 1 && Object.values(params).some((value) => value.includes('&'))) {
    throw new SignerRefusal(400, 'Expected values without "&": signature version 1 cannot protect them');
  }
  return params;
}

function checkFormats(
  params: Readonly<Record<string, string>>,
  formats: readonly string[],
  set: (name: string, value: string) => void,
): void {
  if (params.allowed_formats === undefined) {
    set('allowed_formats', formats.join(','));
    return;
  }
  const asked = params.allowed_formats.split(',').map((format) => format.trim());
  const wrong = asked.filter((format) => !formats.includes(format));
  if (wrong.length > 0)
    throw new SignerRefusal(403, `Format ${JSON.stringify(wrong[0])} is not allowed, expected ${formats.join(', ')}`);
}

function checkTimestamp(given: string | undefined, now: number, exact: boolean, policy: SignerPolicy): string {
  const maxAge = policy.maxAge ?? HOUR;
  const latest = now - (HOUR - maxAge);
  if (given === undefined && !exact) return String(latest);
  if (given === undefined || !/^\d{1,11}$/.test(given)) {
    throw new SignerRefusal(400, `Expected timestamp in Unix seconds but received ${JSON.stringify(given ?? null)}`);
  }
  const timestamp = Number(given);
  if (timestamp > latest + (policy.clockTolerance ?? 60)) {
    throw new SignerRefusal(
      400,
      `Timestamp ${timestamp} is too late: a signature here is good for ${maxAge} seconds, so at most ${latest} is signed`,
    );
  }
  if (timestamp <= now - HOUR) throw new SignerRefusal(400, `Timestamp ${timestamp} is more than one hour old`);
  return given;
}

async function checkFolders(
  params: Readonly<Record<string, string>>,
  rule: NonNullable<SignerPolicy['folder']>,
  request: Request,
): Promise<void> {
  const folders = ['folder', 'asset_folder', 'public_id_prefix'].flatMap((name) =>
    params[name] ? [params[name]] : [],
  );
  const id = params.public_id ?? '';
  if (/(^|\/)\.{0,2}(\/|$)|\\/.test(id) && id !== '')
    throw new SignerRefusal(400, `public_id ${JSON.stringify(id)} is not a plain path`);
  // With `folder` the public id lies below it; without, the id itself says where the upload goes.
  if (!params.folder && id !== '' && (id.includes('/') || folders.length === 0))
    folders.push(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  if (folders.length === 0) throw new SignerRefusal(403, 'A folder must be given');
  for (const folder of folders) {
    if (folder !== '' && /(^|\/)\.{0,2}(\/|$)|\\/.test(folder))
      throw new SignerRefusal(400, `Folder ${JSON.stringify(folder)} is not a plain path`);
    const ok =
      typeof rule === 'string' ? folder === rule || folder.startsWith(`${rule}/`) : await rule(folder, request);
    if (!ok) throw new SignerRefusal(403, `Folder ${JSON.stringify(folder)} is not allowed`);
  }
}
