import { collectParams, verifyUpload } from '@signet/signing';
import type { FastifyRequest } from 'fastify';
import { type Access, checkRole } from '../../accounts/roles.ts';
import type { App } from '../../app.ts';
import type { ApiKeyRow, CloudRow } from '../../catalog/schema.ts';
import { ERRORS } from '../../errors.ts';
import type { Field, FileParameter } from '../../ingest/form.ts';
import { authenticateBasic } from '../basic-authentication.ts';
import { diagnose } from './diagnose.ts';

export interface Caller {
  /** `undefined` for an unsigned call. */
  readonly key: ApiKeyRow | undefined;
  /** As the audit trail names it: an API key, the ID of a token, or nothing. */
  readonly actorType: 'key' | 'token' | 'unsigned';
  readonly actor: string;
}

const byKey = (key: ApiKeyRow): Caller => ({ key, actorType: 'key', actor: key.api_key });
export const NOBODY: Caller = { key: undefined, actorType: 'unsigned', actor: '' };

/** Name → value, lists joined as they were signed. */
export const paramsOf = (fields: readonly Field[]): Record<string, string> =>
  collectParams(fields.map(({ name, value, json }) => [name, json === undefined ? value : json] as const));

/** What stands for the file in a form: its address or its name. */
const nameOf = (file: FileParameter | undefined): string | undefined =>
  file?.kind === 'text' ? file.text : file?.filename;

/** A role that is too small answers 401 here: the Node SDK's uploader drops the message of a 403 (`lib/uploader.js`). */
function permit(role: string, access: Access): void {
  try {
    checkRole(role, access);
  } catch (error) {
    throw ERRORS.Unauthorized((error as Error).message);
  }
}

/** `2016-12-15 04:14:53 +0000`, as the stale-request error writes it. */
const reportedTime = (seconds: number): string => {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  // Milliseconds taken for seconds lie beyond the year 9999, which ISO 8601 writes as +058875.
  const iso = date.toISOString().replace(/^\+0*/, '');
  return `${iso.slice(0, iso.indexOf('.')).replace('T', ' ')} +0000`;
};

/**
 * Who makes this Upload API call. A bearer token first, then a signature (it must fit even beside valid Basic
 * credentials), then Basic, then nobody (unsigned). The precedence is inferred; the texts are the cloud's.
 *
 * @param options.access what the key or token must be allowed; default: to change assets
 * @param options.file for the doctor: clients like to sign its name or address
 * @param options.expires a signed `expires_at` (Unix seconds) decides how long the call is good, in place of the hour
 * @throws 401 wrong signature, key or secret; 400 stale, or a part of the signature missing
 */
export async function authenticateUpload(
  app: App,
  cloud: CloudRow,
  request: FastifyRequest,
  fields: readonly Field[],
  {
    access = 'write',
    expires = false,
    file,
  }: { readonly access?: Access; readonly expires?: boolean; readonly file?: FileParameter | undefined } = {},
): Promise<Caller> {
  const header = request.headers.authorization;
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(header ?? '')?.[1];
  if (bearer !== undefined) {
    const { role, id } = await app.tokens.check(cloud.name, bearer, 'upload');
    permit(role, access);
    return { key: await app.accounts.oldestKey(cloud.name), actorType: 'token', actor: id };
  }
  const params = paramsOf(fields);
  const { signature, api_key: apiKey } = params;
  if (signature !== undefined && signature !== '') {
    if (apiKey === undefined || apiKey === '') throw ERRORS.MissingParameter('api_key');
    const key = await app.accounts.key(cloud, apiKey);
    const now = Math.floor(app.clock() / 1000);
    const end = expires && params.expires_at !== undefined ? Number(params.expires_at) : undefined;
    if (Number.isNaN(end)) throw ERRORS.InvalidParameter('expires_at', params.expires_at!);
    const result = verifyUpload(params, signature, key.api_secret, {
      now: end === undefined ? now : Number(params.timestamp) || now,
      refuseV1WithAmpersand: app.config['refuse-signature-v1'],
    });
    if (result.ok) {
      if (end !== undefined && end <= now) throw ERRORS.BadRequest(`URL expired at ${reportedTime(end)}`);
      permit(key.role, access);
      return byKey(key);
    }
    const finding = await diagnose(app, cloud, key, { params, signature, fileName: nameOf(file) }, now);
    switch (result.reason) {
      case 'missing-timestamp':
        throw ERRORS.MissingParameter('timestamp');
      case 'malformed-timestamp':
        throw ERRORS.InvalidParameter('timestamp', params.timestamp ?? '', finding);
      case 'stale':
        throw ERRORS.StaleRequest(reportedTime(Number(params.timestamp)), finding);
      case 'future':
        throw ERRORS.FutureRequest(reportedTime(Number(params.timestamp)), finding);
      default:
        throw ERRORS.InvalidSignature(signature, result.stringToSign, finding);
    }
  }
  const key = await authenticateBasic(app.accounts, cloud, header);
  if (key !== undefined) permit(key.role, access);
  return key === undefined ? NOBODY : byKey(key);
}
