import { type Asset, api } from '../api.ts';
import type { Value } from '../metadata/model.ts';

export interface Derived {
  readonly id: string;
  readonly transformation: string;
  readonly format: string;
  readonly bytes: number;
  readonly secure_url: string;
  readonly url: string;
}

export interface Version {
  readonly version_id: string;
  readonly version: string | number;
  readonly size: number;
  readonly time: string;
  readonly restorable: boolean;
}

export type Details = Asset & {
  readonly derived?: readonly Derived[];
  readonly versions?: readonly Version[];
  readonly related_assets?: readonly Asset[];
  readonly context?: { readonly custom?: Readonly<Record<string, string>> };
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly colors?: readonly (readonly [string, number])[];
  readonly placeholder?: boolean;
  readonly etag?: string;
};

const FLAGS = {
  colors: true,
  image_metadata: true,
  quality_analysis: true,
  accessibility_analysis: true,
  phash: true,
  pages: true,
  coordinates: true,
  versions: true,
  related: true,
  max_results: 100,
};

export const loadDetails = (assetId: string, signal: AbortSignal): Promise<Details> =>
  api.get<Details>(`/admin/resources/${encodeURIComponent(assetId)}`, FLAGS, signal);

const escapeValue = (text: string): string => text.replace(/[\\|="]/g, '\\$&');

/** `k=v|k2=v2` with `|`, `=`, `"` and `\` escaped (SDK `encode_context`). */
export const pairsText = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .filter(([name]) => name.trim() !== '')
    .map(([name, value]) => `${escapeValue(name)}=${escapeValue(value)}`)
    .join('|');

/** Structured values as the API takes them: those of a set as JSON, nothing for none. */
export const metadataText = (values: readonly (readonly [id: string, value: Value])[]): string =>
  pairsText(
    Object.fromEntries(values.map(([id, value]) => [id, Array.isArray(value) ? JSON.stringify(value) : String(value)])),
  );

export const updateAsset = (assetId: string, change: Readonly<Record<string, unknown>>): Promise<Details> =>
  api.put<Details>(`/admin/resources/${encodeURIComponent(assetId)}`, change);
