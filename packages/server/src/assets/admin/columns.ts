import type { AssetRow } from '../../catalog/schema.ts';

/** What a list item needs; the wide columns (facts, analyses) stay on the disk. */
export const LIST_COLUMNS = [
  'assets.seq',
  'assets.cloud',
  'assets.asset_id',
  'assets.public_id',
  'assets.format',
  'assets.version',
  'assets.version_id',
  'assets.resource_type',
  'assets.type',
  'assets.status',
  'assets.created_at',
  'assets.uploaded_at',
  'assets.updated_at',
  'assets.bytes',
  'assets.backup_bytes',
  'assets.width',
  'assets.height',
  'assets.pixels',
  'assets.aspect_ratio',
  'assets.duration',
  'assets.folder',
  'assets.asset_folder',
  'assets.display_name',
  'assets.filename',
  'assets.access_mode',
  'assets.access_control',
  'assets.etag',
  'assets.tags',
  'assets.context',
  'assets.metadata',
  'assets.moderation',
  'assets.moderation_kind',
  'assets.moderation_status',
  'assets.placeholder',
] as const satisfies readonly `assets.${keyof AssetRow}`[];

type Unprefixed<T> = T extends `assets.${infer K}` ? K : never;
export type ListRow = Pick<AssetRow, Unprefixed<(typeof LIST_COLUMNS)[number]>>;
