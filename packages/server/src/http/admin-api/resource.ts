import { analysesOf } from '../../assets/admin/analyses.ts';
import {
  type AssetReference,
  assetDetails,
  derivedItem,
  derivedPage,
  requireAsset,
  versionItems,
} from '../../assets/admin/details.ts';
import { relatedPage } from '../../relations/relations.ts';
import type { Call, Operation } from '../operation.ts';
import { pageOf, RT, viewOf } from './support.ts';

export const referenceOf = (call: Call): AssetReference =>
  call.path.asset_id === undefined
    ? { resource_type: call.path.resource_type!, type: call.path.type!, public_id: call.path.rest! }
    : { asset_id: call.path.asset_id };

async function details(call: Call): Promise<Record<string, unknown>> {
  const { app, cloud, params } = call;
  const row = await requireAsset(app, cloud, referenceOf(call));
  const context = await viewOf(call);
  const page = pageOf(params);
  const derived = await derivedPage(app, cloud, row, {
    ...page,
    nextCursor: params.text('derived_next_cursor') ?? page.nextCursor,
  });
  const answer: Record<string, unknown> = {
    ...assetDetails(row, context),
    derived: derived.rows.map((item) => derivedItem(item, row, context)),
    ...(derived.nextCursor === undefined
      ? {}
      : { next_cursor: derived.nextCursor, derived_next_cursor: derived.nextCursor }),
    ...(await analysesOf(app, row, (name) => params.flag(name) ?? false)),
  };
  if (params.flag('pages') && row.pages !== null) answer.pages = row.pages;
  if (params.flag('coordinates')) answer.coordinates = JSON.parse(row.coordinates);
  if (params.flag('versions')) answer.versions = await versionItems(app, cloud, row);
  if (params.flag('related')) {
    const related = await relatedPage(app, cloud, row, params.text('related_next_cursor'));
    answer.related_assets = related.items;
    if (related.nextCursor !== undefined) answer.related_next_cursor = related.nextCursor;
  }
  return answer;
}

export const resource: Operation = {
  name: 'resource',
  method: 'GET',
  path: `/resources/${RT}/:type/*`,
  handle: details,
};

export const resourceByAssetId: Operation = {
  name: 'resource_by_asset_id',
  method: 'GET',
  path: '/resources/:asset_id',
  handle: details,
};
