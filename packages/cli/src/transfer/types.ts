/** What is taken over of one asset, as the Admin API lists it. */
export interface Asset {
  readonly public_id: string;
  readonly resource_type: string;
  readonly type: string;
  readonly format?: string;
  readonly version?: number;
  readonly bytes: number;
  readonly etag?: string;
  readonly created_at?: string;
  readonly tags?: readonly string[];
  readonly context?: { readonly custom?: Readonly<Record<string, string>> };
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly asset_folder?: string;
  readonly display_name?: string;
  readonly access_mode?: string;
  readonly access_control?: readonly Readonly<Record<string, unknown>>[];
  readonly secure_url?: string;
}

export type Json = Record<string, unknown>;

/** What an environment has beside its assets; each as the Admin API answers it. */
export interface Environment {
  readonly metadata_fields: readonly Json[];
  readonly metadata_rules: readonly Json[];
  readonly folders: readonly string[];
  readonly transformations: readonly Json[];
  readonly streaming_profiles: readonly Json[];
  readonly upload_presets: readonly Json[];
  readonly upload_mappings: readonly Json[];
  /** Pairs `{asset, related}` of keys as `keyOf` makes them. Missing in exports of earlier versions. */
  readonly related_assets?: readonly Json[];
}

export const keyOf = ({ resource_type, type, public_id }: Asset): string => `${resource_type}/${type}/${public_id}`;

/** A file on this machine; `release` removes it when it was a copy. */
export interface Original {
  readonly path: string;
  /** MD5 of the bytes, which is the etag of the cloud's API. */
  readonly md5: string;
  release(): Promise<void>;
}

export interface Source {
  readonly name: string;
  environment(signal: AbortSignal, options?: EnvironmentOptions): Promise<Environment>;
  assets(signal: AbortSignal): AsyncIterable<Asset>;
  original(asset: Asset, signal: AbortSignal): Promise<Original>;
}

export interface Stored {
  readonly etag?: string;
}

export interface EnvironmentOptions {
  /** Ask each asset for its related ones, where the source has no list of them: one call an asset. */
  readonly relatedOneByOne?: boolean;
}

export interface Target {
  readonly name: string;
  /** What the target cannot keep of an asset, in words for a person; nothing when it keeps everything. */
  limits(signal: AbortSignal): Promise<string[]>;
  /** Makes what is missing and leaves what is there. @returns lines about what was made and what was refused. */
  putEnvironment(environment: Environment, signal: AbortSignal): Promise<EnvironmentReport>;
  putAsset(asset: Asset, original: Original, signal: AbortSignal): Promise<Stored>;
  /** Called when all assets are there. */
  finish(environment: Environment, signal: AbortSignal): Promise<string[]>;
  assets(signal: AbortSignal): AsyncIterable<Asset>;
}

export interface EnvironmentReport {
  readonly made: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}
