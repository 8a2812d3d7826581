import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** One text column holding JSON; read with `JSON.parse`, written with `JSON.stringify`. */
export type Json = string;
/** 0 or 1: SQLite has no boolean. */
export type Flag = number;
/** Milliseconds since 1970-01-01. */
export type Millis = number;

export interface CloudsTable {
  name: string;
  id: string;
  display_name: string;
  enabled: Generated<Flag>;
  folder_mode: string;
  custom_attributes: Generated<Json>;
  settings: Generated<Json>;
  /** Provisioning account that owns the environment; null for the one of this server. */
  account: Generated<string | null>;
  created_at: Millis;
  updated_at: Millis;
}

export interface ApiKeysTable {
  api_key: string;
  api_secret: string;
  cloud: string;
  name: string;
  role: Generated<string>;
  enabled: Generated<Flag>;
  root: Generated<Flag>;
  dedicated_for: Generated<Json>;
  created_at: Millis;
  updated_at: Millis;
}

export interface AssetsTable {
  seq: Generated<number>;
  cloud: string;
  asset_id: string;
  public_id: string;
  resource_type: string;
  type: string;
  format: string | null;
  version: number;
  version_id: string;
  /** active | deleted (only its backup remains) | pending */
  status: Generated<string>;
  /** SHA-256 of the stored bytes; null for assets whose bytes are elsewhere or gone. */
  blob: string | null;
  bytes: number;
  /** MD5 hex of the stored bytes. */
  etag: string;
  width: number | null;
  height: number | null;
  pages: number | null;
  pixels: number | null;
  aspect_ratio: number | null;
  duration: number | null;
  created_at: Millis;
  uploaded_at: Millis;
  updated_at: Millis;
  taken_at: Millis | null;
  /** Directory part of the public ID (fixed folder mode). */
  folder: Generated<string>;
  asset_folder: Generated<string>;
  display_name: Generated<string>;
  /** Last path segment of the public ID. */
  filename: Generated<string>;
  original_filename: string | null;
  access_mode: Generated<string>;
  access_control: Json | null;
  /** JSON array, in the order given. */
  tags: Generated<Json>;
  /** JSON object of strings (the `custom` part). */
  context: Generated<Json>;
  /** JSON object by external ID. */
  metadata: Generated<Json>;
  /** JSON array of `{kind, status, response?, updated_at?}`. */
  moderation: Json | null;
  moderation_kind: string | null;
  moderation_status: string | null;
  placeholder: Generated<Flag>;
  /** What inspection found: everything format specific (audio, video, frame rate, colour space, has alpha, animated …). */
  facts: Generated<Json>;
  /** Analyses by their wire names: colors, predominant, faces, phash, image_metadata, quality_analysis … */
  analysis: Generated<Json>;
  /** `{faces?, custom?, regions?}` as given by the user. */
  coordinates: Generated<Json>;
  /** Add-on style results: background_removal, detection, categorization … */
  info: Generated<Json>;
  headers: string | null;
  source_url: string | null;
  created_by: string | null;
  uploaded_by: string | null;
  backup_bytes: Generated<number>;
  last_updated: Generated<Json>;
}

export interface AssetTagsTable {
  cloud: string;
  resource_type: string;
  tag: string;
  created_at: Millis;
  seq: number;
}

export interface AssetContextTable {
  cloud: string;
  resource_type: string;
  key: string;
  value: string;
  created_at: Millis;
  seq: number;
}

export interface AssetMetadataTable {
  cloud: string;
  field: string;
  text: string | null;
  number: number | null;
  seq: number;
}

export interface VersionsTable {
  version_id: string;
  asset_id: string;
  cloud: string;
  version: number;
  blob: string;
  bytes: number;
  etag: string;
  format: string | null;
  /** The asset row as it was, to restore from. */
  snapshot: Json;
  created_at: Millis;
}

export interface DerivedTable {
  id: string;
  cloud: string;
  seq: number;
  /** Normalised transformation without extension. */
  transformation: string;
  /** Format of the bytes. */
  format: string;
  /** Extension asked for in the URL; empty when none. */
  extension: Generated<string>;
  width: number | null;
  height: number | null;
  bytes: number;
  cache_key: string;
  created_at: Millis;
}

export interface FoldersTable {
  cloud: string;
  path: string;
  parent: string;
  name: string;
  external_id: string;
  created_at: Millis;
}

export interface TransformationsTable {
  cloud: string;
  /** Named: without `t_`. Unnamed: the normalised string. */
  name: string;
  named: Flag;
  definition: string;
  allowed_for_strict: Generated<Flag>;
  used: Generated<Flag>;
  created_at: Millis;
  updated_at: Millis;
}

export interface UploadPresetsTable {
  cloud: string;
  name: string;
  external_id: string;
  is_unsigned: Generated<Flag>;
  settings: Generated<Json>;
  created_at: Millis;
  updated_at: Millis;
}

export interface DeleteTokensTable {
  token_hash: string;
  cloud: string;
  asset_id: string;
  expires_at: Millis;
}

export interface CountersTable {
  cloud: string;
  /** `YYYY-MM-DD` in UTC. */
  day: string;
  name: string;
  amount: number;
}

export interface ServerStateTable {
  key: string;
  value: string;
}

export interface JobsTable {
  id: Generated<number>;
  kind: string;
  cloud: string;
  payload: Json;
  /** waiting | running | done | failed | cancelled */
  status: Generated<string>;
  attempts: Generated<number>;
  max_attempts: number;
  run_at: Millis;
  locked_until: Millis | null;
  last_error: string | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface WebhookDeliveriesTable {
  id: Generated<number>;
  cloud: string;
  notification_type: string;
  url: string;
  payload: Json;
  job_id: number | null;
  /** waiting | delivered | failed */
  status: Generated<string>;
  attempts: Generated<number>;
  response_status: number | null;
  error: string | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface MetadataFieldsTable {
  cloud: string;
  external_id: string;
  /** string | integer | date | enum | set */
  type: string;
  label: string;
  mandatory: Flag;
  default_value: Json | null;
  default_disabled: Flag;
  validation: Json | null;
  restrictions: Json | null;
  allow_dynamic_list_values: Flag;
  /** JSON array of `{external_id, value, state}` in their order; null for types without a list. */
  datasource: Json | null;
  position: number;
  /** External IDs are never used again: a deleted field leaves its row. */
  deleted: Generated<Flag>;
  created_at: Millis;
  updated_at: Millis;
}

export interface MetadataRulesTable {
  cloud: string;
  external_id: string;
  metadata_field_id: string;
  name: string;
  state: string;
  position: number;
  condition: Json;
  condition_signature: string;
  result: Json;
  created_at: Millis;
  updated_at: Millis;
}

export interface StreamingProfilesTable {
  cloud: string;
  name: string;
  display_name: string | null;
  external_id: string;
  /** JSON array of transformation strings. */
  representations: Json;
  created_at: Millis;
  updated_at: Millis;
}

export interface UploadMappingsTable {
  cloud: string;
  folder: string;
  template: string;
  external_id: string;
  upload_preset_name: string | null;
  created_at: Millis;
  updated_at: Millis;
}

/** Both directions of a relation are rows. */
export interface AssetRelationsTable {
  asset_id: string;
  related_id: string;
  created_at: Millis;
}

export interface TriggersTable {
  id: string;
  cloud: string;
  /** webhook | flow | poll */
  uri_type: string;
  uri: string;
  event_type: string;
  created_at: Millis;
  updated_at: Millis;
}

export interface NotificationMessagesTable {
  id: Generated<number>;
  cloud: string;
  channel: string;
  batch_id: string | null;
  payload: Json;
  receipt_handle: string | null;
  /** Given out again when this time has passed without an acknowledgement. */
  visible_at: Millis;
  created_at: Millis;
}

export interface AccessTokensTable {
  token_hash: string;
  cloud: string;
  id: string;
  name: string;
  role: string;
  /** JSON array: `upload`, `admin`, or operation names; empty for everything the role may do. */
  scopes: Json;
  expires_at: Millis;
  created_at: Millis;
}

export interface ProvisioningAccountsTable {
  id: string;
  api_key: string;
  api_secret: string;
  email: string | null;
  created_at: Millis;
}

export interface AccountUsersTable {
  id: string;
  account: string;
  name: string;
  email: string;
  role: string;
  enabled: Generated<Flag>;
  pending: Generated<Flag>;
  /** JSON array; empty means all. */
  sub_account_ids: Json;
  last_login: Millis | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface UserGroupsTable {
  id: string;
  account: string;
  name: string;
  created_at: Millis;
  updated_at: Millis;
}

export interface UserGroupMembersTable {
  group_id: string;
  user_id: string;
}

export interface AuditTable {
  id: Generated<number>;
  cloud: string;
  at: Millis;
  /** key | token | account | anonymous */
  actor_type: string;
  /** API key, or ID of the token. */
  actor: string;
  operation: string;
  target: string;
  /** The call's parameters without secrets. */
  parameters: Json;
  status: number;
  request_id: string;
  address: string;
}

export interface ConsoleSessionsTable {
  /** SHA-256 of the session's ID, base64url. */
  id_hash: string;
  cloud: string;
  api_key: string;
  operator: Flag;
  expires_at: Millis;
}

export interface SweptBlobsTable {
  hash: string;
  at: Millis;
}

export interface Database {
  swept_blobs: SweptBlobsTable;
  console_sessions: ConsoleSessionsTable;
  metadata_fields: MetadataFieldsTable;
  metadata_rules: MetadataRulesTable;
  streaming_profiles: StreamingProfilesTable;
  upload_mappings: UploadMappingsTable;
  asset_relations: AssetRelationsTable;
  triggers: TriggersTable;
  notification_messages: NotificationMessagesTable;
  access_tokens: AccessTokensTable;
  provisioning_accounts: ProvisioningAccountsTable;
  account_users: AccountUsersTable;
  user_groups: UserGroupsTable;
  user_group_members: UserGroupMembersTable;
  audit: AuditTable;
  jobs: JobsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  clouds: CloudsTable;
  api_keys: ApiKeysTable;
  assets: AssetsTable;
  asset_tags: AssetTagsTable;
  asset_context: AssetContextTable;
  asset_metadata: AssetMetadataTable;
  versions: VersionsTable;
  derived: DerivedTable;
  folders: FoldersTable;
  transformations: TransformationsTable;
  upload_presets: UploadPresetsTable;
  delete_tokens: DeleteTokensTable;
  counters: CountersTable;
  server_state: ServerStateTable;
}

export type AssetRow = Selectable<AssetsTable>;
export type NewAsset = Insertable<AssetsTable>;
export type AssetChange = Updateable<AssetsTable>;
export type CloudRow = Selectable<CloudsTable>;
export type ApiKeyRow = Selectable<ApiKeysTable>;
export type DerivedRow = Selectable<DerivedTable>;
export type UploadPresetRow = Selectable<UploadPresetsTable>;
export type JobRow = Selectable<JobsTable>;
export type WebhookDeliveryRow = Selectable<WebhookDeliveriesTable>;
