import type { v2 } from 'cloudinary';
import type { Account } from '../account/account.ts';
import { isCloudApi } from '../account/account.ts';

export type Sdk = typeof v2;

/**
 * The official SDK for this account. It chooses between http and https while it is loaded, from `CLOUDINARY_URL`, so that
 * is the one way to hand the account over (`lib/uploader.js`).
 */
export async function loadSdk(account: Account, accountUrl?: string): Promise<Sdk> {
  process.env.CLOUDINARY_URL = account.url;
  if (accountUrl === undefined) delete process.env.CLOUDINARY_ACCOUNT_URL;
  else process.env.CLOUDINARY_ACCOUNT_URL = accountUrl;
  const { v2: sdk } = await import('cloudinary');
  return sdk;
}

/**
 * Options that make `cloudinary.url()` point at the account's delivery. `secure` is read from the options of the call
 * alone (`lib/utils/index.js`, `build_distribution_domain`).
 */
export function deliveryOptions({ api, options }: Account): Record<string, unknown> {
  if (isCloudApi(api) || options.secure_distribution || options.cname)
    return { secure: options.secure !== 'false' && options.cname === undefined };
  const { protocol, host } = new URL(api);
  return protocol === 'https:' ? { secure: true, secure_distribution: host } : { secure: false, cname: host };
}
