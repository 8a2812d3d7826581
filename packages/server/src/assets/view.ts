import { encodeDeliverySource, signDelivery, signResponse } from '@signet/signing';
import type { ApiKeyRow, AssetRow, CloudRow } from '../catalog/schema.ts';
import { floats } from './floats.ts';

/** What an answer needs beside the row. */
export interface ViewContext {
  readonly cloud: CloudRow;
  /** `http://host:port`, from the request or the configuration. */
  readonly origin: string;
  readonly key: ApiKeyRow;
  /** Nobody's key made the call: its answer names none (captured answers). */
  readonly unsigned?: boolean;
  readonly algorithm: 'sha1' | 'sha256';
}

/** ISO 8601 without fraction, as Upload and Admin answers carry it. */
export const isoTime = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}Z`;

/**
 * Both links of a delivery path. `secure_url` is the https form of a public https origin; without TLS in front both
 * are the working http address.
 */
export const links = (origin: string, path: string): { url: string; secure_url: string } => ({
  url: origin.replace(/^https:/, 'http:') + path,
  secure_url: origin + path,
});

/** `/<cloud>/<resource_type>/<type>/[s--sig--/][transformation/]v<version>/<public_id>[.<ext>]` */
export function deliveryPath(
  asset: Pick<AssetRow, 'resource_type' | 'type' | 'public_id' | 'version'>,
  { cloud, key, algorithm }: Pick<ViewContext, 'cloud' | 'key' | 'algorithm'>,
  { transformation = '', extension = '' } = {},
): string {
  const source = encodeDeliverySource(asset.public_id, extension);
  const signed = asset.type === 'private' || asset.type === 'authenticated';
  const signature = signed ? `s--${signDelivery({ transformation, source }, key.api_secret, { algorithm })}--/` : '';
  return `/${cloud.name}/${asset.resource_type}/${asset.type}/${signature}${transformation === '' ? '' : `${transformation}/`}v${asset.version}/${source}`;
}

/** What notifications about an asset carry to tell which one they mean. */
export function assetReference(row: AssetRow, context: ViewContext): Record<string, unknown> {
  const path = deliveryPath(row, context, { extension: row.resource_type === 'raw' ? '' : (row.format ?? '') });
  return {
    asset_id: row.asset_id,
    public_id: row.public_id,
    uploaded_at: isoTime(row.uploaded_at),
    version: row.version,
    ...links(context.origin, path),
    etag: row.etag,
  };
}

const parse = <T>(json: string | null): T | undefined => (json === null ? undefined : (JSON.parse(json) as T));
const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

export interface ViewOptions {
  /** Analyses asked for in this call, by wire name. */
  readonly analyses?: readonly string[];
  readonly overwritten?: boolean;
  /** Given by an upload that must not replace an asset of the name it asks for: was there one? */
  readonly existing?: boolean;
  /**
   * Extension of the uploaded file, as it was sent. Only an upload's own answer has it: no captured answer of the Admin
   * API and no model of the official SDKs (GO `admin/asset.go`) does, so it is not stored.
   */
  readonly originalExtension?: string;
  /** What the call made beside the asset: eager results, tokens. */
  readonly made?: Readonly<Record<string, unknown>>;
}

/** Captured answers: JPEG and PNG say it only where faces were looked for, WebP and formats of several pages always. */
function pagesOf(row: AssetRow, analysis: object): number | undefined {
  if (row.resource_type === 'raw') return undefined;
  if (row.resource_type === 'video') return row.pages ?? 0;
  const pages = row.pages ?? 1;
  if (pages !== 1 || (row.format !== 'jpg' && row.format !== 'png')) return pages;
  return 'faces' in analysis || 'faces' in JSON.parse(row.coordinates) ? pages : undefined;
}

/** The asset as `upload`, `explicit` and `rename` answer it, in the cloud's key order. Facts that are not there leave no key. */
export function assetView(row: AssetRow, context: ViewContext, options: ViewOptions = {}): Record<string, unknown> {
  const { cloud, origin, key, algorithm } = context;
  const { video = {} } = JSON.parse(row.facts) as { video?: Record<string, unknown> };
  const analysis = JSON.parse(row.analysis) as Record<string, unknown>;
  const custom = JSON.parse(row.context) as Record<string, string>;
  const metadata = JSON.parse(row.metadata) as Record<string, unknown>;
  const info = JSON.parse(row.info) as Record<string, unknown>;
  const raw = row.resource_type === 'raw';
  // A rejected asset is not delivered any more, and its answer shows nothing of it (captured answers).
  const rejected = row.moderation_status === 'rejected';
  const path = deliveryPath(row, context, { extension: raw ? '' : (row.format ?? '') });
  const { url, secure_url } = links(origin, path);
  const view: Record<string, unknown> = {
    asset_id: row.asset_id,
    public_id: row.public_id,
    version: row.version,
    version_id: row.version_id,
    signature: signResponse({ public_id: row.public_id, version: row.version }, key.api_secret, { algorithm }),
    width: raw ? undefined : (row.width ?? undefined),
    height: raw ? undefined : (row.height ?? undefined),
    format: row.format ?? undefined,
    resource_type: row.resource_type,
    created_at: isoTime(row.created_at),
    tags: JSON.parse(row.tags),
    pages: pagesOf(row, analysis),
    bytes: rejected ? 0 : row.bytes,
    type: row.type,
    etag: row.etag,
    placeholder: rejected || row.placeholder === 1,
    url,
    secure_url,
    ...(row.resource_type === 'video'
      ? { playback_url: origin + deliveryPath(row, context, { transformation: 'sp_auto', extension: 'm3u8' }) }
      : {}),
    ...(cloud.folder_mode === 'fixed'
      ? { folder: row.folder }
      : { asset_folder: row.asset_folder, display_name: row.display_name }),
    access_mode: cloud.folder_mode === 'fixed' || row.access_mode !== 'public' ? row.access_mode : undefined,
    overwritten: options.overwritten || undefined,
    existing: options.existing,
    access_control: parse(row.access_control),
    context: isEmpty(custom) ? undefined : { custom },
    metadata: isEmpty(metadata) ? undefined : metadata,
    ...wireFacts(video),
    original_filename: row.original_filename ?? undefined,
    original_extension:
      options.originalExtension && row.format && options.originalExtension !== row.format
        ? options.originalExtension
        : undefined,
    moderation: parse(row.moderation),
    info: isEmpty(info) ? undefined : info,
    ...Object.fromEntries(
      (options.analyses ?? []).filter((name) => name in analysis).map((name) => [name, analysis[name]]),
    ),
    nb_frames: video.nb_frames,
    ...options.made,
    api_key: context.unsigned ? undefined : key.api_key,
  };
  if (view.quality_analysis !== undefined) view.quality_analysis = floats(view.quality_analysis);
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined));
}

/** Facts of inspection that are part of every answer (video and audio streams). */
const WIRE_FACTS = ['audio', 'video', 'is_audio', 'frame_rate', 'bit_rate', 'duration', 'rotation'] as const;
const wireFacts = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(WIRE_FACTS.filter((name) => facts[name] !== undefined).map((name) => [name, facts[name]]));
