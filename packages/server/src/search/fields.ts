import { sql } from 'kysely';
import type { Dialect, Sql, TextColumn } from '../catalog/dialect.ts';

/**
 * The searchable fields as data (Search API reference, "expression fields"). `column` is one of an asset row
 * called `a`, `expression` what is computed from it; `index` says that a range or equality over it is answered from an index.
 */
export type FieldKind =
  | 'text'
  | 'path'
  | 'identifier'
  | 'closed'
  | 'number'
  | 'date'
  | 'flag'
  | 'tags'
  | 'context'
  | 'metadata'
  | 'colors'
  | 'document';

export interface FieldSpec {
  readonly kind: FieldKind;
  readonly column: string;
  readonly expression?: (dialect: Dialect) => Sql;
  readonly index?: true;
  /** Column of the full-text index that holds the words of this field, at least. */
  readonly words?: TextColumn;
  /** The words are exactly those of this field. */
  readonly ownWords?: true;
  /** Index that gives the order (cloud, column, seq). */
  readonly order?: string;
  /** Columns between the column and `seq` in that index. */
  readonly orderTies?: readonly string[];
  /** The column may be null. */
  readonly nullable?: true;
  /** Kept in `asset_counts`. */
  readonly counted?: true;
}

/** An index of rows with the same value by their time. */
const order = (name: string) => ({ order: name, orderTies: ['a.created_at'] }) as const;

const ANALYSIS = 'a.analysis';

export const ASSET_FIELDS: Readonly<Record<string, FieldSpec>> = {
  public_id: {
    kind: 'text',
    column: 'a.public_id',
    index: true,
    words: 'public_id',
    ownWords: true,
    order: 'assets_public_id',
  },
  filename: { kind: 'text', column: 'a.filename', index: true, words: 'public_id', order: 'assets_filename' },
  display_name: {
    kind: 'text',
    column: 'a.display_name',
    index: true,
    words: 'display_name',
    ownWords: true,
    order: 'assets_display_name',
  },
  folder: { kind: 'path', column: 'a.folder', index: true, words: 'public_id', ...order('assets_fixed_folder') },
  asset_folder: {
    kind: 'path',
    column: 'a.asset_folder',
    index: true,
    words: 'asset_folder',
    ownWords: true,
    ...order('assets_folder'),
  },
  asset_id: { kind: 'identifier', column: 'a.asset_id', index: true },
  etag: { kind: 'identifier', column: 'a.etag', index: true, order: 'assets_etag' },
  uploaded_by: { kind: 'identifier', column: 'a.uploaded_by', nullable: true },
  created_by: { kind: 'identifier', column: 'a.created_by', nullable: true },
  tags: { kind: 'tags', column: 'a.tags', words: 'tags' },
  context: { kind: 'context', column: 'a.context', words: 'context' },
  metadata: { kind: 'metadata', column: 'a.metadata', words: 'metadata' },
  resource_type: {
    kind: 'closed',
    column: 'a.resource_type',
    index: true,
    counted: true,
    ...order('assets_recent_kind'),
  },
  type: { kind: 'closed', column: 'a.type', index: true, counted: true, ...order('assets_type') },
  format: { kind: 'closed', column: 'a.format', index: true, counted: true, nullable: true, ...order('assets_format') },
  status: { kind: 'closed', column: 'a.status', counted: true },
  access_mode: { kind: 'closed', column: 'a.access_mode', counted: true },
  moderation_kind: { kind: 'closed', column: 'a.moderation_kind', nullable: true },
  moderation_status: { kind: 'closed', column: 'a.moderation_status', index: true, nullable: true },
  bytes: { kind: 'number', column: 'a.bytes', index: true, order: 'assets_bytes' },
  width: { kind: 'number', column: 'a.width', index: true, order: 'assets_width', nullable: true },
  height: { kind: 'number', column: 'a.height', index: true, order: 'assets_height', nullable: true },
  pixels: { kind: 'number', column: 'a.pixels', order: 'assets_pixels', nullable: true },
  pages: { kind: 'number', column: 'a.pages', nullable: true },
  duration: { kind: 'number', column: 'a.duration', index: true, nullable: true },
  aspect_ratio: { kind: 'number', column: 'a.aspect_ratio', order: 'assets_aspect_ratio', nullable: true },
  version: { kind: 'number', column: 'a.version' },
  created_at: { kind: 'date', column: 'a.created_at', index: true, order: 'assets_recent_all' },
  uploaded_at: { kind: 'date', column: 'a.uploaded_at', index: true, order: 'assets_uploaded' },
  updated_at: { kind: 'date', column: 'a.updated_at', index: true, order: 'assets_updated' },
  last_updated: { kind: 'date', column: 'a.updated_at', index: true, order: 'assets_updated' },
  taken_at: { kind: 'date', column: 'a.taken_at', index: true, nullable: true },
  transparent: {
    kind: 'flag',
    column: ANALYSIS,
    expression: (dialect) =>
      sql`coalesce(${dialect.jsonFlag(ANALYSIS, ['transparent'])}, ${dialect.jsonFlag('a.facts', ['has_alpha'])}, 0)`,
  },
  grayscale: {
    kind: 'flag',
    column: ANALYSIS,
    expression: (dialect) => sql`coalesce(${dialect.jsonFlag(ANALYSIS, ['grayscale'])}, 0)`,
  },
  face_count: {
    kind: 'number',
    column: ANALYSIS,
    expression: (dialect) =>
      sql`coalesce(${dialect.jsonNumber(ANALYSIS, ['face_count'])}, ${dialect.jsonLength(ANALYSIS, ['faces'])})`,
    nullable: true,
  },
  illustration_score: {
    kind: 'number',
    column: ANALYSIS,
    expression: (dialect) => dialect.jsonNumber(ANALYSIS, ['illustration_score']),
    nullable: true,
  },
  quality_score: {
    kind: 'number',
    column: ANALYSIS,
    expression: (dialect) =>
      sql`coalesce(${dialect.jsonNumber(ANALYSIS, ['quality_score'])}, ${dialect.jsonNumber(ANALYSIS, ['quality_analysis', 'focus'])})`,
    nullable: true,
  },
  colors: { kind: 'colors', column: ANALYSIS },
  image_metadata: { kind: 'document', column: ANALYSIS },
  image_analysis: { kind: 'document', column: ANALYSIS },
  quality_analysis: { kind: 'document', column: ANALYSIS },
  accessibility_analysis: { kind: 'document', column: ANALYSIS },
};

export const FOLDER_FIELDS: Readonly<Record<string, FieldSpec>> = {
  name: { kind: 'text', column: 'a.name' },
  path: { kind: 'path', column: 'a.path' },
  external_id: { kind: 'identifier', column: 'a.external_id' },
  created_at: { kind: 'date', column: 'a.created_at' },
};
