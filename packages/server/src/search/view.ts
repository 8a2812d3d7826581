import { deliveryPath, links, type ViewContext } from '../assets/view.ts';
import type { AssetRow } from '../catalog/schema.ts';

/** Search answers write times with an offset, the Admin lists with `Z`. */
const offsetTime = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}+00:00`;

type Facts = Record<string, unknown>;
const parse = (json: string): Facts => JSON.parse(json) as Facts;

const by = (key: string | null): { access_key: string } | null => (key === null ? null : { access_key: key });

/** Keys an item has only when `with_field` or `fields` names them. */
const ON_REQUEST: Readonly<Record<string, (row: AssetRow) => unknown>> = {
  tags: (row) => JSON.parse(row.tags),
  // Flat here, `{custom: …}` in the Admin answers.
  context: (row) => parse(row.context),
  metadata: (row) => parse(row.metadata),
  image_metadata: (row) => parse(row.analysis).image_metadata ?? {},
  image_analysis: imageAnalysis,
  quality_analysis: (row) => parse(row.analysis).quality_analysis ?? {},
  accessibility_analysis: (row) => parse(row.analysis).accessibility_analysis ?? {},
};

function imageAnalysis(row: AssetRow): Facts {
  const analysis = parse(row.analysis);
  const faces = Array.isArray(analysis.faces) ? analysis.faces : [];
  const predominant = (analysis.predominant as { google?: [string, number][] } | undefined)?.google ?? [];
  return {
    face_count: faces.length,
    faces,
    grayscale: analysis.grayscale ?? false,
    illustration_score: analysis.illustration_score ?? 0,
    transparent: Boolean(analysis.transparent ?? parse(row.facts).has_alpha ?? false),
    etag: row.etag,
    colors: Object.fromEntries(predominant),
  };
}

/** In the order of the published answer. */
function common(row: AssetRow, context: ViewContext): Facts {
  const raw = row.resource_type === 'raw';
  const fixed = context.cloud.folder_mode === 'fixed';
  const path = deliveryPath(row, context, { extension: raw ? '' : (row.format ?? '') });
  return {
    asset_id: row.asset_id,
    public_id: row.public_id,
    ...(fixed ? { folder: row.folder } : { asset_folder: row.asset_folder }),
    filename: row.filename,
    ...(fixed ? {} : { display_name: row.display_name }),
    // The CLI reads `format` of every item, raw ones too.
    format: row.format ?? '',
    version: row.version,
    resource_type: row.resource_type,
    type: row.type,
    created_at: offsetTime(row.created_at),
    uploaded_at: offsetTime(row.uploaded_at),
    bytes: row.bytes,
    backup_bytes: row.backup_bytes,
    width: row.width ?? undefined,
    height: row.height ?? undefined,
    aspect_ratio: row.aspect_ratio ?? undefined,
    pixels: row.pixels ?? undefined,
    pages: row.pages !== null && row.pages > 1 ? row.pages : undefined,
    duration: row.duration ?? undefined,
    ...links(context.origin, path),
    status: row.status,
    access_mode: row.access_mode,
    access_control: row.access_control === null ? null : JSON.parse(row.access_control),
    etag: row.etag,
    moderation_kind: row.moderation_kind ?? undefined,
    moderation_status: row.moderation_status ?? undefined,
    created_by: by(row.created_by),
    uploaded_by: by(row.uploaded_by),
  };
}

/** Further keys of `fields`. */
const EXTRA: Readonly<Record<string, (row: AssetRow) => unknown>> = {
  ...ON_REQUEST,
  pages: (row) => row.pages ?? undefined,
  taken_at: (row) => (row.taken_at === null ? undefined : offsetTime(row.taken_at)),
  updated_at: (row) => offsetTime(row.updated_at),
  last_updated: (row) => ({ ...parse(row.last_updated), updated_at: offsetTime(row.updated_at) }),
  version_id: (row) => row.version_id,
  original_filename: (row) => row.original_filename ?? undefined,
};

/** Always there, whatever `fields` says (SDK test `search_spec.js`; `asset_folder` in dynamic mode inferred). */
const ALWAYS = ['public_id', 'asset_id', 'created_at', 'status', 'type', 'resource_type', 'folder', 'asset_folder'];

export interface ItemOptions {
  readonly withField: readonly string[];
  readonly fields: readonly string[] | undefined;
}

/** One item of a search answer. `fields` wins over `with_field`; unknown names in `fields` give no key. */
export function searchItem(row: AssetRow, context: ViewContext, { withField, fields }: ItemOptions): Facts {
  const item = common(row, context);
  const extra = fields?.filter((name) => Object.hasOwn(EXTRA, name)) ?? withField;
  for (const name of extra) item[name] = EXTRA[name]!(row);
  const wanted = fields && new Set([...ALWAYS, ...fields]);
  return Object.fromEntries(
    Object.entries(item).filter(([name, value]) => value !== undefined && (wanted === undefined || wanted.has(name))),
  );
}
