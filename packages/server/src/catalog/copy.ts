import { dirname } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { holdFolder } from '../data-folder.ts';
import { openCatalog } from './catalog.ts';
import { openPostgres } from './postgres.ts';
import type { Database } from './schema.ts';

/** All tables, those that others refer to first; with the column that is counted up, where there is one. */
const TABLES: Readonly<Record<keyof Database, 'seq' | 'id' | undefined>> = {
  clouds: undefined,
  api_keys: undefined,
  access_tokens: undefined,
  console_sessions: undefined,
  assets: 'seq',
  asset_tags: undefined,
  asset_context: undefined,
  asset_metadata: undefined,
  asset_relations: undefined,
  derived: undefined,
  versions: undefined,
  folders: undefined,
  transformations: undefined,
  upload_presets: undefined,
  delete_tokens: undefined,
  counters: undefined,
  server_state: undefined,
  swept_blobs: undefined,
  metadata_fields: undefined,
  metadata_rules: undefined,
  streaming_profiles: undefined,
  upload_mappings: undefined,
  triggers: undefined,
  notification_messages: 'id',
  provisioning_accounts: undefined,
  account_users: undefined,
  user_groups: undefined,
  user_group_members: undefined,
  audit: 'id',
  jobs: 'id',
  webhook_deliveries: 'id',
};

/** Rows of a statement: PostgreSQL takes 65,535 values at most, an asset has fifty. */
const BATCH = 500;

/**
 * Copies a catalog from SQLite into a new PostgreSQL database, everything in one transaction. What is counted up goes on
 * from where it stood. The file must not be in use.
 *
 * @param file path of `catalog.sqlite`
 * @param url `postgres://…`
 * @returns how many rows of each table were copied, without the empty ones
 * @throws when the database has environments already, or a server uses the file
 */
export async function copyToPostgres(file: string, url: string): Promise<Record<string, number>> {
  const letGo = holdFolder(dirname(file));
  const from = openCatalog(file);
  try {
    const to = await openPostgres({ url });
    try {
      return await to.transaction(async (tx) => {
        if ((await tx.selectFrom('clouds').select('name').limit(1).executeTakeFirst()) !== undefined)
          throw new Error('Expected an empty database to copy into, but this one has environments');
        const copied: Record<string, number> = {};
        // Rows of all tables: none of their types fits.
        const into = tx as unknown as Kysely<Record<string, Record<string, unknown>>>;
        for (const [table, counted] of Object.entries(TABLES)) {
          let batch: Record<string, unknown>[] = [];
          let rows = 0;
          const write = async (): Promise<void> => {
            if (batch.length > 0) await into.insertInto(table).values(batch).execute();
            rows += batch.length;
            batch = [];
          };
          for (const row of from.raw.prepare(`SELECT * FROM ${table}`).iterate()) {
            batch.push({ ...row });
            if (batch.length >= BATCH) await write();
          }
          await write();
          if (rows > 0) copied[table] = rows;
          if (counted === undefined) continue;
          const last = from.raw.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').get(table)?.seq;
          if (typeof last === 'number')
            await sql`SELECT setval(pg_get_serial_sequence(${table}, ${counted}), ${last})`.execute(tx);
        }
        return copied;
      });
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
    letGo();
  }
}
