import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SETTINGS } from '@signet/server/config';
import type { Context } from '../context.ts';
import { readPlace } from '../serve/place.ts';
import { type Account, parseAccountUrl } from './account.ts';

interface KeyRow {
  readonly cloud: string;
  readonly api_key: string;
  readonly api_secret: string;
}

/** Every enabled key of the enabled environments of a data folder, the oldest environment and key first. */
export async function keysOfDataFolder(data: string): Promise<KeyRow[]> {
  const file = join(data, 'catalog.sqlite');
  if (!existsSync(file)) return [];
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare(
        `SELECT k.cloud, k.api_key, k.api_secret FROM api_keys k JOIN clouds c ON c.name = k.cloud
         WHERE k.enabled = 1 AND c.enabled = 1 ORDER BY c.created_at, c.name, k.created_at, k.api_key`,
      )
      .all() as unknown as KeyRow[];
  } finally {
    database.close();
  }
}

/** Folder of the local server: `SIGNET_DATA`, else `./data`. */
export const dataFolder = ({ env, cwd }: Context): string => resolve(cwd, env.SIGNET_DATA || SETTINGS.data.default);

/** The first environment of the server whose data folder is here, at the address where it listens (or last listened). */
export async function localAccount(context: Context): Promise<Account | undefined> {
  const data = dataFolder(context);
  const [key] = await keysOfDataFolder(data);
  if (key === undefined) return undefined;
  const url = readPlace(data)?.url ?? `http://${SETTINGS.host.default}:${SETTINGS.port.default}`;
  return parseAccountUrl(
    `cloudinary://${key.api_key}:${encodeURIComponent(key.api_secret)}@${key.cloud}?upload_prefix=${url}`,
    `the data folder ${data}`,
  );
}
