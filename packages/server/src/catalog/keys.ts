import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyRow {
  readonly cloud: string;
  readonly api_key: string;
  readonly api_secret: string;
}

const KEYS = `SELECT k.cloud, k.api_key, k.api_secret FROM api_keys k JOIN clouds c ON c.name = k.cloud
  WHERE k.enabled = 1 AND c.enabled = 1 ORDER BY c.created_at, c.name, k.created_at, k.api_key`;

/**
 * Every enabled key of the enabled environments, the oldest environment and key first, read beside the server.
 *
 * @param catalog the setting: an address of PostgreSQL, or empty for the file in the data folder
 */
export async function enabledKeys({ catalog, data }: { catalog: string; data: string }): Promise<KeyRow[]> {
  if (catalog !== '') {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: catalog, connectionTimeoutMillis: 5000 });
    await client.connect();
    try {
      return (await client.query<KeyRow>(KEYS)).rows;
    } finally {
      await client.end();
    }
  }
  const file = join(data, 'catalog.sqlite');
  if (!existsSync(file)) return [];
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(KEYS).all() as unknown as KeyRow[];
  } finally {
    database.close();
  }
}
