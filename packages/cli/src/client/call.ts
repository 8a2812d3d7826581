import type { Account } from '../account/account.ts';
import { signingOptions } from '../account/resolve.ts';
import { sendForm } from './send.ts';
import { signedFields } from './signed.ts';
import { assetOf, type UploadedAsset } from './upload.ts';

/** A signed call of the upload API without a file: `explicit`, `rename`, … @throws {CliError} with the server's message. */
export async function uploadCall(
  account: Account,
  resourceType: string,
  action: string,
  params: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<UploadedAsset> {
  const url = `${account.api}/v1_1/${encodeURIComponent(account.cloud)}/${resourceType}/${action}`;
  return assetOf(
    await sendForm(url, { fields: signedFields(account, params, signingOptions(account, {})) }, { signal }),
  );
}
