import { resolve } from 'node:path';
import { SETTINGS } from '@signet/server/config';
import { enabledKeys, type KeyRow } from '@signet/server/keys';
import type { Context } from '../context.ts';
import { readPlace } from '../serve/place.ts';
import { type Account, parseAccountUrl } from './account.ts';

/** Folder of the local server: `SIGNET_DATA`, else `./data`. */
export const dataFolder = ({ env, cwd }: Context): string => resolve(cwd, env.SIGNET_DATA || SETTINGS.data.default);

/** The keys of the local server: of its database (`SIGNET_CATALOG`), else of its data folder. */
export const localKeys = (context: Context): Promise<KeyRow[]> =>
  enabledKeys({ catalog: context.env.SIGNET_CATALOG ?? '', data: dataFolder(context) });

/** The first environment of the server whose data folder is here, at the address where it listens (or last listened). */
export async function localAccount(context: Context): Promise<Account | undefined> {
  const data = dataFolder(context);
  const [key] = await localKeys(context);
  if (key === undefined) return undefined;
  const url = readPlace(data)?.url ?? `http://${SETTINGS.host.default}:${SETTINGS.port.default}`;
  return parseAccountUrl(
    `cloudinary://${key.api_key}:${encodeURIComponent(key.api_secret)}@${key.cloud}?upload_prefix=${url}`,
    `the data folder ${data}`,
  );
}
