import { tables } from '../0005-console-sessions.ts';

/** What `0005-console-sessions` is in PostgreSQL. */
export const up = [
  ...tables,
  `CREATE FUNCTION signet_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM console_sessions WHERE api_key = OLD.api_key;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER console_sessions_key_changed AFTER UPDATE OF enabled, api_secret ON api_keys
    FOR EACH ROW WHEN (NEW.enabled = 0 OR NEW.api_secret <> OLD.api_secret) EXECUTE FUNCTION signet_end_sessions()`,
  `CREATE TRIGGER console_sessions_key_deleted AFTER DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION signet_end_sessions()`,
] as const;
