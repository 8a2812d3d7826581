import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Account } from '../account/account.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { CHUNK_BYTES, chunkMemory, sendInChunks } from './chunked.ts';
import { type Answer, sendForm } from './send.ts';
import { type Signing, signedFields, unsignedFields, uploadUrl } from './signed.ts';
import { isRemote } from './source.ts';

export interface UploadRequest {
  /** A path, a remote address or a data URI. */
  readonly file: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Default `auto`. */
  readonly resourceType?: string;
  readonly unsigned?: boolean;
  readonly signing: Signing;
  /** Default 20,000,000 bytes. */
  readonly chunkBytes?: number;
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export type UploadedAsset = Readonly<Record<string, unknown>> & {
  readonly public_id?: string;
  readonly secure_url?: string;
  readonly url?: string;
};

/**
 * Uploads one file: in one request, or in chunks above the limit; each request is signed at its own time.
 * @throws {CliError} with the server's message, status and, if it gave one, its diagnosis.
 */
export async function upload(context: Context, account: Account, request: UploadRequest): Promise<UploadedAsset> {
  const { file, params, resourceType = 'auto', unsigned, signing, chunkBytes = CHUNK_BYTES, onSent, signal } = request;
  const url = uploadUrl(account, resourceType);
  const fields = () => (unsigned ? unsignedFields(params) : signedFields(account, params, signing));
  if (isRemote(file)) return assetOf(await sendForm(url, { fields: { ...fields(), file } }, { signal }));

  const path = resolve(context.cwd, file);
  const { size, mtimeMs } = await stat(path);
  const whole = { path, name: basename(path), start: 0, end: size };
  if (size <= chunkBytes) return assetOf(await sendForm(url, { fields: fields(), file: whole }, { onSent, signal }));
  const memory = chunkMemory(context, [url, account.apiKey, params, path, size, mtimeMs, chunkBytes]);
  const answer = await sendInChunks(
    whole,
    chunkBytes,
    memory,
    (part, headers) => sendForm(url, { fields: fields(), file: part }, { headers, onSent, signal }),
    (bytes) => onSent?.(bytes),
  );
  return assetOf(answer);
}

export function assetOf({ status, headers, text }: Answer): UploadedAsset {
  let body: unknown;
  try {
    body = JSON.parse(text) as unknown;
  } catch {
    throw new CliError(`The server answered ${status} without JSON: ${text.slice(0, 200) || '(nothing)'}`);
  }
  const { error } = body as { error?: { message?: string } };
  if (status === 200 && error === undefined) return body as UploadedAsset;
  const diagnosis = headers['x-signet-diagnosis'];
  throw new CliError(
    `${error?.message ?? String(headers['x-cld-error'] ?? 'refused')} (${status})`,
    diagnosis === undefined ? undefined : decodeHeader(String(diagnosis)),
  );
}

/** The diagnosis may be percent-encoded, for a header holds ASCII alone. */
const decodeHeader = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
