/**
 * Who is signed in to the console, so that a restart signs nobody out. Only the digest of a session's ID is kept. A key
 * that is disabled, deleted or given another secret ends its sessions for good, whoever changes it.
 */
export const tables = [
  `CREATE TABLE console_sessions (
    id_hash TEXT PRIMARY KEY,
    cloud TEXT NOT NULL,
    api_key TEXT NOT NULL,
    operator INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  `CREATE INDEX console_sessions_key ON console_sessions (api_key)`,
  `CREATE INDEX console_sessions_expiry ON console_sessions (expires_at)`,
] as const;

export const up = [
  ...tables,
  `CREATE TRIGGER console_sessions_key_changed AFTER UPDATE OF enabled, api_secret ON api_keys
    WHEN new.enabled = 0 OR new.api_secret <> old.api_secret
    BEGIN DELETE FROM console_sessions WHERE api_key = old.api_key; END`,
  `CREATE TRIGGER console_sessions_key_deleted AFTER DELETE ON api_keys
    BEGIN DELETE FROM console_sessions WHERE api_key = old.api_key; END`,
] as const;
