import type { DeliveryPath } from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { assembledId } from './name.ts';

export const ASSEMBLED_TYPES: ReadonlySet<string> = new Set(['multi', 'sprite']);

export interface AssembledText {
  readonly text: string;
  readonly contentType: string;
  readonly row: AssetRow;
}

export type Assembled = { readonly path: DeliveryPath } | AssembledText;

/**
 * The URL of a multi or sprite names the sources, the transformation their parts went through, and the format: together
 * they are the stored asset. A transformation that nothing was made with is applied to the plain one.
 *
 * @throws 404 when the call that makes it was never made
 */
export async function findAssembled(app: App, cloud: string, path: DeliveryPath): Promise<Assembled> {
  const { publicId: name, extension: asked } = path.candidates[0];
  const extension = asked ?? '';
  const find = async (transformation: string): Promise<AssetRow | undefined> => {
    const row = await app.catalog.assets.find(app.catalog.db, {
      cloud,
      resource_type: 'image',
      type: path.type,
      public_id: assembledId(path.type, name, extension, transformation),
    });
    return row?.blob ? row : undefined;
  };
  const exact = await find(path.transformation);
  if (path.type === 'sprite' && exact !== undefined && (extension === 'css' || extension === 'json')) {
    const { placesOf, spriteCss } = await import('./sprite.ts');
    const places = placesOf(exact);
    const picture = `${encodeURIComponent(name)}.${exact.format ?? 'png'}`;
    return extension === 'css'
      ? { row: exact, text: spriteCss(places, picture), contentType: 'text/css; charset=utf-8' }
      : { row: exact, text: JSON.stringify(places), contentType: 'application/json; charset=utf-8' };
  }
  const row = exact ?? (await find(''));
  if (row === undefined) throw ERRORS.ResourceNotFound(name);
  return {
    path: {
      ...path,
      transformation: exact === undefined ? path.transformation : '',
      candidates: [{ publicId: row.public_id, extension: row.format, source: row.public_id, suffix: null }],
    },
  };
}
