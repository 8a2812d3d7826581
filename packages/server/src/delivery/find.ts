import { type DeliveryPath, percentDecode, type SourceCandidate } from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { fetchAsset } from './fetch-asset.ts';

export interface Found {
  readonly row: AssetRow;
  /** Extension asked for, or null. */
  readonly extension: string | null;
  /** Name for a download, without extension. */
  readonly name: string;
}

const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** Public IDs to look for, in order: an ID that holds a dot may have been asked for without extension. */
const readings = ({
  publicId,
  extension,
  source,
  suffix,
}: SourceCandidate): [id: string, extension: string | null][] =>
  extension === null || suffix !== null
    ? [[publicId, extension]]
    : [
        [publicId, extension],
        [percentDecode(source), null],
      ];

/**
 * The asset behind a path: the whole source first, then without a suffix for search engines.
 *
 * @throws 404 `Resource not found - <public_id>`
 */
export async function findAsset(
  app: App,
  cloud: string,
  { resourceType, type, candidates }: Pick<DeliveryPath, 'resourceType' | 'type' | 'candidates'>,
): Promise<Found> {
  const { publicId } = candidates[0];
  if (type === 'fetch') {
    const row = await fetchAsset(app, cloud, publicId, resourceType === 'video' ? 'video' : 'image');
    return { row, extension: null, name: lastSegment(publicId) };
  }
  for (const [public_id, extension] of candidates.flatMap(readings)) {
    const row = await app.catalog.assets.find(app.catalog.db, { cloud, resource_type: resourceType, type, public_id });
    if (row?.blob && row.moderation_status !== 'rejected') return { row, extension, name: lastSegment(public_id) };
  }
  throw ERRORS.ResourceNotFound(publicId);
}
