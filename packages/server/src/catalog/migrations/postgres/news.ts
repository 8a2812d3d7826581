/** Channel on which the processes of a database hear of changes; see `postgres-news.ts` for the messages. */
export const CHANNEL = 'signet_catalog';

/**
 * Tells all processes what changed when a transaction is committed: `accounts` and `metadata`, which they keep in memory,
 * and the assets, of which they keep answers (the MD5 of the identity: a message has at most 8,000 bytes).
 */
const identity = (row: string): string =>
  `md5(${['cloud', 'resource_type', 'type', 'public_id'].map((column) => `${row}.${column}`).join(` || chr(10) || `)})`;
const KEPT = { accounts: ['clouds', 'api_keys'], metadata: ['metadata_fields', 'metadata_rules'] };

export const up = [
  `CREATE FUNCTION signet_tell_asset() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'INSERT' THEN PERFORM pg_notify('${CHANNEL}', ${identity('OLD')}); END IF;
      IF TG_OP <> 'DELETE' THEN PERFORM pg_notify('${CHANNEL}', ${identity('NEW')}); END IF;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER assets_tell AFTER INSERT OR UPDATE OR DELETE ON assets
    FOR EACH ROW EXECUTE FUNCTION signet_tell_asset()`,
  `CREATE FUNCTION signet_tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('${CHANNEL}', TG_ARGV[0]);
      RETURN NULL;
    END $$`,
  ...Object.entries(KEPT).flatMap(([topic, tables]) =>
    tables.map(
      (table) => `CREATE TRIGGER ${table}_tell AFTER INSERT OR UPDATE OR DELETE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION signet_tell('${topic}')`,
    ),
  ),
];
