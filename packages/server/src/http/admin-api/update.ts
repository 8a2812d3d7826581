import { assetDetails, derivedItem, derivedPage, requireAsset } from '../../assets/admin/details.ts';
import { updateAsset } from '../../assets/admin/update.ts';
import { readUploadOptions } from '../../assets/parameters.ts';
import { ERRORS } from '../../errors.ts';
import type { Call, Operation } from '../operation.ts';
import { referenceOf } from './resource.ts';
import { RT, viewOf } from './support.ts';

const CLEARABLE = [
  'tags',
  'context',
  'access_control',
  'headers',
  'asset_folder',
  'face_coordinates',
  'custom_coordinates',
  'regions',
];

async function update(call: Call): Promise<Record<string, unknown>> {
  const { app, cloud, params } = call;
  const row = await requireAsset(app, cloud, referenceOf(call));
  if (row.status === 'deleted') throw ERRORS.ResourceNotFound(row.public_id);
  const context = await viewOf(call);
  const updated = await updateAsset(app, call, context, row, {
    options: readUploadOptions(params.raw()),
    moderationStatus: params.text('moderation_status'),
    // The SDKs send a property only when the caller named it: a blank one is to be cleared (NPM, PY).
    cleared: new Set(CLEARABLE.filter((name) => params.isBlank(name))),
  });
  const derived = await derivedPage(app, cloud, updated, { maxResults: 10, nextCursor: undefined });
  return {
    ...assetDetails(updated, context),
    derived: derived.rows.map((item) => derivedItem(item, updated, context)),
  };
}

export const updateResource: Operation = {
  name: 'update',
  method: 'POST',
  path: `/resources/${RT}/:type/*`,
  handle: update,
};

export const updateResourceByAssetId: Operation = {
  name: 'update_by_asset_id',
  method: 'PUT',
  path: '/resources/:asset_id',
  handle: update,
};
