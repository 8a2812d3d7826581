/**
 * What the management side keeps: metadata fields and rules, streaming profiles, mappings, triggers, polled
 * notifications, relations, tokens, users and groups of the account, the audit trail; and the indexes its lists need.
 */
export const up = [
  // Usage figures are sums over an environment: read from an index, not from the rows.
  `CREATE INDEX assets_usage ON assets (cloud, backup_bytes, bytes, status)`,
  `CREATE INDEX derived_usage ON derived (cloud, bytes)`,
  `CREATE INDEX derived_recent ON derived (cloud, transformation, created_at, id)`,
  `CREATE INDEX transformations_recent ON transformations (cloud, created_at, name)`,
  `CREATE INDEX transformations_recent_kind ON transformations (cloud, named, created_at, name)`,
  `CREATE INDEX upload_presets_recent ON upload_presets (cloud, created_at, name)`,
  `CREATE TABLE metadata_fields (
    cloud TEXT NOT NULL,
    external_id TEXT NOT NULL,
    type TEXT NOT NULL,
    label TEXT NOT NULL,
    mandatory INTEGER NOT NULL DEFAULT 0,
    default_value TEXT,
    default_disabled INTEGER NOT NULL DEFAULT 0,
    validation TEXT,
    restrictions TEXT,
    allow_dynamic_list_values INTEGER NOT NULL DEFAULT 0,
    datasource TEXT,
    position INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (cloud, external_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE metadata_rules (
    cloud TEXT NOT NULL,
    external_id TEXT NOT NULL,
    metadata_field_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'active',
    position INTEGER NOT NULL,
    condition TEXT NOT NULL,
    condition_signature TEXT NOT NULL,
    result TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (cloud, external_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE streaming_profiles (
    cloud TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT,
    external_id TEXT NOT NULL,
    representations TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (cloud, name)
  ) WITHOUT ROWID`,
  `CREATE TABLE upload_mappings (
    cloud TEXT NOT NULL,
    folder TEXT NOT NULL,
    template TEXT NOT NULL,
    external_id TEXT NOT NULL,
    upload_preset_name TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (cloud, folder)
  ) WITHOUT ROWID`,
  `CREATE INDEX upload_mappings_recent ON upload_mappings (cloud, created_at, folder)`,
  `CREATE TABLE asset_relations (
    asset_id TEXT NOT NULL REFERENCES assets(asset_id) ON DELETE CASCADE,
    related_id TEXT NOT NULL REFERENCES assets(asset_id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (asset_id, related_id)
  ) WITHOUT ROWID`,
  `CREATE INDEX asset_relations_back ON asset_relations (related_id)`,
  `CREATE TABLE triggers (
    id TEXT PRIMARY KEY,
    cloud TEXT NOT NULL,
    uri_type TEXT NOT NULL,
    uri TEXT NOT NULL,
    event_type TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  )`,
  `CREATE INDEX triggers_event ON triggers (cloud, event_type)`,
  `CREATE TABLE notification_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud TEXT NOT NULL,
    channel TEXT NOT NULL,
    batch_id TEXT,
    payload TEXT NOT NULL,
    receipt_handle TEXT,
    visible_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  )`,
  `CREATE INDEX notification_messages_channel ON notification_messages (cloud, channel, id)`,
  `CREATE INDEX notification_messages_batch ON notification_messages (cloud, batch_id, id) WHERE batch_id IS NOT NULL`,
  `CREATE UNIQUE INDEX notification_messages_receipt ON notification_messages (receipt_handle) WHERE receipt_handle IS NOT NULL`,
  `CREATE TABLE access_tokens (
    token_hash TEXT PRIMARY KEY,
    cloud TEXT NOT NULL REFERENCES clouds(name) ON UPDATE CASCADE ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT NOT NULL DEFAULT '[]',
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  )`,
  `CREATE INDEX access_tokens_cloud ON access_tokens (cloud, created_at)`,
  `CREATE TABLE provisioning_accounts (
    id TEXT PRIMARY KEY,
    api_key TEXT NOT NULL,
    api_secret TEXT NOT NULL,
    email TEXT,
    created_at INTEGER NOT NULL
  )`,
  `ALTER TABLE clouds ADD COLUMN account TEXT`,
  `CREATE TABLE account_users (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    pending INTEGER NOT NULL DEFAULT 1,
    sub_account_ids TEXT NOT NULL DEFAULT '[]',
    last_login INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  )`,
  `CREATE UNIQUE INDEX account_users_email ON account_users (account, email)`,
  `CREATE TABLE user_groups (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  )`,
  `CREATE INDEX user_groups_account ON user_groups (account, created_at)`,
  `CREATE TABLE user_group_members (
    group_id TEXT NOT NULL REFERENCES user_groups(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES account_users(id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
  ) WITHOUT ROWID`,
  `CREATE INDEX user_group_members_user ON user_group_members (user_id)`,
  `CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cloud TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor_type TEXT NOT NULL,
    actor TEXT NOT NULL,
    operation TEXT NOT NULL,
    target TEXT NOT NULL,
    parameters TEXT NOT NULL,
    status INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT NOT NULL
  )`,
  `CREATE INDEX audit_cloud ON audit (cloud, id)`,
  `CREATE INDEX audit_operation ON audit (cloud, operation, id)`,
] as const;
