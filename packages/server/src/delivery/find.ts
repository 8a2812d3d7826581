import { type DeliveryPath, percentDecode, type SourceCandidate } from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS, SignetError } from '../errors.ts';
import { mappingFor } from '../mappings/mappings.ts';
import { fetchAsset, storeRemote } from './fetch-asset.ts';

export interface Found {
  readonly row: AssetRow;
  /** Extension asked for, or null. */
  readonly extension: string | null;
  /** Name for a download, without extension. */
  readonly name: string;
  /** Public IDs that were looked for before, in vain. */
  readonly before: readonly string[];
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
    return { row, extension: null, name: lastSegment(publicId), before: [] };
  }
  const before: string[] = [];
  for (const [public_id, extension] of candidates.flatMap(readings)) {
    const row = await app.catalog.assets.find(app.catalog.db, { cloud, resource_type: resourceType, type, public_id });
    if (row?.blob && row.moderation_status !== 'rejected')
      return { row, extension, name: lastSegment(public_id), before };
    before.push(public_id);
  }
  const uploaded = type === 'upload' ? await uploadByMapping(app, cloud, resourceType, candidates[0]) : undefined;
  if (uploaded === undefined) throw ERRORS.ResourceNotFound(publicId);
  return uploaded;
}

/**
 * Dynamic upload: a path below a mapped folder is loaded from the mapping's address with the first request and is an
 * ordinary asset from then on (Upload mappings guide). What the remote server does not have is not found here either.
 */
async function uploadByMapping(
  app: App,
  cloudName: string,
  resourceType: 'image' | 'video' | 'raw',
  { publicId, extension }: SourceCandidate,
): Promise<Found | undefined> {
  const mapping = await mappingFor(app, { name: cloudName }, publicId);
  if (mapping === undefined) return undefined;
  const rest = `${publicId.slice(mapping.folder.length).replace(/^\//, '')}${extension === null ? '' : `.${extension}`}`;
  const url = mapping.template + rest.split('/').map(encodeURIComponent).join('/');
  const cloud = await app.accounts.cloud(cloudName);
  try {
    const row = await storeRemote(app, cloud, url, {
      public_id: publicId,
      resource_type: resourceType,
      type: 'upload',
    });
    return { row, extension, name: lastSegment(publicId), before: [] };
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== ERRORS.LoadFailed('', '').code) throw error;
    app.log.info({ url, err: error.message }, 'an upload mapping led nowhere');
    return undefined;
  }
}
