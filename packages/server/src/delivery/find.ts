import { percentDecode } from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { fetchAsset } from './fetch-asset.ts';
import type { DeliveryPath } from './path.ts';

export interface Found {
  readonly row: AssetRow;
  /** Extension asked for, or null. */
  readonly extension: string | null;
  /** Name for a download, without extension. */
  readonly name: string;
}

/** A public ID and the extension behind its last dot; the whole, when there is none. */
const splitExtension = (source: string): [id: string, extension: string | null][] => {
  const dot = source.lastIndexOf('.');
  const whole: [string, null] = [source, null];
  return dot > source.lastIndexOf('/') + 1 && dot < source.length - 1
    ? [[source.slice(0, dot), source.slice(dot + 1).toLowerCase()], whole]
    : [whole];
};

const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/**
 * The asset behind a path. The text after the last dot is the extension; an ID that holds a dot and was asked for
 * without extension is found in the second try, one with a suffix for search engines in the last.
 *
 * @throws 404 `Resource not found - <public_id>`
 */
export async function findAsset(app: App, path: DeliveryPath): Promise<Found> {
  const source = percentDecode(path.source);
  if (path.type === 'fetch') {
    const row = await fetchAsset(app, path.cloud, source, path.resourceType === 'video' ? 'video' : 'image');
    return { row, extension: null, name: lastSegment(source) };
  }
  const look = async (public_id: string): Promise<AssetRow | undefined> => {
    const row = await app.catalog.assets.find(app.catalog.db, {
      cloud: path.cloud,
      resource_type: path.resourceType,
      type: path.type,
      public_id,
    });
    return row?.blob && row.moderation_status !== 'rejected' ? row : undefined;
  };
  const candidates: [string, string | null][] = path.resourceType === 'raw' ? [[source, null]] : splitExtension(source);
  if (path.mayHaveSuffix && source.includes('/')) {
    const slash = source.lastIndexOf('/');
    const extension = splitExtension(source)[0]![1];
    if (path.resourceType !== 'raw') candidates.push([source.slice(0, slash), extension]);
    else
      candidates.push(
        [source.slice(0, slash) + (extension === null ? '' : `.${extension}`), null],
        [source.slice(0, slash), null],
      );
  }
  for (const [id, extension] of candidates) {
    const row = await look(id);
    if (row !== undefined) return { row, extension, name: lastSegment(id) };
  }
  throw ERRORS.ResourceNotFound(candidates[0]![0]);
}
