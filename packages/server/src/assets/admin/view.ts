import type { CloudRow } from '../../catalog/schema.ts';
import { deliveryPath, isoTime, links, type ViewContext } from '../view.ts';
import type { ListRow } from './columns.ts';

/** The attributes a list carries only on request. */
export interface ListFlags {
  readonly tags?: boolean;
  readonly context?: boolean;
  readonly metadata?: boolean;
  readonly moderations?: boolean;
  /** Restricts an item to these keys and the ones that identify it. */
  readonly fields?: readonly string[] | undefined;
}

/** What was never decided carries the time of the upload. */
export const moderationView = (row: Pick<ListRow, 'moderation' | 'uploaded_at'>): object[] | undefined =>
  row.moderation === null
    ? undefined
    : (JSON.parse(row.moderation) as object[]).map((one) => ({ updated_at: isoTime(row.uploaded_at), ...one }));

const parse = (json: string | null): unknown => (json === null ? undefined : JSON.parse(json));
const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Where the asset is shown: one key in fixed folder mode, two in dynamic mode. */
const folderKeys = (row: Pick<ListRow, 'folder' | 'asset_folder' | 'display_name'>, cloud: CloudRow) =>
  cloud.folder_mode === 'fixed'
    ? { folder: row.folder }
    : { asset_folder: row.asset_folder, display_name: row.display_name };

/** Keys of every item whatever `fields` says (NPM `api_spec`, "selective response"; dynamic mode inferred). */
const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  fixed: ['asset_id', 'folder', 'public_id'],
  dynamic: ['asset_id', 'asset_folder', 'public_id'],
};

const COMMON = (row: ListRow, context: ViewContext): Record<string, unknown> => {
  const raw = row.resource_type === 'raw';
  const path = deliveryPath(row, context, { extension: raw ? '' : (row.format ?? '') });
  return {
    asset_id: row.asset_id,
    public_id: row.public_id,
    format: row.format ?? undefined,
    version: row.version,
    resource_type: row.resource_type,
    type: row.type,
    created_at: isoTime(row.created_at),
    bytes: row.bytes,
    width: raw ? undefined : (row.width ?? undefined),
    height: raw ? undefined : (row.height ?? undefined),
    backup: row.backup_bytes > 0 || undefined,
    placeholder: row.placeholder === 1 || undefined,
    ...folderKeys(row, context.cloud),
    access_mode: row.access_mode,
    access_control: parse(row.access_control),
    ...links(context.origin, path),
  };
};

/** Further keys that `fields` can ask for. */
const EXTRA: Readonly<Record<string, (row: ListRow) => unknown>> = {
  filename: (row) => row.filename,
  version_id: (row) => row.version_id,
  uploaded_at: (row) => isoTime(row.uploaded_at),
  backup_bytes: (row) => row.backup_bytes,
  aspect_ratio: (row) => row.aspect_ratio ?? undefined,
  pixels: (row) => row.pixels ?? undefined,
  duration: (row) => row.duration ?? undefined,
  status: (row) => row.status,
  etag: (row) => row.etag,
  tags: (row) => JSON.parse(row.tags),
  context: (row) => ({ custom: JSON.parse(row.context) }),
  metadata: (row) => JSON.parse(row.metadata),
  moderation: (row) => moderationView(row) ?? [],
  moderation_kind: (row) => row.moderation_kind ?? undefined,
  moderation_status: (row) => row.moderation_status ?? undefined,
  display_name: (row) => row.display_name,
};

/** One item of an Admin list. Facts that are not there leave no key. */
export function listItem(row: ListRow, context: ViewContext, flags: ListFlags): Record<string, unknown> {
  const common = COMMON(row, context);
  if (flags.fields !== undefined) {
    const keys = new Set([...(IDENTITY[context.cloud.folder_mode] ?? IDENTITY.fixed!), ...flags.fields]);
    const all = Object.entries({ ...common, ...mapExtra(row, [...keys]) });
    return compact(Object.fromEntries(all.filter(([key]) => keys.has(key))));
  }
  const custom = JSON.parse(row.context) as Record<string, string>;
  return compact({
    ...common,
    tags: flags.tags ? JSON.parse(row.tags) : undefined,
    context: flags.context && !isEmptyObject(custom) ? { custom } : undefined,
    // Present on every item when asked for, empty or not (NPM and PY suites).
    metadata: flags.metadata ? JSON.parse(row.metadata) : undefined,
    moderation: flags.moderations ? moderationView(row) : undefined,
  });
}

const mapExtra = (row: ListRow, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => name in EXTRA).map((name) => [name, EXTRA[name]!(row)]));

/** Drops keys without a value. */
export const compact = (view: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined));
